//! B4: synchronous runs that wait for a slow model, while others read. Each run holds a connection and
//! its caller; what a run in flight takes is memory beyond that of a connection which was used before.

use std::time::Duration;

use anyhow::Result;
use tokio::task::JoinSet;

use crate::count::{number, per};
use crate::figure::{Figures, Mark};
use crate::open::{self, Plan};
use crate::options::Options;
use crate::report::About;
use crate::rounds::{Site, rounds};
use crate::server::Server;
use crate::sync::{BODY, COMPLETED};
use crate::wire::{Connection, Request};
use crate::workload::{self, SLOW, SLOW_FOR, SLOWER, SLOWER_FOR};

/// What it is about.
pub(crate) const ABOUT: About = About { bench: "B4", name: "runs in flight", beside: &[] };

/// Reads a second while runs wait.
const READS: f64 = 1_000.0;
/// Connections that read.
const READERS: usize = 64;

/// How much is asked.
#[derive(Clone, Copy)]
struct Load {
    crowd: usize,
    workflow: &'static str,
    /// Longer than all of them take to be sent.
    waits: Duration,
    /// How long others read meanwhile.
    seconds: f64,
}

fn loads(options: &Options) -> Vec<Load> {
    let of = |crowd| Load { crowd, workflow: SLOW, waits: SLOW_FOR, seconds: 1.0 };
    match options.smoke {
        true => vec![Load { seconds: 0.3, ..of(20) }],
        false => vec![of(100), of(1_000), Load { workflow: SLOWER, waits: SLOWER_FOR, ..of(10_000) }],
    }
}

/// Measures it.
pub(crate) fn measure(options: &Options) -> Result<Figures> {
    rounds(options, &loads(options), round)
}

async fn round(site: Site<'_>, load: Load, figures: &mut Figures) -> Result<()> {
    let Load { crowd, workflow, waits, seconds } = load;
    let (server, key) = (site.start().await?, site.key);
    let reads = Plan {
        address: server.address,
        connections: READERS,
        count: format!("{:.0}", READS * seconds).parse()?,
        rate: READS,
        request: Request::get("/api/v1/external/workflows", key),
        wanted: "\"total\"",
    };
    open::drive(reads.clone()).await?;
    let idle = open::drive(reads.clone()).await?.percentile(99);
    let connections = used(&server, crowd, key).await?;
    let before = server.resident_mb()?;
    let waiting = send(connections, workflow, key);
    // All of them are taken in by then, and none is answered.
    tokio::time::sleep(waits.mul_f64(0.4)).await;
    let busy = open::drive(reads).await?.percentile(99);
    let after = server.resident_mb()?;
    let answered = answers(waiting).await?;
    let mut note = |name: &str, unit, value, mark| figures.note(format!("{crowd} {name}"), unit, value, mark);
    note("runs in flight", "", number(answered), Mark::AtLeast(number(crowd)));
    note("in flight, reads p99", "ms", busy, Mark::None);
    note("in flight, reads p99 to idle", "x", busy / idle, Mark::AtMost(2.0));
    note("in flight, memory each", "KiB", per((after - before) * 1e6 / 1024.0, crowd), Mark::AtMost(16.0));
    Ok(())
}

/// Connections that had an answer before: their buffers are there.
async fn used(server: &Server, count: usize, key: &str) -> Result<Vec<Connection>> {
    let request = Request::get("/livez", key);
    let mut connections = Vec::with_capacity(count);
    for _ in 0..count {
        let mut connection = Connection::open(server.address).await?;
        connection.exchange(&request).await?.must_be(200, "")?;
        connections.push(connection);
    }
    Ok(connections)
}

/// One run on each.
fn send(connections: Vec<Connection>, workflow: &str, key: &str) -> JoinSet<Result<()>> {
    let request = Request::post(&workload::sync_path(workflow), key, BODY);
    let mut waiting = JoinSet::new();
    for mut connection in connections {
        let request = request.clone();
        waiting.spawn(async move { connection.exchange(&request).await?.must_be(200, COMPLETED) });
    }
    waiting
}

async fn answers(mut waiting: JoinSet<Result<()>>) -> Result<usize> {
    let mut answered = 0;
    while let Some(answer) = waiting.join_next().await {
        answer??;
        answered += 1;
    }
    Ok(answered)
}
