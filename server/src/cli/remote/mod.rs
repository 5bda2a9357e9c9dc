//! A running server, asked over its own HTTP API.

mod client;
mod frame;
mod narration;
mod pursuit;
mod refusal;

pub(super) use client::{Client, DEFAULT_URL, Opened, ServerArguments};
pub(super) use narration::narrate;
pub(super) use pursuit::follow;
pub(super) use refusal::{Refusal, cause};
