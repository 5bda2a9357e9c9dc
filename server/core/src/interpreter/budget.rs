//! What bounds a run: steps, turns, tokens and cost. Together with the depth that validation allows
//! they end every run.

use super::conversation::Conversation;
use super::state::State;
use crate::error::ErrorCode;
use crate::failure::Failure;
use crate::workflow::{Step, StepKind};

fn exceeded(sentence: String) -> Failure {
    Failure::new(ErrorCode::BudgetExceeded, sentence)
}

/// Why no further step may begin.
pub(super) fn no_more_steps(state: &State) -> Option<Failure> {
    let max = state.program().definition().limits.max_steps;
    (state.begun >= max)
        .then(|| exceeded(format!("The execution reached its limit of {max} steps (limits.max_steps)")))
}

/// Why no further model call of the run may begin.
pub(super) fn no_more_tokens(state: &State) -> Option<Failure> {
    let limits = &state.program().definition().limits;
    if let Some(max) = limits.max_tokens.filter(|max| state.usage.tokens() >= *max) {
        return Some(exceeded(format!(
            "The execution reached its limit of {max} tokens (limits.max_tokens)"
        )));
    }
    let spent = state.usage.cost_usd();
    limits.max_cost_usd.filter(|max| state.usage.cost_micros > 0 && spent >= *max).map(|max| {
        exceeded(format!("The execution reached its limit of {max} US dollars (limits.max_cost_usd)"))
    })
}

/// Why no further turn of this conversation may begin.
pub(super) fn no_more_turns(state: &State, step: &Step, conversation: &Conversation) -> Option<Failure> {
    let (agent, own) = match &step.kind {
        StepKind::Agent { agent, max_turns, .. } => (agent, *max_turns),
        // One answer, and once more to mend it: what else opens a turn is a model that asks for tools
        // where there are none.
        _ => {
            let sentence = "The model asked for a tool, but the step has none";
            return (conversation.turn > 1 + u32::from(conversation.repaired))
                .then(|| Failure::new(ErrorCode::InvalidOutput, sentence));
        }
    };
    let max = own.or_else(|| state.program().agent(agent).map(|agent| agent.max_turns))?;
    // One turn more for mending an answer: the repair is not the model's fault alone.
    let allowed = max.saturating_add(u32::from(conversation.repaired));
    (conversation.turn > allowed).then(|| {
        exceeded(format!("The agent came to no answer within its limit of turns: {max} (max_turns)"))
    })
}
