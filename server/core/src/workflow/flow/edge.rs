//! Where a step leads to.

use crate::workflow::{OnError, Step, StepKind, pointer};

/// What has to happen for an edge to be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Taken {
    /// The step came to its end, well or, with `on_error: continue`, not.
    Ended,
    /// The step failed.
    Failed,
}

/// The member of a step that names where it goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// `next` of a case of a branch.
    Case(usize),
    /// `default` of a branch.
    Default,
    /// `next`.
    Next,
    /// `next` in `on_error`.
    OnError,
}

impl Way {
    /// The pointer of the member in the step number `at`.
    pub(super) fn pointer(self, at: usize) -> String {
        let here = place(at);
        match self {
            Self::Case(n) => format!("{here}/cases/{n}/next"),
            Self::Default => format!("{here}/default"),
            Self::Next => format!("{here}/next"),
            Self::OnError => format!("{here}/on_error/next"),
        }
    }
}

/// One way on, as written.
#[derive(Debug)]
pub(super) struct Written<'a> {
    pub to: &'a str,
    pub taken: Taken,
    pub way: Way,
}

/// One way on to a step that exists.
#[derive(Clone, Copy, Debug)]
pub(super) struct Edge {
    pub to: usize,
    pub taken: Taken,
    pub way: Way,
}

/// The pointer of the step number `at`.
pub(in crate::workflow) fn place(at: usize) -> String {
    pointer::item("/steps", at)
}

/// The ways on from a step, inside its own sequence.
pub(super) fn written(step: &Step) -> Vec<Written<'_>> {
    let ended = |to, way| Written { to, taken: Taken::Ended, way };
    let mut ways: Vec<Written<'_>> = match &step.kind {
        StepKind::Fail { .. } => Vec::new(),
        StepKind::Branch { cases, default } => {
            let cases = cases.iter().enumerate();
            let cases = cases.map(|(n, case)| ended(case.next.as_str(), Way::Case(n)));
            cases.chain(default.iter().map(|to| ended(to.as_str(), Way::Default))).collect()
        }
        _ => step.next.iter().map(|to| ended(to.as_str(), Way::Next)).collect(),
    };
    if let Some(OnError::Next { next }) = &step.on_error {
        ways.push(Written { to: next, taken: Taken::Failed, way: Way::OnError });
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
