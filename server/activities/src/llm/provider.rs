//! What a model provider does.

use magone_core::activity::Completion;
use magone_core::execution::Usage;
use magone_core::message::Message;
use magone_core::ports::BoxFuture;
use magone_core::speech::Speech;

use crate::error::Error;
use crate::tools::ToolSpec;

/// One completion, ready for a provider.
#[derive(Clone, Debug)]
pub struct Request {
    /// The model as its provider knows it: the part after the slash.
    pub model: String,
    /// The conversation and its bounds.
    pub completion: Completion,
    /// What the offered tools do and take: those of `completion.tools` in their order, then the one that
    /// searches `completion.knowledge`.
    pub tools: Vec<ToolSpec>,
    /// The same for every repetition of the same attempt.
    pub idempotency_key: String,
    /// Where its words go while it says them.
    pub speech: Speech,
}

/// What a model said.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The message.
    pub message: Message,
    /// What it consumed; the cost is 0 where nobody priced it.
    pub usage: Usage,
    /// The model that answered, as its provider calls it.
    pub model: String,
}

/// A provider of models. Dropping the future cancels the call.
pub trait LlmProvider: Send + Sync + 'static {
    /// One answer of a model.
    ///
    /// # Errors
    /// An [`Error`] whose retry class says whether another attempt may work.
    fn complete(&self, request: Request) -> BoxFuture<'static, Result<Answer, Error>>;
}
