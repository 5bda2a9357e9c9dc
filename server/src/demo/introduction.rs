//! What a start with the demo says.

use std::path::PathBuf;

use magone_core::key::ApiKey;

/// The demo as it is ready to be tried.
#[derive(Clone, Debug)]
pub struct Demo {
    /// The tenant's key.
    pub key: ApiKey,
    /// Where the key is kept.
    pub key_file: PathBuf,
    /// What is out of the ordinary, one sentence each.
    pub notes: Vec<String>,
}

impl Demo {
    /// The key, and two calls to try, ready to be pasted into a shell.
    #[must_use]
    pub fn introduction(&self, api_url: &str) -> String {
        let (key, file) = (self.key.reveal(), self.key_file.display());
        let mut text = format!(
            "  Demo     tenant magure with the workflows kpi-sales, kpi-ops and analytics\n  \
               Key      {key}  (kept in {file})\n"
        );
        for note in &self.notes {
            text.push_str(&format!("  Note     {note}\n"));
        }
        text.push_str(&format!(
            r#"
Try a workflow and wait for its result:

curl -X POST {api_url}/api/v1/external/execute/kpi-sales \
  -H "X-API-Key: {key}" \
  -H "Content-Type: application/json" \
  -d '{{
    "input": "Show me Q4 sales KPIs for Dubai region",
    "context": {{
      "region": "dubai",
      "quarter": "Q4",
      "year": 2024
    }}
  }}'

Or start one and look at it later:

curl -X POST {api_url}/api/v1/external/execute/analytics/async \
  -H "X-API-Key: {key}" \
  -H "Content-Type: application/json" \
  -d '{{
    "input": "Generate full portfolio analysis report",
    "webhook_url": "https://magure.com/webhooks/workflow-complete"
  }}'
"#
        ));
        text
    }
}

#[cfg(test)]
mod tests {
    use magone_core::key::KeyMode;
    use magone_core::slug::Slug;
    use serde_json::Value;

    use super::*;

    #[test]
    fn the_calls_carry_the_key_the_host_and_bodies_that_are_json() {
        let key = ApiKey::from_random(&Slug::parse("magure").unwrap(), KeyMode::Live, [7; 32]);
        let secret = key.reveal().to_owned();
        let demo =
            Demo { key, key_file: PathBuf::from("data/demo-key"), notes: vec!["Mind the gap.".to_owned()] };
        let text = demo.introduction("http://localhost:9");
        assert!(
            text.contains("curl -X POST http://localhost:9/api/v1/external/execute/kpi-sales \\\n"),
            "{text}"
        );
        assert!(text.contains("/api/v1/external/execute/analytics/async \\\n"), "{text}");
        assert!(text.contains("Note     Mind the gap."), "{text}");
        assert_eq!(text.matches(&format!("-H \"X-API-Key: {secret}\"")).count(), 2);
        let bodies: Vec<Value> = text
            .split("-d '")
            .skip(1)
            .map(|rest| serde_json::from_str(rest.split('\'').next().unwrap()).unwrap())
            .collect();
        assert_eq!(bodies[0]["context"]["year"], 2024);
        assert_eq!(bodies[1]["webhook_url"], "https://magure.com/webhooks/workflow-complete");
    }
}
