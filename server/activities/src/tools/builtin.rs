//! Tools that are always there and reach nothing outside.

use std::sync::Arc;

use magone_core::json::Json;
use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, UtcOffset};

use super::registry::{Handler, Tool, misfit};
use crate::error::Error;

/// Sends its arguments back.
pub(super) fn echo() -> Result<Tool, Error> {
    Tool::new(
        "Sends its arguments back unchanged. Useful to try out tool calls.",
        json!({"type": "object", "properties": {"text": {"description": "What to send back."}}}),
        immediate(|arguments| Ok((*arguments).clone())),
    )
}

/// Tells the time.
pub(super) fn current_time() -> Result<Tool, Error> {
    Tool::new(
        "Tells the current date and time in RFC 3339.",
        json!({
            "type": "object",
            "properties": {"timezone": {
                "type": "string",
                "description": "Offset from UTC such as +04:00; UTC where it is left out.",
            }},
            "additionalProperties": false,
        }),
        immediate(|arguments| time_in(OffsetDateTime::now_utc(), arguments.get("timezone"))),
    )
}

fn immediate(work: impl Fn(Json) -> Result<Value, Error> + Send + Sync + 'static) -> Handler {
    Arc::new(move |arguments| Box::pin(std::future::ready(work(arguments))))
}

fn time_in(now: OffsetDateTime, timezone: Option<&Value>) -> Result<Value, Error> {
    let timezone = timezone.and_then(Value::as_str).unwrap_or("UTC");
    let fail = |reason: &str| misfit("current_time", reason);
    let offset = offset(timezone).ok_or_else(|| {
        fail("'/timezone' has to be 'UTC' or an offset from UTC between -23:59 and +23:59, such as '+04:00'")
    })?;
    let local = now.to_offset(offset).truncate_to_second();
    let text = local.format(&Rfc3339).map_err(|error| fail(&error.to_string()))?;
    Ok(json!({"time": text, "timezone": timezone}))
}

fn offset(text: &str) -> Option<UtcOffset> {
    if matches!(text, "Z" | "z" | "UTC" | "utc") {
        return Some(UtcOffset::UTC);
    }
    let sign = match text.chars().next()? {
        '+' => 1,
        '-' => -1,
        _ => return None,
    };
    let (hours, minutes) = text.get(1..)?.split_once(':')?;
    let number = |digits: &str, below: i8| {
        let plain = digits.len() == 2 && digits.chars().all(|c| c.is_ascii_digit());
        digits.parse::<i8>().ok().filter(|n| plain && *n < below)
    };
    UtcOffset::from_hms(sign * number(hours, 24)?, sign * number(minutes, 60)?, 0).ok()
}

#[cfg(test)]
#[path = "builtin_test.rs"]
mod tests;
