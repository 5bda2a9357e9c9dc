//! Activities that do as the tests want, and remember what they were asked.

use std::sync::{Arc, Mutex, PoisonError};

use magone_core::activity::{Activity, ActivityError, ActivityOutput, ToolCall};
use magone_core::error::ErrorCode;
use magone_core::execution::Usage;
use magone_core::failure::Failure;
use magone_core::knowledge::Hit;
use magone_core::message::{Message, Role};
use magone_core::ports::{Activities, ActivityCall, BoxFuture};
use serde_json::{Value, json};

type Ended = Result<ActivityOutput, ActivityError>;

/// The activities of a test.
#[derive(Clone, Default)]
pub(super) struct Hand {
    notes: Arc<Mutex<Vec<String>>>,
}

impl Hand {
    fn note(&self, note: String) {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner).push(note);
    }

    /// What happened, in order: idempotency keys without the run's id, and what became of them.
    pub fn notes(&self) -> Vec<String> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether it happened.
    pub fn noted(&self, note: &str) -> Option<()> {
        self.notes().iter().any(|known| known == note).then_some(())
    }

    async fn tool(self, act: String, call: ToolCall) -> Ended {
        match call.tool.as_str() {
            "test.echo" => Ok(ActivityOutput::ExecuteTool { output: (*call.arguments).clone() }),
            "test.shaky" if act.ends_with("@1") => Err(ActivityError::transient(refusal())),
            "test.shaky" => Ok(ActivityOutput::ExecuteTool { output: json!("at last") }),
            "test.refuse" => Err(ActivityError::permanent(refusal())),
            "test.panic" => panic!("as the test wants"),
            "test.large" => {
                let size = call.arguments["bytes"].as_u64().and_then(|size| usize::try_from(size).ok());
                Ok(ActivityOutput::ExecuteTool { output: Value::from("x".repeat(size.unwrap())) })
            }
            // Until it is stopped.
            "test.hold" => {
                let _held = Held(self, act);
                std::future::pending().await
            }
            other => panic!("the test has no tool {other}"),
        }
    }
}

fn refusal() -> Failure {
    Failure::new(ErrorCode::ToolFailed, "The tool said no")
}

/// Notes when it is let go.
struct Held(Hand, String);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.note(format!("{} stopped", self.1));
    }
}

impl Activities for Hand {
    fn call(&self, call: ActivityCall) -> BoxFuture<'static, Ended> {
        let hand = self.clone();
        let act = call.idempotency_key.split_once(':').unwrap().1.to_owned();
        Box::pin(async move {
            hand.note(act.clone());
            match call.activity {
                Activity::ExecuteTool(tool) => hand.tool(act, tool).await,
                Activity::RetrieveKnowledge(search) => {
                    let hit = Hit {
                        id: "only".to_owned(),
                        text: format!("found: {}", search.query),
                        score: 0.75,
                        source: Some(search.collection),
                        metadata: search.filter,
                    };
                    Ok(ActivityOutput::RetrieveKnowledge { hits: vec![hit] })
                }
                Activity::LlmCompletion(completion) => {
                    let asked = completion.messages.last().map(|said| said.content.clone());
                    let message = Message {
                        role: Role::Assistant,
                        content: format!("heard: {}", asked.unwrap_or_default()),
                        tool_calls: Vec::new(),
                        tool_call_id: None,
                    };
                    let usage = Usage { input_tokens: 7, output_tokens: 5, ..Usage::default() };
                    Ok(ActivityOutput::LlmCompletion { message, usage, model: completion.model })
                }
            }
        })
    }

    fn tools(&self) -> Vec<String> {
        Vec::new()
    }
}
