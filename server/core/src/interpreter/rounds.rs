//! The rounds of a `loop` that is under way.

use super::branches::Ending;
use crate::failure::Failure;
use crate::json::Json;

/// How far a `loop` is.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Rounds {
    /// Rounds that began: the number of the next one.
    pub begun: u32,
    /// What the last round that ended came to; null before.
    pub last: Json,
    /// Why a round failed.
    pub failed: Option<Failure>,
}

impl Rounds {
    /// A step of `round` began; the first one begins the round.
    pub(super) fn open(&mut self, round: u32) {
        if round == self.begun {
            self.begun = self.begun.saturating_add(1);
        }
    }

    /// The round under way ended.
    pub(super) fn close(&mut self, ending: Ending) {
        match ending {
            Ending::Completed(output) => self.last = output,
            Ending::Failed(failure) => self.failed = Some(failure),
        }
    }
}
