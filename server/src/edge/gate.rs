//! What the API's listener asks of every request before anybody looks at it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use super::Load;
use crate::config::Config;

/// What the API's listener asks of every request. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Gate {
    /// Origins of web pages that may call for every tenant.
    pub(super) origins: Arc<BTreeSet<String>>,
    /// What is in work.
    pub load: Load,
    /// How long a body may take to arrive.
    pub body_time: Duration,
    /// Whether the figures have a listener of their own.
    pub metrics_elsewhere: bool,
}

impl Gate {
    /// As it is configured.
    #[must_use]
    pub fn of(config: &Config) -> Self {
        Self {
            origins: Arc::new(config.gate.origins.iter().cloned().collect()),
            load: Load::new(config.gate.requests_most),
            body_time: config.gate.body_time,
            metrics_elsewhere: config.listen.metrics.is_some(),
        }
    }
}
