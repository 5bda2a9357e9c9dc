//! The provider itself: scripts in, answers out.

use std::time::Duration;

use magone_core::error::ErrorCode;
use magone_core::message::{Message, Role};
use magone_core::ports::BoxFuture;
use magone_core::speech::Speech;

use super::script::{Script, attempt};
use super::{demo, word_count};
use crate::error::Error;
use crate::llm::{Answer, LlmProvider, Request};

/// The scripted provider.
#[derive(Clone, Copy, Debug, Default)]
pub struct Scripted;

impl LlmProvider for Scripted {
    fn complete(&self, request: Request) -> BoxFuture<'static, Result<Answer, Error>> {
        Box::pin(answer(request))
    }
}

async fn answer(request: Request) -> Result<Answer, Error> {
    let script = Script::parse(&request.model).ok_or_else(|| {
        Error::UnknownModel(format!("the scripted provider has no script '{}'", request.model))
    })?;
    let message = match script {
        Script::Echo | Script::Drip(_) => {
            Message::text(Role::Assistant, demo::last_of_user(&request.completion.messages))
        }
        Script::Demo => demo::answer(&request),
        Script::ToolLoop => demo::tool_request(&request),
        Script::Rubbish => Message::text(Role::Assistant, "{ this is no JSON and fits no schema"),
        Script::Fail(code) => return Err(Error::Scripted(code)),
        Script::Flaky(failures) if attempt(&request.idempotency_key) <= failures => {
            return Err(Error::Scripted(ErrorCode::ProviderError));
        }
        Script::Flaky(_) => demo::answer(&request),
        Script::Slow(pause) => {
            tokio::time::sleep(pause).await;
            demo::answer(&request)
        }
    };
    let pause = match script {
        Script::Drip(pause) => pause,
        _ => Duration::ZERO,
    };
    speak(&request.speech, &message.content, pause).await;
    let usage = word_count::usage(&request.completion, &message);
    Ok(Answer { message, usage, model: request.model })
}

/// Says it word by word, as models do.
async fn speak(speech: &Speech, text: &str, pause: Duration) {
    for word in text.split_inclusive(' ') {
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
        speech.say(word);
    }
}

#[cfg(test)]
#[path = "provider_test.rs"]
mod tests;
