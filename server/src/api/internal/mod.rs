//! What admins' programs call with a token: the configuration, and runs of the house. A tenant's
//! key opens nothing here.

pub mod assignments;
pub mod audit;
pub mod documents;
pub(super) mod documents_doc;
pub mod keys;
pub mod prices;
pub mod runs;
pub mod tenants;
