//! Runs.

use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use magone_core::ids::ExecutionId;

use crate::wire::{ConsoleError, ExecutionDetail, ExecutionPage, ExecutionQuery};

/// One page of runs.
///
/// # Errors
/// Signed out, or what the backend says.
#[server(endpoint = "executions", input = Json)]
pub async fn list_executions(
    /// Which page of which runs.
    query: ExecutionQuery,
) -> Result<ExecutionPage, ConsoleError> {
    use crate::request::{answered, backend, require_admin};

    let admin = require_admin().await?;
    backend()?.executions(admin, query).await.map_err(answered)
}

/// One run.
///
/// # Errors
/// Signed out, `not_found`, or what the backend says.
#[server(endpoint = "execution", input = Json)]
pub async fn get_execution(
    /// Which run.
    id: ExecutionId,
) -> Result<ExecutionDetail, ConsoleError> {
    use crate::request::{answered, backend, require_admin};

    let admin = require_admin().await?;
    backend()?.execution(admin, id).await.map_err(answered)
}
