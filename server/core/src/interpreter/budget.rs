//! What bounds a run: steps, turns, tokens and cost. Together with the depth that validation allows
//! they end every run.

use super::conversation::Conversation;
use super::state::{State, Work};
use crate::error::ErrorCode;
use crate::execution::Budget;
use crate::failure::Failure;
use crate::path::StepPath;
use crate::workflow::{Limits, Step, StepKind};

fn exceeded(sentence: String) -> Failure {
    Failure::new(ErrorCode::BudgetExceeded, sentence)
}

/// Why no further step may begin.
pub(super) fn no_more_steps(state: &State) -> Option<Failure> {
    let max = state.limits.max_steps;
    let own = state.program().definition().limits.max_steps == max;
    let whose = whose(own, "limits.max_steps");
    (state.begun >= max)
        .then(|| exceeded(format!("The execution reached its limit of {max} steps ({whose})")))
}

/// Why no further model call of the run may begin.
pub(super) fn no_more_tokens(state: &State) -> Option<Failure> {
    let (limits, own) = (&state.limits, &state.program().definition().limits);
    if let Some(max) = limits.max_tokens.filter(|max| state.usage.tokens() >= *max) {
        let whose = whose(own.max_tokens == Some(max), "limits.max_tokens");
        return Some(exceeded(format!("The execution reached its limit of {max} tokens ({whose})")));
    }
    let spent = state.usage.cost_usd();
    limits.max_cost_usd.filter(|max| state.usage.cost_micros > 0 && spent >= *max).map(|max| {
        let whose = whose(own.max_cost_usd == Some(max), "limits.max_cost_usd");
        exceeded(format!("The execution reached its limit of {max} US dollars ({whose})"))
    })
}

/// Where a limit stands that can be raised.
fn whose(own: bool, name: &str) -> String {
    if own { name.to_owned() } else { format!("its share of {name} of the execution that started it") }
}

/// What the child of the step at `path` may use: an equal share of what is left. Alone it gets all of
/// it, inside a `map` of ten at a time a tenth; so a tree of runs stays within the limits of its root,
/// about, however wide it grows.
///
/// # Errors
/// Where nothing is left to share.
pub(super) fn share(state: &State, path: &StepPath) -> Result<Budget, Failure> {
    if let Some(failure) = no_more_steps(state).or_else(|| no_more_tokens(state)) {
        return Err(failure);
    }
    let (limits, among) = (&state.limits, side_by_side(state, path));
    let max_steps = limits.max_steps.saturating_sub(state.begun) / among;
    let left = |max: u64| max.saturating_sub(state.usage.tokens()) / u64::from(among);
    let max_tokens = limits.max_tokens.map(left);
    if max_steps == 0 || max_tokens == Some(0) {
        return Err(exceeded(format!(
            "What the execution has left of its limits is too little for {among} children at a time"
        )));
    }
    let spent = state.usage.cost_usd();
    let max_cost_usd = limits.max_cost_usd.map(|max| (max - spent).max(0.0) / f64::from(among));
    Ok(Budget { max_steps, max_tokens, max_cost_usd })
}

/// How many of its like can be under way beside the step, itself included.
fn side_by_side(state: &State, path: &StepPath) -> u32 {
    let width = |around: &StepPath| match (&state.step_of(around)?.kind, &state.run_of(around)?.work) {
        (StepKind::Parallel { branches, .. }, _) => u32::try_from(branches.len()).ok(),
        (StepKind::Map { max_concurrency, .. }, Work::Map(items)) => {
            Some(items.count().min(*max_concurrency))
        }
        _ => None,
    };
    path.around()
        .filter_map(|(around, _)| width(&around))
        .fold(1, |all, width| all.saturating_mul(width.max(1)))
}

/// Narrows limits to a budget.
pub(super) fn narrow(limits: &mut Limits, budget: &Budget) {
    limits.max_steps = limits.max_steps.min(budget.max_steps);
    limits.max_tokens = [limits.max_tokens, budget.max_tokens].into_iter().flatten().min();
    limits.max_cost_usd = match (limits.max_cost_usd, budget.max_cost_usd) {
        (Some(own), Some(given)) => Some(own.min(given)),
        (own, given) => own.or(given),
    };
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
