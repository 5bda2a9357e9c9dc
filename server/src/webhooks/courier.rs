//! The loop: looks for what is due, lane by lane, and sends it off.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use magone_activities::guard::Guard;
use magone_activities::http::{Outbound, Purpose};
use magone_core::ports::StoreError;
use magone_service::Services;
use magone_store::{Candidate, Lane, Outbox};
use tokio::runtime::Handle;
use tokio::sync::{Notify, mpsc};
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;

use super::attempt::{attempt, limits};
use super::flight::{Flight, LANES};
use super::record::{self, Ended};
use crate::clock;

/// Between two looks where nobody wakes us: for retries, and for what other processes put there.
const LOOK: Duration = Duration::from_millis(500);
/// Between two looks at least, however often we are woken.
const BREATH: Duration = Duration::from_millis(10);
/// Attempts that ended and wait to be noted.
const ENDED: usize = 1_024;
/// What is under way at the shutdown has this long to end.
const FAREWELL: Duration = Duration::from_secs(5);

/// What the loop and those that it sends share.
pub(super) struct Shared {
    flight: Mutex<Flight>,
    pub landed: Notify,
    pub stopping: CancellationToken,
}

impl Shared {
    pub fn flight(&self) -> MutexGuard<'_, Flight> {
        self.flight.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whoever posts webhooks.
#[derive(Debug)]
pub struct Courier {
    stopping: CancellationToken,
    work: JoinHandle<()>,
}

impl Courier {
    /// Begins on that runtime.
    ///
    /// # Errors
    /// [`magone_activities::Error::Client`] when no HTTP client can be built.
    pub fn start(
        services: Services,
        guard: Guard,
        runtime: &Handle,
    ) -> Result<Self, magone_activities::Error> {
        let outbound = Outbound::new(Purpose::Guarded(guard), limits())?;
        let stopping = CancellationToken::new();
        let shared =
            Arc::new(Shared { flight: Mutex::default(), landed: Notify::new(), stopping: stopping.clone() });
        let outbox = services.outbox();
        let round = Round { services, outbound, outbox, shared };
        Ok(Self { stopping, work: runtime.spawn(round.run()) })
    }

    /// Takes nothing more, and gives what is under way a little time. What does not end by then is tried
    /// again at the next start, under the same id.
    pub async fn stop(self) {
        self.stopping.cancel();
        if let Err(error) = self.work.await {
            tracing::error!(%error, "the webhooks' job ended abnormally");
        }
    }
}

struct Round {
    services: Services,
    outbound: Outbound,
    outbox: Outbox,
    shared: Arc<Shared>,
}

impl Round {
    async fn run(self) {
        let (sender, ended) = mpsc::channel(ENDED);
        let (shared, outbox) = (Arc::clone(&self.shared), self.outbox.clone());
        let recorder = tokio::spawn(async move { record::run(&shared, &outbox, ended).await });
        let mut under_way = JoinSet::new();
        self.post(&sender, &mut under_way).await;
        drop(sender);
        let farewell = async { while under_way.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(FAREWELL, farewell).await;
        under_way.shutdown().await;
        if let Err(error) = recorder.await {
            tracing::error!(%error, "the webhooks' recorder ended abnormally");
        }
    }

    /// Until the process is stopped.
    async fn post(&self, sender: &mpsc::Sender<Ended>, under_way: &mut JoinSet<()>) {
        let told = self.outbox.told();
        let mut released = false;
        while !self.shared.stopping.is_cancelled() {
            match self.look(&mut released, sender, under_way).await {
                Ok(()) => {}
                Err(error) => tracing::warn!(%error, "webhooks wait until the database answers"),
            }
            while under_way.try_join_next().is_some() {}
            tokio::time::sleep(BREATH).await;
            tokio::select! {
                () = told.notified() => {}
                () = self.shared.landed.notified() => {}
                () = tokio::time::sleep(LOOK) => {}
                () = self.shared.stopping.cancelled() => {}
            }
        }
    }

    async fn look(
        &self,
        released: &mut bool,
        sender: &mpsc::Sender<Ended>,
        under_way: &mut JoinSet<()>,
    ) -> Result<(), StoreError> {
        if !*released {
            self.outbox.release().await?;
            *released = true;
        }
        for lane in LANES {
            let admitted = self.admitted(lane).await?;
            self.send(lane, admitted, sender, under_way).await?;
        }
        Ok(())
    }

    async fn admitted(&self, lane: Lane) -> Result<Vec<Candidate>, StoreError> {
        let (room, busy) = {
            let flight = self.shared.flight();
            (flight.room(lane), flight.busy(lane))
        };
        if room == 0 {
            return Ok(Vec::new());
        }
        let due = self.outbox.due(lane, &busy, Flight::each(lane), room, clock::now()).await?;
        Ok(self.shared.flight().admit(lane, due))
    }

    async fn send(
        &self,
        lane: Lane,
        admitted: Vec<Candidate>,
        sender: &mpsc::Sender<Ended>,
        under_way: &mut JoinSet<()>,
    ) -> Result<(), StoreError> {
        let ids = admitted.iter().map(|candidate| candidate.id.clone()).collect();
        let claimed = self.outbox.claim(ids, clock::now()).await;
        {
            // Whoever was not claimed is somebody else's, or nobody's while the database is away.
            let mut flight = self.shared.flight();
            let won = |candidate: &Candidate| {
                claimed.as_ref().is_ok_and(|won| won.iter().any(|claimed| claimed.id == candidate.id))
            };
            for lost in admitted.iter().filter(|candidate| !won(candidate)) {
                flight.land(lane, &lost.id, &lost.target);
            }
        }
        for claimed in claimed? {
            let (services, outbound, sender) = (self.services.clone(), self.outbound.clone(), sender.clone());
            under_way.spawn(async move {
                let target = claimed.target.clone();
                let settlement = attempt(&services, &outbound, claimed).await;
                // The recorder lives as long as anybody may send to it.
                let _ = sender.send(Ended { lane, target, settlement }).await;
            });
        }
        Ok(())
    }
}
