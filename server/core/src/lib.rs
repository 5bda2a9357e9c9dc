//! The rules of Magone. Pure: no I/O, no clock, no randomness, no async runtime; time, ids and
//! outcomes come in as values. Feature `model` is what the browser needs, `rules` (default) adds
//! the interpreter, validation, templates and keys.

pub mod agent;
pub mod error;
pub mod execution;
pub mod failure;
pub mod ids;
pub mod json;
pub mod knowledge;
pub mod message;
pub mod path;
pub mod tenant;
pub mod time;
pub mod workflow;

#[cfg(feature = "rules")]
pub mod activity;
#[cfg(feature = "rules")]
pub mod admin_token;
#[cfg(feature = "rules")]
pub mod child;
#[cfg(feature = "rules")]
pub mod egress;
#[cfg(feature = "rules")]
pub mod grant;
#[cfg(feature = "rules")]
pub mod idempotency;
#[cfg(feature = "rules")]
pub mod interpreter;
#[cfg(feature = "rules")]
pub mod key;
#[cfg(feature = "rules")]
pub mod limit;
#[cfg(feature = "rules")]
pub mod ports;
#[cfg(feature = "rules")]
pub mod price;
#[cfg(feature = "rules")]
pub mod record;
#[cfg(feature = "rules")]
pub mod slug;
#[cfg(feature = "rules")]
pub mod speech;
#[cfg(feature = "rules")]
pub mod vault;
#[cfg(feature = "rules")]
pub mod webhook;
