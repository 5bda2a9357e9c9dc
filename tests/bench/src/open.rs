//! An open loop: requests are due at fixed times, whatever became of the ones before, as from many
//! callers who know nothing of each other. A wait is counted from the time when the request was due,
//! so that a server that stalls is charged for everybody whom it kept waiting.

use std::cell::Cell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::Result;
use tokio::task::{JoinSet, LocalSet};

use crate::count::number;
use crate::latency::Latencies;
use crate::wire::{Connection, Request};

/// Below this the timer is too coarse: the generator looks at the clock all the time, it has a core
/// of its own.
const COARSE: Duration = Duration::from_millis(2);

/// What is sent, and when.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub address: SocketAddr,
    /// Requests that can be under way at once; further ones wait, and their waits count.
    pub connections: usize,
    pub count: usize,
    /// Requests a second.
    pub rate: f64,
    pub request: Request,
    /// What each answer has to contain.
    pub wanted: &'static str,
}

/// Carries the plan out; what callers waited.
///
/// # Errors
/// The first wrong answer.
pub(crate) async fn drive(plan: Plan) -> Result<Latencies> {
    let mut connections = Vec::new();
    for _ in 0..plan.connections {
        connections.push(Connection::open(plan.address).await?);
    }
    let shared = Rc::new((Cell::new(0_usize), plan, Instant::now()));
    let work = async {
        let mut running = JoinSet::new();
        for connection in connections {
            running.spawn_local(call(connection, Rc::clone(&shared)));
        }
        let mut waits = Vec::new();
        while let Some(caller) = running.join_next().await {
            waits.extend(caller??);
        }
        Ok(Latencies::new(waits))
    };
    LocalSet::new().run_until(work).await
}

async fn call(mut connection: Connection, shared: Rc<(Cell<usize>, Plan, Instant)>) -> Result<Vec<Duration>> {
    let (next, plan, began) = &*shared;
    let mut waits = Vec::new();
    loop {
        let place = next.get();
        if place >= plan.count {
            return Ok(waits);
        }
        next.set(place + 1);
        let due = *began + Duration::from_secs_f64(number(place) / plan.rate);
        until(due).await;
        connection.exchange(&plan.request).await?.must_be(200, plan.wanted)?;
        waits.push(due.elapsed());
    }
}

async fn until(due: Instant) {
    loop {
        let left = due.saturating_duration_since(Instant::now());
        match left.checked_sub(COARSE) {
            _ if left.is_zero() => return,
            None => tokio::task::yield_now().await,
            Some(coarse) => tokio::time::sleep(coarse).await,
        }
    }
}
