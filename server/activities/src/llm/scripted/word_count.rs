//! Usage without a tokeniser: a word is a token.

use magone_core::activity::Completion;
use magone_core::execution::Usage;
use magone_core::message::Message;

/// What a completion and its answer would have consumed; never nothing, so that budgets on tokens
/// end every run.
pub(super) fn usage(completion: &Completion, answer: &Message) -> Usage {
    Usage {
        input_tokens: completion.messages.iter().map(words).sum::<u64>().max(1),
        output_tokens: words(answer).max(1),
        cost_micros: 0,
    }
}

fn words(message: &Message) -> u64 {
    let said = message.content.split_whitespace().count();
    let asked: usize =
        message.tool_calls.iter().map(|call| 1 + call.arguments.to_string().split_whitespace().count()).sum();
    u64::try_from(said + asked).unwrap_or(u64::MAX)
}
