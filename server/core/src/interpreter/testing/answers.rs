//! What the world answers, and the programs that it is asked by.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::activity::{ActivityError, ActivityOutput, RetryClass};
use crate::error::ErrorCode;
use crate::execution::{ChildEnd, Usage};
use crate::failure::Failure;
use crate::json::Json;
use crate::knowledge::Hit;
use crate::message::{Message, Role, ToolRequest};
use crate::workflow::program::Program;
use crate::workflow::{Definition, parse};

pub type Outcome = Result<ActivityOutput, ActivityError>;

/// What becomes of an activity.
#[derive(Clone, Debug)]
pub enum Answer {
    Now(Outcome),
    /// A child that ended.
    Ended(ChildEnd),
    /// Runs into the time-out of its attempt; without one it never comes back.
    Slow,
}

impl Answer {
    /// The outcome of an activity that came back.
    pub fn outcome(self) -> Outcome {
        match self {
            Self::Now(outcome) => outcome,
            Self::Ended(_) | Self::Slow => panic!("it does not come back"),
        }
    }
}

/// What every model call consumes: 15 tokens, a hundredth of a cent.
pub const USAGE: Usage = Usage { input_tokens: 10, output_tokens: 5, cost_micros: 100 };

/// A child that came to this in two steps and one model call.
pub fn ends(output: Value) -> Answer {
    Answer::Ended(ChildEnd { outcome: Ok(Json::new(output)), usage: USAGE, steps: 2 })
}

/// A child that failed after one step.
pub fn ends_badly(code: ErrorCode) -> Answer {
    let failure = Failure::new(code, "The child came to nothing");
    Answer::Ended(ChildEnd { outcome: Err(failure), usage: USAGE, steps: 1 })
}

pub fn tool_says(output: Value) -> Answer {
    Answer::Now(Ok(ActivityOutput::ExecuteTool { output }))
}

/// A search finds these passages.
pub fn finds(texts: &[&str]) -> Answer {
    let hits = texts.iter().enumerate().map(|(at, text)| Hit {
        id: format!("p{at}"),
        text: (*text).to_owned(),
        score: 0.5,
        source: None,
        metadata: Map::new(),
    });
    Answer::Now(Ok(ActivityOutput::RetrieveKnowledge { hits: hits.collect() }))
}

pub fn says(content: &str) -> Answer {
    message(Message::text(Role::Assistant, content))
}

/// The model asks for tools, by name and arguments.
pub fn asks(calls: &[(&str, Value)]) -> Answer {
    let requests = calls.iter().enumerate().map(|(at, (tool, arguments))| ToolRequest {
        id: format!("provider-{at}"),
        tool: (*tool).to_owned(),
        arguments: Json::new(arguments.clone()),
    });
    message(Message { tool_calls: requests.collect(), ..Message::text(Role::Assistant, "") })
}

pub fn message(message: Message) -> Answer {
    Answer::Now(Ok(ActivityOutput::LlmCompletion {
        message,
        usage: USAGE,
        model: "scripted/test".to_owned(),
    }))
}

pub fn fails(code: ErrorCode, retry: RetryClass) -> Answer {
    let failure = Failure::new(code, "It did not work").with_detail("a chain of causes");
    Answer::Now(Err(ActivityError { failure, retry }))
}

/// Fails in a way that no other attempt mends.
pub fn breaks() -> Answer {
    fails(ErrorCode::ToolFailed, RetryClass::Never)
}

/// Fails in a way that may pass.
pub fn stumbles() -> Answer {
    fails(ErrorCode::ProviderError, RetryClass::Backoff)
}

/// A program that begins at the first of its steps, written as `{ id: …, `; `head` holds further members of the definition. Its agents are
/// `clerk` (tools `builtin.echo` and `crm.query`), `judge` (answers with `{"n": number}`), `spare` (two
/// fallback models) and `reader` (tool `crm.query`, collections `policies` and `manuals`).
pub fn program(head: &str, steps: &[&str]) -> Arc<Program> {
    let entry = steps[0].trim_start_matches("{ id: ").split(',').next().unwrap_or_default();
    let steps: String = steps.iter().map(|step| format!("  - {step}\n")).collect();
    let text = format!("id: t\nentry_step: {entry}\n{head}\nsteps:\n{steps}");
    ready(parse::definition(&text).unwrap_or_else(|e| panic!("{e:?}: {text}")))
}

/// The program of a definition that names the agents above.
pub fn ready(definition: Definition) -> Arc<Program> {
    let agents =
        agents().map(|text| Arc::new(parse::agent(text).unwrap_or_else(|e| panic!("{e:?}: {text}"))));
    let text = format!("{definition:?}");
    Arc::new(Program::new(definition, agents).unwrap_or_else(|e| panic!("{e:?}: {text}")))
}

fn agents() -> [&'static str; 4] {
    [
        "{ id: clerk, model: scripted/clerk, instructions: Be kind, \
         tools: [builtin.echo, crm.query], max_turns: 3 }",
        "{ id: judge, model: scripted/judge, temperature: 0.5, max_tokens: 99, output_schema: \
         { type: object, required: [n], properties: { n: { type: integer } } } }",
        "{ id: spare, model: scripted/first, fallbacks: [scripted/second, scripted/third] }",
        "{ id: reader, model: scripted/reader, tools: [crm.query], knowledge: [policies, manuals] }",
    ]
}
