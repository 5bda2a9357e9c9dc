//! What varies in paths.

use serde_json::{Value, json};

use super::schemas;

/// What a `{name}` behind a segment stands for, and an example.
const PATHS: [(&str, &str, &str); 15] = [
    ("problems/{code}", "A code of the error table.", "validation"),
    ("execute/{slug}", "Your name for the workflow.", "kpi-sales"),
    ("workflows/{slug}", "The tenant's name for the workflow.", "kpi-sales"),
    ("executions/{id}", "The execution.", "exec_01k00000000000000000000000"),
    ("status/{id}", "The execution.", "exec_01k00000000000000000000000"),
    ("approvals/{approval_id}", "The approval, as `approval.required` names it.", "review"),
    ("tenants/{tenant}", "The tenant's slug.", "acme"),
    ("keys/{id}", "The key's id; not the key itself.", "key_01k00000000000000000000000"),
    ("workflows/{id}", "The definition's id.", "kpi-sales"),
    ("agents/{id}", "The agent's id.", "data-agent"),
    ("versions/{version}", "A version's number, from 1.", "1"),
    ("webhook-endpoints/{id}", "The endpoint.", "default"),
    ("webhook-deliveries/{id}", "The delivery.", "whd_01k00000000000000000000000"),
    ("model-prices/{provider}", "Who answers for the model.", "openai"),
    ("{provider}/{name}", "The model's name there.", "gpt-4o-mini"),
];

/// The parameters of a path's template.
pub(super) fn of_path(path: &str) -> Vec<Value> {
    let segments: Vec<&str> = path.split('/').collect();
    let pairs = segments.windows(2).filter_map(|pair| match pair {
        [before, name] if name.starts_with('{') => Some((*before, *name)),
        _ => None,
    });
    pairs.map(|(before, name)| parameter(before, name)).collect()
}

fn parameter(before: &str, name: &str) -> Value {
    let (_, text, example) = known(before, name).unwrap_or(("", "", ""));
    json!({
        "name": name.trim_matches(['{', '}']),
        "in": "path",
        "description": text,
        "required": true,
        "schema": {"type": "string"},
        "example": example,
    })
}

fn known(before: &str, name: &str) -> Option<(&'static str, &'static str, &'static str)> {
    let wanted = format!("{before}/{name}");
    PATHS.into_iter().find(|(place, _, _)| *place == wanted)
}

/// The parameters of a query, from the schema of the type that reads it.
pub(super) fn of_query(schema: &Value) -> Vec<Value> {
    let required = schemas::required(schema);
    let members = schema.get("properties").and_then(Value::as_object);
    let parameters = members.into_iter().flatten().map(|(name, member)| {
        let mut member = without_null(member);
        let text = member.as_object_mut().and_then(|member| member.remove("description"));
        json!({
            "name": name,
            "in": "query",
            "description": text.unwrap_or_default(),
            "required": required.contains(&name.as_str()),
            "schema": member,
        })
    });
    parameters.collect()
}

/// A parameter that is absent is not null: it is not there.
fn without_null(schema: &Value) -> Value {
    let mut schema = schema.clone();
    if let Some(alternatives) = schema.get("anyOf").and_then(Value::as_array) {
        let mut rest =
            alternatives.iter().filter(|one| one.get("type").is_none_or(|kind| kind != "null")).cloned();
        if let (Some(Value::Object(only)), None) = (rest.next(), rest.next())
            && let Some(members) = schema.as_object_mut()
        {
            members.remove("anyOf");
            members.extend(only);
        }
    }
    if let Some(types) = schema.get("type").and_then(Value::as_array) {
        let rest: Vec<Value> = types.iter().filter(|one| *one != "null").cloned().collect();
        if let ([only], Some(members)) = (rest.as_slice(), schema.as_object_mut()) {
            members.insert("type".to_owned(), only.clone());
        }
    }
    if let Some(members) = schema.as_object_mut() {
        members.retain(|name, value| !(name == "default" && value.is_null()));
    }
    schema
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::endpoints;

    #[test]
    fn every_name_in_a_path_is_explained() {
        for endpoint in endpoints() {
            for parameter in of_path(endpoint.path) {
                assert_ne!(parameter["description"], "", "say in PATHS what {} names", endpoint.path);
            }
        }
    }

    #[test]
    fn what_is_absent_is_not_null() {
        for (schema, expected) in [
            (json!({"type": ["string", "null"], "default": null}), json!({"type": "string"})),
            (json!({"anyOf": [{"$ref": "#/x"}, {"type": "null"}]}), json!({"$ref": "#/x"})),
            (json!({"type": "integer"}), json!({"type": "integer"})),
        ] {
            assert_eq!(without_null(&schema), expected);
        }
    }
}
