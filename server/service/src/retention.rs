//! How long tenants keep what their runs leave: `settings.retention_days`, a number of days for
//! everything, or one each for `results`, `events` and `deliveries`. Absent: for ever.

use magone_core::tenant::Tenant;
use magone_core::time::Timestamp;
use magone_core::workflow::Problem;
use magone_store::Retained;
use serde_json::{Map, Value, json};

use crate::{ServiceError, Services};

/// Milliseconds of a day.
const DAY_MS: i64 = 86_400_000;
/// Days that revoked keys stay in lists.
const DEAD_KEYS_DAYS: i64 = 90;
/// Days that anything is kept, at most: a hundred years.
const DAYS_MOST: i64 = 36_500;

/// What has days of its own, by the name of its member.
const KINDS: [(&str, Retained); 3] =
    [("results", Retained::Results), ("events", Retained::Events), ("deliveries", Retained::Deliveries)];

/// The setting as the contract has it.
pub(crate) fn schema() -> Value {
    let days = json!({"type": "integer", "minimum": 1, "maximum": DAYS_MOST});
    let or_null = json!({"anyOf": [days, {"type": "null"}]});
    let kinds: Map<String, Value> =
        KINDS.into_iter().map(|(name, _)| (name.to_owned(), or_null.clone())).collect();
    json!({"anyOf": [days, {"type": "object", "properties": kinds, "additionalProperties": false}]})
}

/// Every problem of the setting, with its pointer below it.
pub(crate) fn problems(setting: &Value) -> Vec<Problem> {
    let wrong = |pointer: String| {
        let detail = format!("Days are a whole number from 1 to {DAYS_MOST}");
        Problem::new(pointer, detail)
    };
    match setting {
        Value::Object(members) => {
            let judged = members.iter().filter_map(|(name, value)| {
                let pointer = format!("/{}", name.replace('~', "~0").replace('/', "~1"));
                if !KINDS.iter().any(|(known, _)| known == name) {
                    let known = KINDS.map(|(known, _)| known).join(", ");
                    let detail = format!("There is no '{name}' to be kept; there are {known}");
                    return Some(Problem::new(pointer, detail));
                }
                (days(value).is_none() && !value.is_null()).then(|| wrong(pointer))
            });
            judged.collect()
        }
        value if days(value).is_some() || value.is_null() => Vec::new(),
        _ => vec![Problem::new(
            "",
            format!(
                "'retention_days' is a whole number from 1 to {DAYS_MOST}, or an object with such a number each for {}",
                KINDS.map(|(known, _)| known).join(", ")
            ),
        )],
    }
}

fn days(value: &Value) -> Option<i64> {
    value.as_i64().filter(|days| (1..=DAYS_MOST).contains(days))
}

/// Days that the tenant keeps it; `None`: for ever. What a script wrote and nobody understands removes
/// nothing.
fn kept(tenant: &Tenant, name: &str) -> Option<i64> {
    let setting = tenant.settings.get("retention_days")?;
    match setting {
        Value::Object(members) => days(members.get(name)?),
        number => days(number),
    }
}

impl Services {
    /// Removes everything that its tenant keeps no longer; how many rows that were. Between two batches
    /// others write.
    ///
    /// # Errors
    /// What the store says; what was removed until then stays removed.
    pub async fn remove_old(&self) -> Result<u64, ServiceError> {
        let (now, retention) = ((self.clock.now)(), self.store.retention());
        let days_ago = |days: i64| Timestamp::from_millis(now.millis().saturating_sub(days * DAY_MS));
        let mut removed = 0;
        for tenant in self.store.configuration().tenants().await? {
            for (name, what) in KINDS {
                let Some(days) = kept(&tenant, name) else { continue };
                loop {
                    let rows = retention.remove_some(&tenant.id, what, days_ago(days)).await?;
                    removed += rows;
                    if rows == 0 {
                        break;
                    }
                    tokio::task::yield_now().await;
                }
            }
        }
        Ok(removed + retention.remove_dead_keys(days_ago(DEAD_KEYS_DAYS)).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pointers(setting: Value) -> Vec<String> {
        problems(&setting).into_iter().map(|problem| problem.pointer).collect()
    }

    #[test]
    fn days_are_a_number_or_one_each() {
        for good in [json!(1), json!(36_500), json!({"events": 7}), json!({}), json!({"results": null})] {
            assert_eq!(pointers(good.clone()), Vec::<String>::new(), "{good}");
        }
        for wrong in [json!(0), json!(-1), json!(1.5), json!("30"), json!([30]), json!(36_501), json!(true)] {
            assert_eq!(pointers(wrong.clone()), [""], "{wrong}");
        }
        let wrong = json!({"events": 0, "deliveries": "7", "all": 1, "results": 3});
        assert_eq!(pointers(wrong), ["/all", "/deliveries", "/events"]);
    }

    #[test]
    fn what_nobody_understands_removes_nothing() {
        let tenant = |settings: Value| Tenant {
            id: magone_core::ids::TenantId::from_text("ten_1"),
            name: "Acme".to_owned(),
            slug: "acme".to_owned(),
            is_active: true,
            rate_limit_per_minute: None,
            settings,
        };
        let kept = |settings: Value| kept(&tenant(settings), "events");
        assert_eq!(kept(json!({"retention_days": 3})), Some(3));
        assert_eq!(kept(json!({"retention_days": {"events": 2, "results": 9}})), Some(2));
        for settings in [json!({}), json!(null), json!({"retention_days": -3}), json!({"retention_days": {}})]
        {
            assert_eq!(kept(settings), None);
        }
    }
}
