//! `magone openapi`.

use super::failure::Outcome;
use super::terminal;
use crate::api::openapi;

/// Prints the document that a server of this binary gives at `/openapi.json`.
pub(super) fn run() -> Outcome {
    terminal::print(openapi::text())
}
