//! Following one run's log without a gap: what the log holds, then what the actor kept, then what
//! comes; a reader that fell behind reads the log again. A run that is not in flight here is read
//! from its log until it ended.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use magone_core::execution::{Event, ExecutionView};
use magone_core::ids::{ExecutionId, TenantId};
use magone_service::{AdminCaller, ServiceError, TenantCaller};
use tokio::sync::broadcast::error::RecvError;

use crate::actors::{Batch, Subscription, Told};
use crate::problem::Problem;
use crate::state::AppState;

/// Events that are read from the log at once.
const PAGE: u32 = 500;
/// How often the log of a run in another process is read.
const LOOK: Duration = Duration::from_secs(1);

/// On whose behalf the log is read.
#[derive(Clone, Debug)]
pub enum Reader {
    /// A tenant: its own runs.
    Tenant(TenantCaller),
    /// An admin: all runs.
    Admin(AdminCaller),
}

/// What comes next.
#[derive(Debug)]
pub enum News {
    /// Events of the log.
    Events {
        /// The events.
        batch: Arc<Batch>,
        /// Seq above which they are new.
        above: u64,
    },
    /// What a model is saying, as a frame.
    Speech(Bytes),
}

/// A place in a run's log that moves forward.
#[derive(Debug)]
pub struct Follow {
    state: AppState,
    reader: Reader,
    id: ExecutionId,
    after: u64,
    source: Source,
    pending: VecDeque<Told>,
    over: bool,
}

#[derive(Debug)]
enum Source {
    /// To be looked up.
    Unknown,
    /// In flight here.
    Actor(Subscription),
    /// Only the log.
    Log,
}

impl Follow {
    /// A follower that has seen everything up to `after`.
    #[must_use]
    pub fn new(state: AppState, reader: Reader, id: ExecutionId, after: u64) -> Self {
        let (source, pending) = (Source::Unknown, VecDeque::new());
        Self { state, reader, id, after, source, pending, over: false }
    }

    /// What comes next; `None` after the terminal event.
    ///
    /// # Errors
    /// [`magone_core::error::ErrorCode::NotFound`] for an unknown run, and what the store says.
    pub async fn next(&mut self) -> Result<Option<News>, Problem> {
        while !self.over {
            match self.pending.pop_front() {
                Some(Told::Speech(frame)) => return Ok(Some(News::Speech(frame))),
                Some(Told::Batch(batch)) if batch.last_seq() > self.after => {
                    let above = std::mem::replace(&mut self.after, batch.last_seq());
                    self.over = batch.ends();
                    return Ok(Some(News::Events { batch, above }));
                }
                Some(Told::Batch(_)) => {}
                None => self.refill().await?,
            }
        }
        Ok(None)
    }

    async fn refill(&mut self) -> Result<(), Problem> {
        match &mut self.source {
            Source::Unknown => self.look_up().await,
            Source::Log => self.read_on().await,
            Source::Actor(subscription) => {
                match subscription.live.recv().await {
                    Ok(Told::Batch(batch)) if batch.first_seq() > self.after.saturating_add(1) => {
                        self.source = Source::Unknown;
                    }
                    Ok(told) => self.pending.push_back(told),
                    // Fell behind, or the actor went: the log has everything.
                    Err(RecvError::Lagged(_) | RecvError::Closed) => self.source = Source::Unknown,
                }
                Ok(())
            }
        }
    }

    async fn look_up(&mut self) -> Result<(), Problem> {
        let subscription = self.state.live.subscribe(&self.id, self.after).await;
        self.source = match subscription {
            None => Source::Log,
            Some(mut subscription) => {
                let backlog = std::mem::take(&mut subscription.backlog);
                let first = backlog.iter().find_map(Told::first_seq);
                // What is older than the actor's memory comes from the log, up to where both meet.
                while first.is_some_and(|first| first > self.last_pending().saturating_add(1)) {
                    if !self.read_page().await? {
                        break;
                    }
                }
                self.pending.extend(backlog);
                Source::Actor(subscription)
            }
        };
        Ok(())
    }

    async fn read_on(&mut self) -> Result<(), Problem> {
        if self.read_page().await? {
            return Ok(());
        }
        let view = self.view().await?;
        if view.state.is_terminal() {
            // The row says it ended: if the log has nothing new now, this reader has seen it all.
            self.over = !self.read_page().await?;
            return Ok(());
        }
        tokio::time::sleep(LOOK).await;
        self.source = Source::Unknown;
        Ok(())
    }

    fn last_pending(&self) -> u64 {
        self.pending.iter().rev().find_map(Told::last_seq).unwrap_or(self.after)
    }

    /// Reads a page of the log; whether it had anything.
    async fn read_page(&mut self) -> Result<bool, Problem> {
        let events = self.events(self.last_pending()).await?;
        if events.is_empty() {
            return Ok(false);
        }
        let view = Arc::new(self.view().await?);
        let (id, tenant) = (self.id.clone(), TenantId::from_text(self.tenant()));
        self.pending.push_back(Told::Batch(Arc::new(Batch::new(id, tenant, events.into(), view))));
        Ok(true)
    }

    fn tenant(&self) -> &str {
        match &self.reader {
            Reader::Tenant(caller) => caller.tenant.id.as_str(),
            Reader::Admin(_) => "",
        }
    }

    async fn events(&self, after: u64) -> Result<Vec<Event>, Problem> {
        let (services, reader, id) = (self.state.services.clone(), self.reader.clone(), self.id.clone());
        let read = async move {
            match reader {
                Reader::Tenant(caller) => Ok(services.events(&caller, &id, after, PAGE).await?.events),
                Reader::Admin(caller) => services.any_events(&caller, &id, after, PAGE).await,
            }
        };
        self.state.call(read).await
    }

    async fn view(&self) -> Result<ExecutionView, Problem> {
        let (services, reader, id) = (self.state.services.clone(), self.reader.clone(), self.id.clone());
        let read = async move {
            let view = match reader {
                Reader::Tenant(caller) => services.own_execution(&caller, &id).await?,
                Reader::Admin(caller) => services.any_execution(&caller, &id).await?.view,
            };
            Ok::<_, ServiceError>(view)
        };
        self.state.call(read).await
    }
}
