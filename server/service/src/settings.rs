//! A tenant's settings, each with what it may be. Settings that are there already and that nobody
//! knows are left alone: a script or another version may have written them.

use magone_core::limit::Bound;
use magone_core::workflow::Problem;
use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};
use url::Url;

use crate::retention;

/// Origins that a tenant lists at most.
const ORIGINS_MOST: usize = 100;
/// Workflows that have a rate of their own, at most.
const RATES_MOST: usize = 1_000;
/// How long runs are kept, which names its problems itself.
const RETENTION: &str = "retention_days";

/// What a setting may be.
#[derive(Clone, Copy, Debug)]
enum Kind {
    /// A whole number within bounds.
    Whole(u64, u64),
    /// An amount of US dollars, 0 or more.
    Dollars,
    /// Starts in a minute, by the name of what they are limited for.
    Rates,
    /// Web origins, exactly as browsers send them.
    Origins,
    /// Days that runs are kept.
    Retention,
}

/// Each setting: its name, what it may be, and what the contract says about it.
const KNOWN: [(&str, Kind, &str); 11] = [
    (
        Bound::CONCURRENT.name,
        Kind::of(&Bound::CONCURRENT),
        "Executions that are carried out at a time; further ones wait. 100 where it is not set.",
    ),
    (
        Bound::QUEUED.name,
        Kind::of(&Bound::QUEUED),
        "Executions that can wait; further ones are refused. 10,000 where it is not set.",
    ),
    (
        Bound::WEIGHT.name,
        Kind::of(&Bound::WEIGHT),
        "The share beside other tenants where all places are taken. 1 where it is not set.",
    ),
    ("workflow_rate_limits", Kind::Rates, "Starts in a minute of single workflows, by slug."),
    ("max_runs_per_day", Kind::Whole(0, u64::MAX), "Executions that begin in a day, in UTC."),
    (
        "max_tokens_per_day",
        Kind::Whole(0, u64::MAX),
        "Tokens of models, in both directions, in a day, in UTC.",
    ),
    ("max_tokens_per_month", Kind::Whole(0, u64::MAX), "The same in a month."),
    ("max_cost_usd_per_day", Kind::Dollars, "Cost of models in a day, in UTC: US dollars."),
    ("max_cost_usd_per_month", Kind::Dollars, "The same in a month."),
    (
        RETENTION,
        Kind::Retention,
        "Days that results, events and deliveries are kept: one number, or one for each. For ever where it is \
         not set.",
    ),
    ("cors_origins", Kind::Origins, "Origins of web pages that may call with the tenant's keys."),
];

/// Settings that are to be set, as the contract has them.
pub(crate) fn schema(_: &mut SchemaGenerator) -> Schema {
    let members = KNOWN.map(|(name, kind, text)| {
        let schema = json!({"description": text, "anyOf": [kind.schema(), {"type": "null"}]});
        (name.to_owned(), schema)
    });
    json_schema!({"type": ["object", "null"], "properties": Map::from_iter(members)})
}

/// Every problem of settings that are to be set; null takes one away.
pub(crate) fn problems(settings: &Map<String, Value>) -> Vec<Problem> {
    let problem = |name: &str, detail: String| {
        let pointer = format!("/settings/{}", name.replace('~', "~0").replace('/', "~1"));
        Problem::new(pointer, detail)
    };
    let judged = settings.iter().filter_map(|(name, value)| {
        let Some((_, kind, _)) = KNOWN.iter().find(|(known, ..)| known == name) else {
            let known = KNOWN.map(|(known, ..)| known).join(", ");
            return Some(problem(name, format!("There is no setting '{name}'; the settings are {known}")));
        };
        let fits = value.is_null() || kind.fits(value);
        (!fits).then(|| problem(name, format!("'{name}' has to be {}, or null for the default", kind.rule())))
    });
    let retention = settings.get(RETENTION).map(retention::problems).unwrap_or_default();
    let below = |at: Problem| Problem::new(format!("/settings/{RETENTION}{}", at.pointer), at.detail);
    judged.chain(retention.into_iter().map(below)).collect()
}

impl Kind {
    const fn of(bound: &Bound) -> Self {
        Self::Whole(*bound.range.start(), *bound.range.end())
    }

    fn fits(self, value: &Value) -> bool {
        match self {
            Self::Whole(least, most) => value.as_u64().is_some_and(|n| (least..=most).contains(&n)),
            Self::Retention => true,
            Self::Dollars => value.as_f64().is_some_and(|amount| amount.is_finite() && amount >= 0.0),
            Self::Rates => value.as_object().is_some_and(|rates| {
                rates.len() <= RATES_MOST
                    && rates
                        .values()
                        .all(|rate| rate.as_u64().is_some_and(|rate| Bound::RATE.contains(&rate)))
            }),
            Self::Origins => value.as_array().is_some_and(|origins| {
                origins.len() <= ORIGINS_MOST
                    && origins.iter().all(|origin| origin.as_str().is_some_and(is_origin))
            }),
        }
    }

    fn schema(self) -> Value {
        match self {
            Self::Whole(least, u64::MAX) => json!({"type": "integer", "minimum": least}),
            Self::Whole(least, most) => json!({"type": "integer", "minimum": least, "maximum": most}),
            Self::Retention => retention::schema(),
            Self::Dollars => json!({"type": "number", "minimum": 0}),
            Self::Rates => {
                let (least, most) = (Bound::RATE.start(), Bound::RATE.end());
                let rate = json!({"type": "integer", "minimum": least, "maximum": most});
                json!({"type": "object", "maxProperties": RATES_MOST, "additionalProperties": rate})
            }
            Self::Origins => {
                json!({"type": "array", "maxItems": ORIGINS_MOST, "items": {"type": "string", "format": "uri"}})
            }
        }
    }

    fn rule(self) -> String {
        match self {
            Self::Whole(least, u64::MAX) => format!("a whole number, {least} or more"),
            Self::Whole(least, most) => format!("a whole number from {least} to {most}"),
            Self::Retention => String::new(),
            Self::Dollars => "an amount in US dollars, 0 or more".to_owned(),
            Self::Rates => format!(
                "an object of at most {RATES_MOST} members, each a whole number of starts a minute, such as {{\"reports\": 10}}"
            ),
            Self::Origins => format!(
                "a list of at most {ORIGINS_MOST} origins as browsers send them, such as https://app.example.com"
            ),
        }
    }
}

/// Whether a text is an origin as browsers send it: scheme, host, and a port that is not the scheme's own.
#[must_use]
pub fn is_origin(text: &str) -> bool {
    // The text that a browser sends is the serialised origin itself: no path, no default port.
    Url::parse(text).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https") && url.origin().ascii_serialization() == text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pointers(settings: Value) -> Vec<String> {
        problems(settings.as_object().unwrap()).into_iter().map(|problem| problem.pointer).collect()
    }

    #[test]
    fn each_setting_is_judged_by_its_own_rule() {
        let good = json!({
            "max_concurrent_runs": 1, "max_queued_runs": 0, "max_runs_per_day": 5, "max_tokens_per_day": 1,
            "max_tokens_per_month": 18_446_744_073_709_551_615_u64, "max_cost_usd_per_day": 0.5,
            "max_cost_usd_per_month": 10, "retention_days": 30, "weight": 3,
            "workflow_rate_limits": {"reports": 10},
            "cors_origins": ["https://app.example.com", "http://localhost:3000"],
        });
        assert_eq!(pointers(good.clone()), Vec::<String>::new());
        assert_eq!(good.as_object().unwrap().len(), KNOWN.len(), "every setting is tried");
        for (name, value) in [
            ("max_concurrent_runs", json!(0)),
            ("max_concurrent_runs", json!(1.5)),
            ("max_queued_runs", json!(-1)),
            ("max_tokens_per_day", json!("1")),
            ("max_cost_usd_per_day", json!(-0.01)),
            ("retention_days", json!(36_501)),
            ("weight", json!(0)),
            ("workflow_rate_limits", json!({"reports": "many"})),
            ("workflow_rate_limits", json!([10])),
            ("cors_origins", json!("https://app.example.com")),
            ("cors_origins", json!(["*"])),
            ("cors_origins", json!(["https://app.example.com/"])),
            ("cors_origins", json!(["https://app.example.com:443"])),
            ("max_runs", json!(1)),
        ] {
            assert_eq!(pointers(json!({name: value})), [format!("/settings/{name}")], "{value}");
            assert_eq!(pointers(json!({name: null})).is_empty(), name != "max_runs");
        }
    }
}
