//! The actor of one run in flight: a projection that others can watch. It decides nothing.

use std::sync::Arc;

use actix::prelude::*;
use serde::Serialize;
use tokio::sync::broadcast;

use super::batch::Batch;
use super::tail::Tail;

/// What an admin sees of the actor.
#[derive(Clone, Debug, Serialize)]
pub struct ExecutionSnapshot {
    /// Seq of the last event that it knows.
    pub last_seq: u64,
    /// Batches that it keeps for late readers.
    pub kept: u32,
    /// Readers right now.
    pub readers: u32,
}

pub(super) struct ExecutionActor {
    tail: Tail,
}

impl ExecutionActor {
    pub(super) fn launch(arbiter: &ArbiterHandle) -> Addr<Self> {
        Self::start_in_arbiter(arbiter, |_| Self { tail: Tail::new() })
    }
}

impl Actor for ExecutionActor {
    type Context = Context<Self>;
}

/// Events of the run are on disk.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct Push(pub Arc<Batch>);

impl Handler<Push> for ExecutionActor {
    type Result = ();

    fn handle(&mut self, Push(batch): Push, _: &mut Self::Context) {
        self.tail.push(batch);
    }
}

/// Backlog and receiver in one answer.
#[derive(Message)]
#[rtype(result = "(Vec<Arc<Batch>>, broadcast::Receiver<Arc<Batch>>)")]
pub(super) struct Subscribe {
    pub after: u64,
}

impl Handler<Subscribe> for ExecutionActor {
    type Result = MessageResult<Subscribe>;

    fn handle(&mut self, Subscribe { after }: Subscribe, _: &mut Self::Context) -> Self::Result {
        MessageResult(self.tail.subscribe(after))
    }
}

/// What does the actor look like?
#[derive(Message)]
#[rtype(result = "ExecutionSnapshot")]
pub(super) struct Observe;

impl Handler<Observe> for ExecutionActor {
    type Result = MessageResult<Observe>;

    fn handle(&mut self, _: Observe, _: &mut Self::Context) -> Self::Result {
        MessageResult(ExecutionSnapshot {
            last_seq: self.tail.last_seq(),
            kept: u32::try_from(self.tail.kept()).unwrap_or(u32::MAX),
            readers: u32::try_from(self.tail.readers()).unwrap_or(u32::MAX),
        })
    }
}

/// The registry let go of the actor: whatever was sent before is handled before.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct Passivate;

impl Handler<Passivate> for ExecutionActor {
    type Result = ();

    fn handle(&mut self, _: Passivate, ctx: &mut Self::Context) {
        ctx.stop();
    }
}
