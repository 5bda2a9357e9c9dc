//! Why Temporal could not be used.

/// Why Temporal could not be used: one sentence each.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The address is none.
    #[error("'{address}' is no address of a Temporal server: {why}; write for example temporal:7233")]
    Address {
        /// What was given.
        address: String,
        /// What is wrong with it.
        why: String,
    },
    /// Nobody answers there.
    #[error("Temporal cannot be reached at {address}: {why}")]
    Unreachable {
        /// Where it should be.
        address: String,
        /// What the system says.
        why: String,
    },
    /// The worker did not start, or stopped by itself.
    #[error("the Temporal worker cannot work: {0}")]
    Worker(String),
    /// A history that cannot be read, or does not fit the workflow as it is now.
    #[error("the workflow's history cannot be gone through again: {0}")]
    History(String),
}
