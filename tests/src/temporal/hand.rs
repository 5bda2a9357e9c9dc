//! Activities that do as the tests want, and remember what they were asked.

use std::sync::{Arc, Mutex, PoisonError};

use magone_core::activity::{Activity, ActivityError, ActivityOutput, Completion, ToolCall};
use magone_core::error::ErrorCode;
use magone_core::execution::Usage;
use magone_core::failure::Failure;
use magone_core::json::Json;
use magone_core::knowledge::{Hit, Retrieval, TOOL};
use magone_core::message::{Message, Role, ToolRequest};
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

/// What a collection has goes by its name.
fn found(act: &str, search: Retrieval) -> Ended {
    match search.collection.as_str() {
        "shaky" if act.ends_with("@1") => return Err(ActivityError::transient(refusal())),
        "broken" => return Err(ActivityError::permanent(refusal())),
        _ => {}
    }
    let hit = Hit {
        id: "only".to_owned(),
        text: format!("found: {}", search.query),
        score: 0.75,
        source: Some(search.collection),
        metadata: search.filter,
    };
    Ok(ActivityOutput::RetrieveKnowledge { hits: vec![hit] })
}

/// What a model says goes by its name, and by whether a schema is to be filled in.
fn said(act: &str, completion: Completion) -> Ended {
    let down = || Failure::new(ErrorCode::ProviderError, "The model is down");
    let asked = completion.messages.last();
    let answered = asked.is_some_and(|said| said.role == Role::Tool);
    let mut message = Message::text(Role::Assistant, "");
    match completion.model.as_str() {
        "scripted/shaky" if act.ends_with("@1") => return Err(ActivityError::transient(down())),
        "scripted/refuse" => return Err(ActivityError::permanent(down())),
        "scripted/tools" if !answered => message.tool_calls = calls(&completion),
        model if completion.output_schema.is_some() && model != "scripted/wordy" => {
            message.content = json!({"n": 4}).to_string();
        }
        _ => message.content = format!("heard: {}", asked.map_or("", |said| &said.content)),
    }
    let usage = Usage { input_tokens: 7, output_tokens: 5, ..Usage::default() };
    Ok(ActivityOutput::LlmCompletion { message, usage, model: completion.model })
}

/// One call of each tool that the model has, and one search.
fn calls(completion: &Completion) -> Vec<ToolRequest> {
    let tools = completion.tools.iter().map(|tool| (tool.as_str(), json!({"n": 1})));
    let search = |collection| (TOOL, json!({"collection": collection, "query": "all"}));
    let all = tools.chain(completion.knowledge.first().map(search)).enumerate();
    let request = |(at, (tool, arguments)): (usize, (&str, Value))| ToolRequest {
        id: format!("provider-{at}"),
        tool: tool.to_owned(),
        arguments: Json::new(arguments),
    };
    all.map(request).collect()
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
                Activity::RetrieveKnowledge(search) => found(&act, search),
                Activity::LlmCompletion(completion) => said(&act, completion),
            }
        })
    }

    fn tools(&self) -> Vec<String> {
        Vec::new()
    }
}
