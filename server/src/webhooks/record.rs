//! Noting what attempts came to: many in one transaction, and none is forgotten while the database is
//! away.

use std::time::Duration;

use magone_core::ports::StoreError;
use magone_core::webhook::Verdict;
use magone_store::{Lane, Outbox, Settlement};
use tokio::sync::mpsc;

use super::courier::Shared;

/// Settlements of one transaction at most.
const MOST: usize = 64;
const AGAIN: Duration = Duration::from_secs(1);

/// An attempt that ended, with the place that it had.
pub(super) struct Ended {
    pub lane: Lane,
    pub target: String,
    pub settlement: Settlement,
}

/// Notes until nobody has anything more to note.
pub(super) async fn run(shared: &Shared, outbox: &Outbox, mut ended: mpsc::Receiver<Ended>) {
    let mut batch = Vec::with_capacity(MOST);
    while ended.recv_many(&mut batch, MOST).await > 0 {
        settle(shared, outbox, &batch).await;
        let mut flight = shared.flight();
        for Ended { lane, target, settlement } in batch.drain(..) {
            flight.remember(&target, settlement.verdict == Verdict::Delivered);
            flight.land(lane, &settlement.id, &target);
        }
        drop(flight);
        shared.landed.notify_one();
    }
}

async fn settle(shared: &Shared, outbox: &Outbox, batch: &[Ended]) {
    let all = batch.iter().map(|ended| ended.settlement.clone()).collect();
    if let Err(error) = patiently(shared, outbox, all).await {
        tracing::warn!(%error, "webhook attempts are noted one by one");
        for ended in batch {
            if let Err(error) = patiently(shared, outbox, vec![ended.settlement.clone()]).await {
                // Its lease ends, and it is tried again under the same id.
                tracing::warn!(delivery.id = %ended.settlement.id, %error, "webhook attempt is not noted");
            }
        }
    }
}

async fn patiently(shared: &Shared, outbox: &Outbox, settlements: Vec<Settlement>) -> Result<(), StoreError> {
    loop {
        match outbox.settle(settlements.clone()).await {
            Err(error @ StoreError::Unavailable(_)) => {
                if shared.stopping.is_cancelled() {
                    return Err(error);
                }
                tracing::warn!(%error, "webhook attempts are noted as soon as the database answers");
            }
            settled => return settled,
        }
        tokio::select! {
            () = tokio::time::sleep(AGAIN) => {}
            () = shared.stopping.cancelled() => {}
        }
    }
}
