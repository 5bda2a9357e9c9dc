//! Events as lines for people.

use serde_json::Value;

use crate::cli::terminal::{Paint, plain};

/// Characters of a message that are shown.
const SHOWN: usize = 100;
/// Width of the column with the events' names.
const NAME_WIDTH: usize = 20;

/// One line about an event.
pub(in crate::cli) fn narrate(event: &Value, paint: Paint) -> String {
    let text = |name: &str| event.get(name).and_then(Value::as_str).unwrap_or_default();
    let (time, name) = (text("time"), text("type"));
    // 2026-01-31T09:30:00.125Z: the day is no news.
    let time = time.get(11..23).unwrap_or(time);
    let padded = format!("{name:<NAME_WIDTH$}");
    let painted = match name {
        "execution.completed" => paint.good(&padded),
        "execution.failed" | "execution.cancelled" | "step.failed" => paint.bad(&padded),
        _ => padded,
    };
    let about = plain(&about(name, Data(event.get("data").unwrap_or(&Value::Null))));
    format!("{}  {painted}  {about}", paint.faint(time)).trim_end().to_owned()
}

/// What an event says about itself.
struct Data<'a>(&'a Value);

impl Data<'_> {
    fn text(&self, pointer: &str) -> &str {
        self.0.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
    }

    fn number(&self, pointer: &str) -> u64 {
        self.0.pointer(pointer).and_then(Value::as_u64).unwrap_or_default()
    }

    /// `1 turn`, `2 turns`.
    fn counted(&self, pointer: &str, one: &str) -> String {
        match self.number(pointer) {
            1 => format!("1 {one}"),
            number => format!("{number} {one}s"),
        }
    }

    /// `sentence (code)`.
    fn failure(&self) -> String {
        match (self.text("/error"), self.text("/code")) {
            ("", code) => code.to_owned(),
            (error, "") => error.to_owned(),
            (error, code) => format!("{error} ({code})"),
        }
    }

    fn message(&self) -> String {
        let content = self.text("/content");
        if !content.is_empty() {
            return shortened(content);
        }
        let calls = self.0.get("tool_calls").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let tools: Vec<_> = calls.iter().filter_map(|call| call.get("tool")?.as_str()).collect();
        format!("asks for {}", tools.join(", "))
    }
}

fn about(name: &str, data: Data<'_>) -> String {
    let step = data.text("/step");
    match name {
        "execution.created" => format!(
            "{} version {}, {} steps",
            data.text("/workflow_slug"),
            data.number("/workflow_version"),
            data.number("/steps_total")
        ),
        "execution.completed" => format!("after {} ms", data.number("/metadata/duration_ms")),
        "execution.failed" => data.failure(),
        "execution.cancelling" | "execution.cancelled" => data.text("/reason").to_owned(),
        "step.started" => match data.text("/title") {
            "" => format!("{step}: {}", data.text("/kind")),
            title => format!("{step}: {title}"),
        },
        "step.failed" if data.0.get("handled") == Some(&Value::Bool(true)) => {
            format!("{step}: {}; the run goes on", data.failure())
        }
        "step.failed" => format!("{step}: {}", data.failure()),
        "step.retrying" => {
            let why =
                if data.text("/error").is_empty() { data.text("/reason").to_owned() } else { data.failure() };
            format!("{step}: attempt {}, {why}", data.number("/attempt"))
        }
        "agent.started" => format!("{step}: {}", data.text("/agent")),
        "agent.completed" => {
            format!("{step}: {} after {}", data.text("/agent"), data.counted("/turns", "turn"))
        }
        "message.completed" => format!("{step}: {}", data.message()),
        "tool.called" => format!("{step}: {}", data.text("/tool")),
        "tool.result" => {
            let how = if data.0.get("ok") == Some(&Value::Bool(true)) { "answered" } else { "failed" };
            format!("{step}: {} {how}", data.text("/tool"))
        }
        "knowledge.retrieved" => {
            format!("{step}: {} in {}", data.counted("/hits", "hit"), data.text("/collection"))
        }
        "approval.required" => {
            format!("{step}: {} (approval {})", data.text("/prompt"), data.text("/approval_id"))
        }
        "approval.resolved" if data.0.get("timed_out") == Some(&Value::Bool(true)) => {
            format!("{step}: {}, nobody decided in time", data.text("/decision"))
        }
        "approval.resolved" => format!("{step}: {} {}", data.text("/decision"), data.text("/comment")),
        "child.started" => format!("{step}: started {}", data.text("/execution_id")),
        "child.ended" => match data.text("/code") {
            "" => format!("{step}: {} completed", data.text("/execution_id")),
            code => format!("{step}: {} ended with {code}", data.text("/execution_id")),
        },
        "timer.started" => format!("{step}: until {}", data.text("/fire_at")),
        "usage.updated" => format!(
            "{step}: {}, {} tokens so far",
            data.text("/model"),
            data.number("/total/input_tokens").saturating_add(data.number("/total/output_tokens"))
        ),
        _ => step.to_owned(),
    }
}

fn shortened(text: &str) -> String {
    let mut short: String = text.chars().take(SHOWN).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
#[path = "narration_test.rs"]
mod tests;
