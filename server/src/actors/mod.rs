//! The actors: one for each tenant that is in use, one for each run in flight.
//!
//! No `Addr` and no message leaves this folder: callers hold [`LiveRegistry`], [`TenantDirectory`]
//! and what they hand out. What a request needs at once (who is this key, what does this run look
//! like, tell me when it ends) is decided on state that the actor shares with its handle under a
//! short lock; the actor is told afterwards. The store is never touched in a handler.

mod arbiters;
mod batch;
mod execution;
mod feed;
mod limits;
mod registry;
mod speech;
mod tail;
mod tenant;
mod tenants;

pub use arbiters::{Arbiters, on_system};
pub use batch::{Batch, Face, PublicEvent};
pub use execution::ExecutionSnapshot;
pub use feed::{Feed, RowUpdate};
pub use registry::{LiveRegistry, Subscription};
pub use tail::Told;
pub use tenant::{Idle, TenantHandle, TenantSnapshot};
pub use tenants::TenantDirectory;
