//! One run in flight: begins what is due, waits, decides, commits, publishes.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use magone_core::child::Family;
use magone_core::execution::{Decision, Event, Refusal};
use magone_core::interpreter::{Duty, Input, Obligation, ObligationId, Phase, transition};
use magone_core::ports::{ActivityCall, Committed, RunWrite, StoreError};
use magone_core::record;
use magone_core::speech::Speech;
use magone_core::time::Timestamp;
use tokio::sync::{mpsc, oneshot};

use crate::breakpoint::Point;
use crate::embedded::{Flight, Shared};
use crate::places::{self, Place};
use crate::tasks::{Done, Tasks};
use crate::timers;

/// Pauses between attempts to write to a database that is away.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// What others ask of a run.
pub(crate) enum Command {
    Cancel { reason: Option<String>, done: oneshot::Sender<()> },
    Decide { approval: String, decision: Box<Decision>, done: oneshot::Sender<Result<(), Refusal>> },
}

/// Why a runner stopped before its run ended.
#[derive(Debug)]
enum Stop {
    /// The server shuts down; the next start goes on.
    Shutdown,
    /// Somebody else wrote to this run's log: it is theirs.
    Lost(StoreError),
}

/// One run in flight.
pub(crate) struct Runner {
    pub shared: Arc<Shared>,
    pub flight: Flight,
    pub commands: mpsc::Receiver<Command>,
    pub place: Place,
}

enum Wake {
    Done(ObligationId, Option<Done>),
    Command(Command),
    Clock,
    Drain,
}

impl Runner {
    /// Runs to the end, or to the shutdown.
    pub(crate) async fn drive(mut self, first: Option<Input>) {
        let id = self.flight.run.execution_id.clone();
        let mut tasks = Tasks::default();
        let stopped = match first {
            Some(input) => self.feed(input).await,
            None => Ok(()),
        };
        let stopped = match stopped {
            Ok(()) => self.until_end(&mut tasks).await,
            Err(stop) => Err(stop),
        };
        if stopped.is_ok() {
            tasks.keep_only(|_| false);
        }
        if let Err(Stop::Lost(error)) = stopped {
            tracing::error!(execution.id = %id, %error, "run lost to another writer");
        }
        self.shared.forget(&id);
    }

    async fn wait_for_turn(&mut self) -> Result<(), Stop> {
        while self.flight.state.phase() == Phase::Queued {
            tokio::select! {
                biased;
                () = self.shared.draining.cancelled() => return Err(Stop::Shutdown),
                Some(command) = self.commands.recv() => self.obey(command).await?,
                () = self.place.turn() => self.feed(Input::Turn).await?,
            }
        }
        Ok(())
    }

    async fn until_end(&mut self, tasks: &mut Tasks) -> Result<(), Stop> {
        // What passed while the process was away comes first: a step that is too late by now is
        // not begun.
        self.wait_for_turn().await?;
        self.fire_timers().await?;
        while self.flight.state.phase() != Phase::Ended {
            let next_time = self.begin_due(tasks);
            if self.flight.state.phase() == Phase::Cancelling && tasks.is_empty() {
                self.feed(Input::Stopped).await?;
                continue;
            }
            if self.shared.is_draining() && !tasks.has_calls() {
                return self.interrupt(tasks).await;
            }
            match self.wake(tasks, next_time).await {
                Wake::Done(obligation, Some(done)) => {
                    self.shared.breakpoints.reach(Point::AfterActivity);
                    self.done(obligation, done).await?;
                }
                Wake::Done(_, None) => {}
                Wake::Command(command) => self.obey(command).await?,
                Wake::Clock => self.fire_timers().await?,
                Wake::Drain => self.interrupt(tasks).await?,
            }
        }
        Ok(())
    }

    async fn obey(&mut self, command: Command) -> Result<(), Stop> {
        match command {
            Command::Cancel { reason, done } => {
                self.feed(Input::Cancel { reason }).await?;
                let _ = done.send(());
            }
            Command::Decide { approval, decision, done } => {
                let taken = self.flight.state.refusal(&approval, &decision).map_or(Ok(()), Err);
                self.feed(Input::Decision { approval, decision }).await?;
                let _ = done.send(taken);
            }
        }
        Ok(())
    }

    async fn done(&mut self, obligation: ObligationId, done: Done) -> Result<(), Stop> {
        match done {
            Done::Call(result) => self.feed(Input::Outcome { obligation, result: Box::new(result) }).await,
            Done::Child(Some(end)) => self.feed(Input::ChildEnded { obligation, end: Box::new(end) }).await,
            Done::Child(None) => Ok(()),
        }
    }

    async fn wake(&mut self, tasks: &mut Tasks, next_time: Option<Timestamp>) -> Wake {
        let now = (self.shared.now)();
        let draining_now = self.shared.is_draining();
        tokio::select! {
            biased;
            Some(command) = self.commands.recv() => Wake::Command(command),
            (id, done) = tasks.next() => Wake::Done(id, done),
            () = self.shared.stop_activities.cancelled() => Wake::Drain,
            () = self.shared.draining.cancelled(), if !draining_now => Wake::Clock,
            () = timers::towards(now, next_time) => Wake::Clock,
        }
    }

    /// Begins what is due and not under way, stops what is under way and no longer due. Returns the
    /// next time at which something is to be looked at.
    fn begin_due(&mut self, tasks: &mut Tasks) -> Option<Timestamp> {
        let now = (self.shared.now)();
        let due = self.flight.state.due();
        let ids: HashSet<_> = due.iter().map(|obligation| &obligation.id).collect();
        tasks.keep_only(|id| ids.contains(id));
        let mut next_time: Option<Timestamp> = None;
        let mut look_at = |at: Timestamp| next_time = Some(next_time.map_or(at, |next| next.min(at)));
        for Obligation { id, duty } in due {
            match duty {
                Duty::Timer { fire_at } => look_at(fire_at),
                Duty::Call { .. } | Duty::Child { .. } if tasks.has(&id) => {}
                Duty::Call { not_before: Some(at), .. } | Duty::Child { not_before: Some(at) }
                    if at > now =>
                {
                    look_at(at);
                }
                Duty::Call { timeout_ms, .. } => self.begin(tasks, id, timeout_ms),
                // It is begun at the next start.
                Duty::Child { .. } if self.shared.is_draining() => {}
                Duty::Child { .. } => self.begin_child(tasks, id),
            }
        }
        next_time
    }

    fn begin(&self, tasks: &mut Tasks, id: ObligationId, timeout_ms: Option<u64>) {
        let Some(activity) = self.flight.state.activity(&id) else {
            return;
        };
        self.shared.breakpoints.reach(Point::BeforeActivity);
        let call = ActivityCall {
            execution_id: self.flight.run.execution_id.clone(),
            tenant_id: self.flight.run.tenant_id.clone(),
            idempotency_key: format!("{}:{id}", self.flight.run.execution_id),
            scripted: self.flight.run.scripted,
            speech: Speech::to(&self.shared.live, &self.flight.run.execution_id, &id),
            activity,
        };
        tasks.begin(id, &self.shared.activities, call, timeout_ms);
    }

    fn begin_child(&self, tasks: &mut Tasks, id: ObligationId) {
        let Some(child) = self.flight.state.child(&id) else {
            return;
        };
        let family = Family {
            tenant_id: self.flight.run.tenant_id.clone(),
            tenant_slug: String::new(),
            tenant_workflow_id: self.flight.tenant_workflow_id.clone(),
            workflow_slug: self.flight.view.workflow_slug.clone(),
            session_id: self.flight.view.session_id.clone(),
            pins: self.flight.pins.clone(),
        };
        tasks.wait_for(id, self.shared.attend(family, child));
    }

    async fn fire_timers(&mut self) -> Result<(), Stop> {
        let now = (self.shared.now)();
        let fired = self.flight.state.due().into_iter().filter_map(|obligation| match obligation.duty {
            Duty::Timer { fire_at } if fire_at <= now => Some(obligation.id),
            _ => None,
        });
        for obligation in fired.collect::<Vec<_>>() {
            self.feed(Input::TimerFired { obligation }).await?;
        }
        Ok(())
    }

    /// An orderly stop: activities under way are stopped, and every open call is noted in the log, so
    /// that the next start does not take it for one that a crash left in doubt. Children are runs of
    /// their own, which stop by themselves.
    async fn interrupt(&mut self, tasks: &mut Tasks) -> Result<(), Stop> {
        let calls = self.flight.state.due().into_iter().filter_map(|obligation| match obligation.duty {
            Duty::Call { .. } => Some(obligation.id),
            Duty::Child { .. } | Duty::Timer { .. } => None,
        });
        let obligations = calls.collect();
        tasks.let_go();
        while !tasks.is_empty() {
            tasks.next().await;
        }
        self.feed(Input::Interrupted { obligations }).await?;
        Err(Stop::Shutdown)
    }

    /// Decides, commits, publishes.
    async fn feed(&mut self, input: Input) -> Result<(), Stop> {
        let before = self.flight.view.state;
        let events: Arc<[Event]> = transition(&mut self.flight.state, input, (self.shared.now)()).into();
        if events.is_empty() {
            return Ok(());
        }
        events.iter().for_each(|event| self.flight.view.apply(event));
        self.place.set_busy(!places::waits(self.flight.view.state));
        let ended = self.flight.state.phase() == Phase::Ended;
        let mut write = record::further(&self.flight.run, before, &self.flight.view, events.clone());
        write.outbox = record::outbox(&self.flight.run, &self.flight.view, &events, self.shared.mint);
        let (reached, passed) = match ended {
            true => (Point::BeforeLastCommit, Point::AfterLastCommit),
            false => (Point::BeforeCommit, Point::AfterCommit),
        };
        self.shared.breakpoints.reach(reached);
        self.commit(write).await?;
        self.shared.breakpoints.reach(passed);
        self.publish(events);
        Ok(())
    }

    /// A database that is away is waited for: what was decided is never thrown away.
    async fn commit(&self, write: RunWrite) -> Result<(), Stop> {
        let mut pause = FIRST_PAUSE;
        let mut in_doubt = false;
        loop {
            let error = match self.shared.store.commit(write.clone()).await {
                Ok(()) => return Ok(()),
                // The connection broke after the database had written: nobody else writes this log,
                // so what is in the way is our own first attempt.
                Err(StoreError::Conflict(_)) if in_doubt => return Ok(()),
                Err(error @ StoreError::Conflict(_)) => return Err(Stop::Lost(error)),
                Err(error) => error,
            };
            in_doubt = true;
            tracing::warn!(execution.id = %self.flight.run.execution_id, %error, "commit failed, trying again");
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.shared.stop_activities.cancelled() => return Err(Stop::Shutdown),
            }
            pause = pause.saturating_mul(2).min(LONGEST_PAUSE);
        }
    }

    fn publish(&self, events: Arc<[Event]>) {
        self.shared.live.committed(Committed {
            execution_id: self.flight.run.execution_id.clone(),
            tenant_id: self.flight.run.tenant_id.clone(),
            events,
            view: Arc::new(self.flight.view.clone()),
        });
    }
}
