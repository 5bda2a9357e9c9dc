//! What models of one run are saying: the text so far of every message that is not complete, and the
//! frames that tell it. A frame is serialised once, whoever reads it, and there are at most twenty a
//! second.

use std::collections::BTreeMap;

use bytes::Bytes;
use magone_core::execution::{Event, EventKind};
use magone_core::ids::ExecutionId;
use magone_core::path::StepPath;
use magone_core::speech::Piece;
use serde_json::json;

/// Bytes of unfinished messages that are kept for one run. Beyond them nobody hears a message before it
/// is complete.
const MOST: usize = 1 << 20;

/// A message that is being said.
#[derive(Debug, Default)]
struct Message {
    attempt: u32,
    text: String,
    /// How much of the text was told.
    told: usize,
    /// Another attempt had been told: the text begins anew.
    anew: bool,
}

/// The messages that are being said.
#[derive(Debug, Default)]
pub(super) struct Messages {
    open: BTreeMap<(StepPath, u32), Message>,
    bytes: usize,
}

impl Messages {
    /// A piece was said; whether there is anything to tell.
    pub(super) fn hear(&mut self, piece: Piece) -> bool {
        if self.bytes.saturating_add(piece.text.len()) > MOST {
            return false;
        }
        let message = self.open.entry((piece.step, piece.turn)).or_default();
        if piece.attempt < message.attempt {
            return false;
        }
        if piece.attempt > message.attempt {
            self.bytes = self.bytes.saturating_sub(message.text.len());
            let anew = message.told > 0 || message.anew;
            *message = Message { attempt: piece.attempt, anew, ..Message::default() };
        }
        self.bytes = self.bytes.saturating_add(piece.text.len());
        message.text.push_str(&piece.text);
        true
    }

    /// The log went on: whoever reads it hears the whole of a message that is complete, and no more of
    /// one that will never be.
    pub(super) fn log(&mut self, events: &[Event]) {
        for event in events {
            if self.open.is_empty() {
                return;
            }
            match &event.kind {
                EventKind::MessageCompleted { step, turn, .. } => {
                    self.close(|open, at| open == step && at == *turn)
                }
                EventKind::StepCompleted { step, .. } | EventKind::StepFailed { step, .. } => {
                    self.close(|open, _| open == step);
                }
                kind if kind.is_terminal() => self.close(|_, _| true),
                _ => {}
            }
        }
    }

    fn close(&mut self, over: impl Fn(&StepPath, u32) -> bool) {
        self.open.retain(|(step, turn), _| !over(step, *turn));
        self.bytes = self.open.values().map(|message| message.text.len()).sum();
    }

    /// What was said and not told yet, a frame a message.
    pub(super) fn news(&mut self, id: &ExecutionId) -> Vec<Bytes> {
        let mut frames = Vec::new();
        for ((step, turn), message) in &mut self.open {
            let Some(new) = message.text.get(message.told..).filter(|new| !new.is_empty()) else { continue };
            let name = if message.anew { "message.snapshot" } else { "message.delta" };
            frames.push(frame(id, name, step, *turn, new));
            (message.told, message.anew) = (message.text.len(), false);
        }
        frames
    }

    /// What was told so far, for one who comes late: a frame a message.
    pub(super) fn so_far(&self, id: &ExecutionId) -> Vec<Bytes> {
        let told = self.open.iter().filter(|(_, message)| message.told > 0);
        told.map(|((step, turn), message)| {
            let text = message.text.get(..message.told).unwrap_or_default();
            frame(id, "message.snapshot", step, *turn, text)
        })
        .collect()
    }
}

/// A frame without an id: whoever comes back does not ask for it.
fn frame(id: &ExecutionId, name: &str, step: &StepPath, turn: u32, text: &str) -> Bytes {
    let data = json!({"step": step, "turn": turn, "text": text});
    let document = json!({"execution_id": id, "type": name, "data": data});
    Bytes::from(format!("event: {name}\ndata: {document}\n\n"))
}

#[cfg(test)]
mod tests {
    use magone_core::time::Timestamp;
    use serde_json::Value;

    use super::*;

    fn piece(step: &str, attempt: u32, text: &str) -> Piece {
        let execution_id = ExecutionId::from_text("exec_1");
        Piece { execution_id, step: StepPath::root(step), turn: 1, attempt, text: text.to_owned() }
    }

    fn told(frames: &[Bytes]) -> Vec<(String, String)> {
        let read = |frame: &Bytes| {
            let text = String::from_utf8(frame.to_vec()).unwrap();
            assert!(!text.contains("\nid:") && !text.starts_with("id:"), "{text}");
            let data = text.lines().find_map(|line| line.strip_prefix("data: ")).unwrap();
            let document: Value = serde_json::from_str(data).unwrap();
            let text = document["data"]["text"].as_str().unwrap().to_owned();
            (document["type"].as_str().unwrap().replace("message.", ""), text)
        };
        frames.iter().map(read).collect()
    }

    fn pair(name: &str, text: &str) -> (String, String) {
        (name.to_owned(), text.to_owned())
    }

    #[test]
    fn pieces_are_told_together_and_late_readers_get_what_was_told() {
        let (mut messages, id) = (Messages::default(), ExecutionId::from_text("exec_1"));
        assert!(messages.hear(piece("a", 1, "One ")) && messages.hear(piece("a", 1, "two ")));
        assert_eq!(messages.so_far(&id), Vec::<Bytes>::new());
        assert_eq!(told(&messages.news(&id)), [pair("delta", "One two ")]);
        assert_eq!(messages.news(&id), Vec::<Bytes>::new());
        messages.hear(piece("a", 1, "three"));
        assert_eq!(told(&messages.so_far(&id)), [pair("snapshot", "One two ")], "the rest comes as news");
        assert_eq!(told(&messages.news(&id)), [pair("delta", "three")]);
    }

    #[test]
    fn another_attempt_begins_anew() {
        let (mut messages, id) = (Messages::default(), ExecutionId::from_text("exec_1"));
        messages.hear(piece("a", 1, "Wrong"));
        messages.news(&id);
        messages.hear(piece("a", 2, "Right"));
        assert!(!messages.hear(piece("a", 1, " and late")));
        assert_eq!(told(&messages.news(&id)), [pair("snapshot", "Right")]);
        messages.hear(piece("a", 2, "!"));
        assert_eq!(told(&messages.news(&id)), [pair("delta", "!")]);
    }

    #[test]
    fn what_is_complete_is_kept_no_longer() {
        let (mut messages, id) = (Messages::default(), ExecutionId::from_text("exec_1"));
        for step in ["a", "b", "c"] {
            messages.hear(piece(step, 1, step));
        }
        let event = |kind: Value| {
            let document =
                json!({"seq": 1, "time": Timestamp::default(), "type": kind["type"], "data": kind["data"]});
            serde_json::from_value::<Event>(document).unwrap()
        };
        let message = json!({"role": "assistant", "content": "a"});
        let said = json!({"type": "message.completed", "data": {"step": "a", "turn": 1, "message": message}});
        let failed = json!({"type": "step.failed", "data":
            {"step": "b", "failure": {"code": "tool_failed", "error": "x"}, "handled": false}});
        messages.log(&[event(said), event(failed)]);
        assert_eq!(told(&messages.news(&id)), [pair("delta", "c")]);
        messages.log(&[event(json!({"type": "execution.cancelled", "data": {"reason": null}}))]);
        assert!(messages.so_far(&id).is_empty());
        assert_eq!(messages.bytes, 0);
    }

    #[test]
    fn memory_is_bounded() {
        let mut messages = Messages::default();
        let text = "x".repeat(MOST / 4);
        let heard = (0..10).filter(|n| messages.hear(piece(&n.to_string(), 1, &text))).count();
        assert_eq!((heard, messages.bytes), (4, MOST));
    }
}
