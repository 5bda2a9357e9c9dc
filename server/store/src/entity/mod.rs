//! The tables as sea-orm sees them, one file each. Nothing outside this crate sees them: rows
//! leave it as plain structs.

pub mod admin;
pub mod admin_session;
pub mod admin_token;
pub mod api_key;
pub mod attempt;
pub mod audit;
pub mod config_revision;
pub mod delivery;
pub mod endpoint;
pub mod erasure;
pub mod execution;
pub mod execution_event;
pub mod idempotency_key;
pub mod model_price;
pub mod secret;
pub mod setup_token;
pub mod tenant;
pub mod tenant_workflow;
pub mod usage_daily;
