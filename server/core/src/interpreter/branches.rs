//! The sequences of a `parallel` that is under way. It keeps count, so that what one of a thousand
//! branches means for the step does not take a look at all the others.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::failure::Failure;
use crate::json::Json;
use crate::workflow::FailMode;

/// The sequences, by the first step of each.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Branches {
    ended: BTreeMap<String, Ending>,
    running: usize,
    failed: bool,
}

/// How one sequence ended.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Ending {
    Completed(Json),
    Failed(Failure),
}

impl Branches {
    /// This many sequences, none of which ended.
    pub(super) fn new(count: usize) -> Self {
        Self { ended: BTreeMap::new(), running: count, failed: false }
    }

    /// The sequence that began with `first` ended.
    pub(super) fn close(&mut self, first: String, ending: Ending) {
        self.failed |= matches!(ending, Ending::Failed(_));
        if self.ended.insert(first, ending).is_none() {
            self.running = self.running.saturating_sub(1);
        }
    }

    /// How the step ends, given the order of the branches in the definition; `None` while it goes on.
    pub(super) fn verdict(&self, order: &[String], mode: FailMode) -> Option<Ending> {
        let decided = self.running == 0 || (self.failed && mode == FailMode::Fast);
        // In the order of the definition, so that the outcome does not depend on who was faster.
        decided.then(|| match order.iter().find_map(|first| self.failure_of(first)) {
            Some(failure) => Ending::Failed(failure.clone()),
            None => Ending::Completed(Json::new(self.outputs(order))),
        })
    }

    fn failure_of(&self, first: &str) -> Option<&Failure> {
        match self.ended.get(first)? {
            Ending::Failed(failure) => Some(failure),
            Ending::Completed(_) => None,
        }
    }

    fn outputs(&self, order: &[String]) -> Value {
        let outputs = order.iter().filter_map(|first| match self.ended.get(first)? {
            Ending::Completed(output) => Some((first.clone(), (**output).clone())),
            Ending::Failed(_) => None,
        });
        Value::Object(outputs.collect())
    }
}
