//! The OpenAI-compatible provider against servers that behave, misbehave or are not there.

#![cfg(test)]

mod faults;
mod proxy;
mod questions;
mod server;
mod statuses;
mod tls;

use std::sync::Arc;
use std::time::Duration;

use magone_activities::http::CallLimits;
use magone_activities::llm::openai::OpenAiSettings;
use magone_activities::{RealActivities, Settings};
use magone_core::activity::{Activity, ActivityError, ActivityOutput, Completion};
use magone_core::error::ErrorCode;
use magone_core::execution::Usage;
use magone_core::ids::{ExecutionId, TenantId};
use magone_core::message::{Message, Role};
use magone_core::ports::{Activities, ActivityCall};

const KEY: &str = "sk-proj-AbCdEfGhIjKlMnOpQrStUvWxYz";

/// Long enough for a busy machine; reached only by a test that fails.
const PATIENCE: Duration = Duration::from_secs(20);

fn limits() -> CallLimits {
    CallLimits { connect: PATIENCE, idle: PATIENCE, total: PATIENCE, body_bytes: 64 * 1024 }
}

fn activities(base_url: &str, limits: CallLimits) -> RealActivities {
    let openai =
        OpenAiSettings { base_url: Some(base_url.to_owned()), api_key: Some(KEY.to_owned()), limits };
    RealActivities::new(Settings { openai: Some(openai), model_override: None }).unwrap()
}

fn completion() -> Completion {
    Completion {
        model: "openai/gpt-4o-mini".to_owned(),
        messages: vec![
            Message::text(Role::System, "Be brief."),
            Message::text(Role::User, "How much is sold?"),
        ],
        tools: Vec::new(),
        knowledge: Vec::new(),
        output_schema: None,
        temperature: None,
        max_tokens: None,
        agent: Some("data-analyzer".to_owned()),
    }
}

fn call(completion: Completion) -> ActivityCall {
    ActivityCall {
        execution_id: ExecutionId::from_text("exec_1"),
        tenant_id: TenantId::from_text("ten_1"),
        idempotency_key: "exec_1:analyze#t1@1".to_owned(),
        speech: Default::default(),
        scripted: false,
        activity: Activity::LlmCompletion(completion),
    }
}

/// Asks once, within patience.
async fn ask(base_url: &str, limits: CallLimits) -> Result<(Message, Usage, String), ActivityError> {
    complete(&activities(base_url, limits), completion()).await
}

async fn complete(
    activities: &RealActivities,
    completion: Completion,
) -> Result<(Message, Usage, String), ActivityError> {
    let answer = tokio::time::timeout(PATIENCE * 2, activities.call(call(completion)));
    match answer.await.expect("the call ends by itself")? {
        ActivityOutput::LlmCompletion { message, usage, model } => Ok((message, usage, model)),
        other => panic!("{other:?}"),
    }
}

fn code_of(error: &ActivityError) -> ErrorCode {
    ErrorCode::parse(error.failure.code.as_str()).expect("the code is one of the table")
}

fn object(value: serde_json::Value) -> magone_core::json::Json {
    Arc::new(value)
}
