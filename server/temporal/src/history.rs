//! Histories of earlier releases, gone through again: a change of the rules that a run under way
//! could not survive is found before it is released.

use std::fmt;
use std::thread;

use temporalio_client::WorkflowHistory;
use temporalio_sdk::workflow_replayer::{WorkflowReplayer, WorkflowReplayerOptions};
use tokio::runtime::Builder;

use crate::error::Error;
use crate::workflow::AgentWorkflow;

/// Goes through a history again, as [`crate::TemporalEngine::history`] wrote it. Blocks.
///
/// # Errors
/// [`Error::History`] where the workflow would decide otherwise today.
pub fn replay(history: &[u8]) -> Result<(), Error> {
    let wrong = |error: &dyn fmt::Display| Error::History(error.to_string());
    // On a thread of its own: the caller may be inside a runtime, and replay moves between none.
    thread::scope(|scope| {
        let gone_through = scope.spawn(|| {
            let runtime = Builder::new_multi_thread().enable_all().build().map_err(|error| wrong(&error))?;
            let history = WorkflowHistory::from_json(history).map_err(|error| wrong(&error))?;
            let options = WorkflowReplayerOptions::new()
                .register_workflow::<AgentWorkflow>()
                .map_err(|error| wrong(&error))?
                .build();
            let replayer = WorkflowReplayer::new(options).map_err(|error| wrong(&error))?;
            runtime.block_on(replayer.replay_workflow(history)).map_err(|error| wrong(&error))
        });
        gone_through.join().unwrap_or_else(|_| Err(Error::History("it panicked".to_owned())))
    })
}
