//! Whether requests are to be sent to this process.

use std::sync::atomic::{AtomicBool, Ordering};

/// Facts that `/readyz` reports.
#[derive(Debug, Default)]
pub struct Readiness {
    recovered: AtomicBool,
    draining: AtomicBool,
}

impl Readiness {
    /// Every unfinished run is in flight again.
    pub fn set_recovered(&self) {
        self.recovered.store(true, Ordering::SeqCst);
    }

    /// The server is shutting down.
    pub fn set_draining(&self) {
        self.draining.store(true, Ordering::SeqCst);
    }

    /// Whether every unfinished run is in flight again.
    #[must_use]
    pub fn recovered(&self) -> bool {
        self.recovered.load(Ordering::SeqCst)
    }

    /// Whether the server is shutting down.
    #[must_use]
    pub fn draining(&self) -> bool {
        self.draining.load(Ordering::SeqCst)
    }
}
