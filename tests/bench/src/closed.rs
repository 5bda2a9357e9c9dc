//! A closed loop: each caller sends its next request when the one before is answered. It shows what
//! a caller waits and what the server can do at most; it hides what queues do to those who do not wait.

use std::cell::Cell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::Result;
use tokio::task::{JoinSet, LocalSet};

use crate::count::number;
use crate::latency::Latencies;
use crate::wire::{Answer, Connection, Request};

/// What a loop did.
#[derive(Debug)]
pub(crate) struct Done<T> {
    pub latencies: Latencies,
    pub took: Duration,
    /// What was taken from the answers.
    pub taken: Vec<T>,
}

impl<T> Done<T> {
    /// Answers a second.
    pub(crate) fn rate(&self) -> f64 {
        number(self.taken.len()) / self.took.as_secs_f64()
    }
}

/// Sends each request once, over `callers` connections; `take` looks at each answer.
///
/// # Errors
/// The first that any caller met.
pub(crate) async fn drive<T: 'static>(
    address: SocketAddr,
    callers: usize,
    count: usize,
    request: impl Fn(usize) -> Request + 'static,
    take: impl Fn(usize, Answer<'_>) -> Result<T> + 'static,
) -> Result<Done<T>> {
    let shared = Rc::new((Cell::new(0_usize), request, take));
    let mut connections = Vec::new();
    for _ in 0..callers.min(count) {
        connections.push(Connection::open(address).await?);
    }
    let began = Instant::now();
    let work = async {
        tokio::task::spawn_local(stay_awake());
        let mut running = JoinSet::new();
        for connection in connections {
            running.spawn_local(call(connection, count, Rc::clone(&shared)));
        }
        let (mut waits, mut taken) = (Vec::with_capacity(count), Vec::with_capacity(count));
        while let Some(caller) = running.join_next().await {
            for (wait, value) in caller?? {
                waits.push(wait);
                taken.push(value);
            }
        }
        Ok((waits, taken))
    };
    let all: Result<(Vec<Duration>, Vec<T>)> = LocalSet::new().run_until(work).await;
    let (waits, taken) = all?;
    Ok(Done { latencies: Latencies::new(waits), took: began.elapsed(), taken })
}

/// Whoever sleeps has to be woken, at the cost of the server that answers; and only by a server that is
/// slower than we are.
async fn stay_awake() {
    loop {
        tokio::task::yield_now().await;
    }
}

type Shared<R, F> = Rc<(Cell<usize>, R, F)>;

async fn call<T>(
    mut connection: Connection,
    count: usize,
    shared: Shared<impl Fn(usize) -> Request, impl Fn(usize, Answer<'_>) -> Result<T>>,
) -> Result<Vec<(Duration, T)>> {
    let (next, request, take) = &*shared;
    let mut done = Vec::new();
    loop {
        let place = next.get();
        if place >= count {
            return Ok(done);
        }
        next.set(place + 1);
        let request = request(place);
        let sent = Instant::now();
        let answer = connection.exchange(&request).await?;
        let waited = sent.elapsed();
        done.push((waited, take(place, answer)?));
    }
}
