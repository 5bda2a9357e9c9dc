//! Where calls may go whose addresses come from tenants: the policy as data. It judges a URL before
//! anything is resolved, and each address that a name resolves to before anything is connected.
//! Nothing here resolves or connects.

mod address;
mod allow;
mod policy;
mod target;

pub use address::kind_of_refused;
pub use policy::{Egress, Refusal, is_url};
pub use target::Target;

#[cfg(test)]
#[path = "egress_test.rs"]
mod tests;
