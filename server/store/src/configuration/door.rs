//! The door itself: its rooms are the files beside it.

use crate::store::Store;

/// The door to the configuration.
#[derive(Clone, Debug)]
pub struct Configuration {
    pub(super) store: Store,
}

impl Configuration {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }
}
