//! The internal API: what admins' programs call with a token.

mod agents;
mod approvals;
mod command;
mod keys;
mod overrides;
mod route;
mod runs;
mod tenants;
mod token;
mod workflows;
