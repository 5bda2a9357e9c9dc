//! Where a step leads to.

use crate::workflow::{OnError, Step, StepKind, pointer};

/// What has to happen for an edge to be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// The step came to its end, well or, with `on_error: continue`, not.
    Ended,
    /// The step failed.
    Failed,
}

/// One way on, as written.
#[derive(Debug)]
pub(super) struct Written<'a> {
    pub to: &'a str,
    pub taken: Taken,
    pub pointer: String,
}

/// One way on to a step that exists.
#[derive(Clone, Copy, Debug)]
pub(super) struct Edge {
    pub to: usize,
    pub taken: Taken,
}

/// The pointer of the step number `at`.
pub(in crate::workflow) fn place(at: usize) -> String {
    pointer::item("/steps", at)
}

/// The ways on from the step number `at`, inside its own sequence.
pub(super) fn written(at: usize, step: &Step) -> Vec<Written<'_>> {
    let ended = |to, pointer| Written { to, taken: Taken::Ended, pointer };
    let here = place(at);
    let mut ways: Vec<Written<'_>> = match &step.kind {
        StepKind::Fail { .. } => Vec::new(),
        StepKind::Branch { cases, default } => {
            let cases = cases.iter().enumerate();
            let cases = cases.map(|(n, case)| ended(case.next.as_str(), format!("{here}/cases/{n}/next")));
            let default = default.iter().map(|to| ended(to.as_str(), format!("{here}/default")));
            cases.chain(default).collect()
        }
        _ => step.next.iter().map(|to| ended(to.as_str(), format!("{here}/next"))).collect(),
    };
    if let Some(OnError::Next { next }) = &step.on_error {
        ways.push(Written { to: next, taken: Taken::Failed, pointer: format!("{here}/on_error/next") });
    }
    ways
}

/// Whether the sequence can end with this step, its failure aside that ends the run.
pub(super) fn ends_sequence(step: &Step) -> bool {
    match &step.kind {
        StepKind::Fail { .. } => false,
        StepKind::Branch { default, .. } => default.is_none() || step.on_error == Some(OnError::Continue),
        _ => step.next.is_none(),
    }
}
