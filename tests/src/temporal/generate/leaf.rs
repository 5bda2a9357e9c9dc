//! Steps that have no others inside.

use serde_json::{Value, json};

use super::writer::{Place, Writer};

impl Writer {
    /// A step that has none inside.
    pub fn leaf(&mut self, place: &Place) -> Value {
        let kind = self.dice.below(9);
        // Without a second attempt what is shaky fails.
        let attempts = if place.may_fail { 1 + self.dice.below(2) } else { 2 };
        let retry = json!({"max_attempts": attempts, "initial_interval_ms": 20});
        let before = place.output();
        let mut step = match kind {
            0 => self.agent(place, &before),
            1 => self.llm(place, &before),
            2 | 3 => self.tool(place, &before),
            4 => {
                let collection = self.choose(place, &["policies", "shaky"], &["broken"]);
                let query = format!("On {before}");
                json!({"type": "knowledge", "collection": collection, "query": query, "filter": {"of": "{{ input }}"}})
            }
            5 => self.child(place, &before),
            6 => return self.approval(place, &before),
            7 => return self.wait(place),
            _ => return json!({"type": "transform", "value": {"of": before, "content": "{{ input }}"}}),
        };
        step["retry"] = retry;
        step
    }

    /// One that works in the end, or one that does not.
    fn choose(&mut self, place: &Place, good: &[&'static str], bad: &[&'static str]) -> &'static str {
        if place.may_fail && self.dice.once_in(3) { self.dice.one(bad) } else { self.dice.one(good) }
    }

    fn agent(&mut self, place: &Place, before: &str) -> Value {
        let agent = self.choose(place, &["clerk", "crew", "reader", "judge", "spare"], &["wordy", "lost"]);
        // It does three things at once.
        self.side_by_side |= agent == "crew";
        json!({"type": "agent", "agent": agent, "input": before})
    }

    fn llm(&mut self, place: &Place, before: &str) -> Value {
        let mut step = json!({"type": "llm", "prompt": format!("Say {before}")});
        if self.dice.once_in(3) {
            let model = self.choose(place, &["scripted/model"], &["scripted/wordy"]);
            step["model"] = json!(model);
            step["output_schema"] = json!({"type": "object", "required": ["n"]});
        } else {
            let good = ["scripted/model", "scripted/shaky"];
            step["model"] = json!(self.choose(place, &good, &["scripted/refuse"]));
        }
        step
    }

    fn tool(&mut self, place: &Place, before: &str) -> Value {
        if self.is_slow(place) {
            return json!({"type": "tool", "tool": "test.hold", "timeout_seconds": 1});
        }
        let tool = self.choose(place, &["test.echo", "test.shaky"], &["test.refuse", "test.panic"]);
        let mut arguments = json!({"of": before});
        if place.passes {
            arguments["pass"] = json!("{{ index }}");
        }
        json!({"type": "tool", "tool": tool, "arguments": arguments})
    }

    fn child(&mut self, place: &Place, before: &str) -> Value {
        let mut step = json!({"type": "workflow", "workflow": "child", "context": {"tone": "kind"}});
        if self.is_slow(place) {
            self.child_holds = true;
            step["input"] = json!("hold");
            step["timeout_seconds"] = json!(1);
        } else if place.may_fail && self.dice.once_in(3) {
            // It fails, or its input is no text.
            step["input"] = if self.dice.once_in(2) { json!("refuse") } else { json!(7) };
        } else {
            step["input"] = json!(format!("About {before}"));
        }
        step
    }

    /// Decided by its first word; or by nobody.
    fn approval(&mut self, place: &Place, before: &str) -> Value {
        let decision = self.choose(place, &["Approve"], &["Reject"]);
        let mut step = json!({"type": "approval", "prompt": format!("{decision} {before}")});
        if self.is_slow(place) {
            step["prompt"] = json!(format!("Leave {before}"));
            step["timeout_seconds"] = json!(1);
            step["on_timeout"] = json!(self.dice.one(&["approve", "reject", "fail"]));
        } else if self.dice.once_in(2) {
            step["schema"] = json!({"type": "object", "required": ["n"]});
        }
        step
    }

    fn wait(&mut self, place: &Place) -> Value {
        let slow = !place.passes && self.slow > 0 && self.dice.once_in(3);
        self.slow -= usize::from(slow);
        json!({"type": "wait", "seconds": usize::from(slow)})
    }
}
