//! B5: many who watch runs as they happen. How old an event is when it arrives, what each reader costs,
//! and what one in a hundred who never read does to the others.

use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::Value;
use time::OffsetDateTime;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::count::per;
use crate::figure::{Figures, Mark};
use crate::latency::Latencies;
use crate::listen::Listener;
use crate::options::Options;
use crate::report::About;
use crate::rounds::{Site, rounds};
use crate::server::Server;
use crate::sync::BODY;
use crate::wire::{Connection, Request};
use crate::workload::{self, SLOWLY, STEADILY};

/// What it is about.
pub(crate) const ABOUT: About = About { bench: "B5", name: "live views", beside: &[] };

/// How much is asked.
#[derive(Clone, Copy)]
struct Load {
    watchers: usize,
    runs: usize,
    workflow: &'static str,
    seconds: f64,
    /// Milliseconds that an event may be old.
    lag: f64,
}

fn loads(options: &Options) -> Vec<Load> {
    let steady = Load { watchers: 1_000, runs: 100, workflow: STEADILY, seconds: 10.0, lag: 100.0 };
    match options.smoke {
        true => vec![Load { watchers: 20, runs: 4, seconds: 1.0, ..steady }],
        false => vec![steady, Load { watchers: 10_000, workflow: SLOWLY, lag: 300.0, ..steady }],
    }
}

/// Measures it.
pub(crate) fn measure(options: &Options) -> Result<Figures> {
    rounds(options, &loads(options), round)
}

async fn round(site: Site<'_>, load: Load, figures: &mut Figures) -> Result<()> {
    let (server, key) = (site.start().await?, site.key);
    let paths = runs(&server, key, load).await?;
    let before = server.resident_mb()?;
    let watchers = open(&server, &paths, key, load.watchers).await?;
    let after = server.resident_mb()?;
    let (watchers, ages) = listen(watchers, load.seconds).await?;
    // They are connected, and nobody reads.
    let stalled = open(&server, &paths, key, load.watchers.div_ceil(100)).await?;
    let (watchers, beside) = listen(watchers, load.seconds).await?;
    let mut note =
        |name: &str, unit, value, mark| figures.note(format!("{} {name}", load.watchers), unit, value, mark);
    note(
        "readers, memory each",
        "KiB",
        per((after - before) * 1e6 / 1024.0, watchers.len()),
        Mark::AtMost(24.0),
    );
    note("readers, lag p50", "ms", ages.percentile(50), Mark::None);
    note("readers, lag p99", "ms", ages.percentile(99), Mark::AtMost(load.lag));
    let ratio = beside.percentile(99) / ages.percentile(99).max(1.0);
    note("readers, p99 beside stalled ones", "x", ratio, Mark::AtMost(1.1));
    drop(stalled);
    Ok(())
}

/// Starts the runs; where their events are.
async fn runs(server: &Server, key: &str, load: Load) -> Result<Vec<String>> {
    let request = Request::post(&workload::async_path(load.workflow), key, BODY);
    let (mut connection, mut paths) = (Connection::open(server.address).await?, Vec::new());
    for _ in 0..load.runs {
        let answer = connection.exchange(&request).await?;
        answer.must_be(202, "execution_id")?;
        let body: Value = serde_json::from_slice(answer.body)?;
        let id = body.get("execution_id").and_then(Value::as_str).context("a run without an id")?;
        paths.push(format!("{}/events", workload::run_path(id)));
    }
    Ok(paths)
}

/// Readers, spread over the runs.
async fn open(server: &Server, paths: &[String], key: &str, count: usize) -> Result<Vec<Listener>> {
    let mut listeners = Vec::with_capacity(count);
    for path in paths.iter().cycle().take(count) {
        listeners.push(Listener::open(server.address, path, key).await?);
    }
    Ok(listeners)
}

async fn listen(listeners: Vec<Listener>, seconds: f64) -> Result<(Vec<Listener>, Latencies)> {
    let (from, until) = (OffsetDateTime::now_utc(), Instant::now() + Duration::from_secs_f64(seconds));
    let mut reading = JoinSet::new();
    for mut listener in listeners {
        reading.spawn(async move {
            let ages = listener.listen(from, until).await;
            ages.map(|ages| (listener, ages))
        });
    }
    let (mut listeners, mut all) = (Vec::new(), Vec::new());
    while let Some(read) = reading.join_next().await {
        let (listener, ages) = read??;
        listeners.push(listener);
        all.extend(ages);
    }
    Ok((listeners, Latencies::new(all)))
}
