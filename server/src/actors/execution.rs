//! The actor of one run in flight: a projection that others can watch. It decides nothing.

use std::sync::Arc;
use std::time::Duration;

use actix::prelude::*;
use magone_core::ids::ExecutionId;
use magone_core::speech::Piece;
use serde::Serialize;
use tokio::sync::broadcast;

use super::batch::Batch;
use super::speech::Messages;
use super::tail::{Tail, Told};

/// Pieces of messages that come within this time are told together.
const TOGETHER: Duration = Duration::from_millis(50);

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
    id: ExecutionId,
    tail: Tail,
    messages: Messages,
    /// What was said will be told shortly.
    telling: bool,
}

impl ExecutionActor {
    pub(super) fn launch(arbiter: &ArbiterHandle, id: ExecutionId) -> Addr<Self> {
        Self::start_in_arbiter(arbiter, |_| Self {
            id,
            tail: Tail::new(),
            messages: Messages::default(),
            telling: false,
        })
    }

    fn tell_news(&mut self) {
        for frame in self.messages.news(&self.id) {
            self.tail.tell(Told::Speech(frame));
        }
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
        self.messages.log(&batch.events);
        self.tail.push(batch);
    }
}

/// A model of the run says something.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct Hear(pub Piece);

impl Handler<Hear> for ExecutionActor {
    type Result = ();

    fn handle(&mut self, Hear(piece): Hear, ctx: &mut Self::Context) {
        if self.messages.hear(piece) && !self.telling {
            self.telling = true;
            ctx.run_later(TOGETHER, |actor, _| {
                actor.telling = false;
                actor.tell_news();
            });
        }
    }
}

/// Backlog, then what is being said, then what comes: in one answer.
#[derive(Message)]
#[rtype(result = "(Vec<Told>, broadcast::Receiver<Told>)")]
pub(super) struct Subscribe {
    pub after: u64,
}

impl Handler<Subscribe> for ExecutionActor {
    type Result = MessageResult<Subscribe>;

    fn handle(&mut self, Subscribe { after }: Subscribe, _: &mut Self::Context) -> Self::Result {
        let (backlog, live) = self.tail.subscribe(after);
        let said = self.messages.so_far(&self.id).into_iter().map(Told::Speech);
        MessageResult((backlog.into_iter().map(Told::Batch).chain(said).collect(), live))
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
