//! The items of a `map` that is under way, and how far each of them is.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::branches::Ending;
use crate::failure::Failure;
use crate::json::Json;

/// The items of one `map`. Each is gone through in a pass of its own, numbered by its place.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Items {
    values: Vec<Json>,
    /// The first pass that has not begun.
    next: u32,
    /// Passes behind it that have: another run went through them.
    ahead: BTreeSet<u32>,
    running: u32,
    outputs: BTreeMap<u32, Json>,
    failed: Option<Failure>,
}

impl Items {
    /// The items as the log has them, none of which was begun.
    pub(super) fn new(values: Option<&Value>) -> Self {
        let values = values.and_then(Value::as_array).into_iter().flatten();
        Self {
            values: values.cloned().map(Json::new).collect(),
            next: 0,
            ahead: BTreeSet::new(),
            running: 0,
            outputs: BTreeMap::new(),
            failed: None,
        }
    }

    /// The item of a pass.
    pub(super) fn value(&self, pass: u32) -> Option<&Json> {
        self.values.get(usize::try_from(pass).ok()?)
    }

    /// How many there are.
    pub(super) fn count(&self) -> u32 {
        u32::try_from(self.values.len()).unwrap_or(u32::MAX)
    }

    /// The pass that may begin, while no more than `most` are under way.
    pub(super) fn next(&self, most: u32) -> Option<u32> {
        let left = self.value(self.next).is_some();
        (left && self.running < most && self.failed.is_none()).then_some(self.next)
    }

    /// A step of `pass` began; the first one begins the pass.
    pub(super) fn open(&mut self, pass: u32) {
        if pass < self.next || !self.ahead.insert(pass) {
            return;
        }
        self.running = self.running.saturating_add(1);
        while self.ahead.remove(&self.next) {
            self.next = self.next.saturating_add(1);
        }
    }

    /// The pass ended.
    pub(super) fn close(&mut self, pass: u32, ending: Ending) {
        self.running = self.running.saturating_sub(1);
        match ending {
            Ending::Completed(output) => drop(self.outputs.insert(pass, output)),
            Ending::Failed(failure) => self.failed = self.failed.take().or(Some(failure)),
        }
    }

    /// How the step ends; `None` while it goes on. One item that fails stops the others.
    pub(super) fn verdict(&self) -> Option<Ending> {
        if let Some(failure) = &self.failed {
            return Some(Ending::Failed(failure.clone()));
        }
        let outputs = || self.outputs.values().map(|output| (**output).clone()).collect();
        (self.outputs.len() == self.values.len())
            .then(|| Ending::Completed(Json::new(Value::Array(outputs()))))
    }
}
