//! What the log of a run says happened.

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::workload::{AFTER_PAUSE, BEFORE_PAUSE};

/// One run's log, counted.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct History {
    /// How often each durable step was given to its tool, and came to its end.
    pub calls: [u32; 2],
    pub completions: [u32; 2],
    /// How often the run ended well.
    pub ends: u32,
    /// Where the timer's end stands in wall-clock time.
    pub fired_at: Option<String>,
}

impl History {
    /// Reads a page of events; a run of three steps has no second one.
    pub(crate) fn read(page: &[u8]) -> Result<Self> {
        let page: Value = serde_json::from_slice(page)?;
        let events = page.get("events").and_then(Value::as_array).context("a page without events")?;
        let mut history = Self::default();
        for event in events {
            let text = |member: &str| event.get(member).and_then(Value::as_str).unwrap_or_default();
            let step = event.get("data").and_then(|data| data.get("step")?.as_str());
            let durable = [BEFORE_PAUSE, AFTER_PAUSE].iter().position(|id| step == Some(id));
            let count = |counts: &mut [u32; 2]| {
                if let Some(count) = durable.and_then(|place| counts.get_mut(place)) {
                    *count += 1;
                }
            };
            match text("type") {
                "tool.called" | "step.retrying" => count(&mut history.calls),
                "step.completed" => count(&mut history.completions),
                "execution.completed" => history.ends += 1,
                "timer.fired" => history.fired_at = Some(text("time").to_owned()),
                _ => {}
            }
        }
        Ok(history)
    }

    /// Whether the run came to its end.
    pub(crate) fn is_whole(&self) -> bool {
        let counts = self.calls.iter().chain(&self.completions);
        self.ends == 1 && counts.into_iter().all(|count| *count > 0)
    }

    /// Whether the step that was in the log before the crash was done again.
    pub(crate) fn repeats(&self) -> bool {
        let [called, _] = self.calls;
        called > 1 || self.completions.iter().any(|count| *count > 1)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn page(events: &[(&str, &str)]) -> Vec<u8> {
        let events: Vec<_> = events
            .iter()
            .map(|(kind, step)| json!({"type": kind, "time": "t", "data": {"step": step}}))
            .collect();
        json!({"events": events}).to_string().into_bytes()
    }

    #[test]
    fn a_run_that_went_on_is_whole_and_repeats_nothing() {
        let mut events = vec![
            ("tool.called", "before"),
            ("step.completed", "before"),
            ("timer.fired", "pause"),
            ("tool.called", "after"),
            ("step.completed", "after"),
            ("execution.completed", ""),
        ];
        let history = History::read(&page(&events)).unwrap();
        assert!(history.is_whole() && !history.repeats(), "{history:?}");
        assert_eq!(history.fired_at.as_deref(), Some("t"));
        events.push(("tool.called", "before"));
        assert!(History::read(&page(&events)).unwrap().repeats());
        events.truncate(5);
        assert!(!History::read(&page(&events)).unwrap().is_whole());
    }
}
