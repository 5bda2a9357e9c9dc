//! B8: runs in flight, `kill -9`, another process on the same data. Each run has one step in its log
//! and waits for the same moment; the new process starts right after it, so that everything is due
//! at once. It counts as resumed when its timer has fired, and as done when nobody's run is open.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::closed;
use crate::count::number;
use crate::figure::{Figures, Mark};
use crate::history::History;
use crate::options::Options;
use crate::report::About;
use crate::rounds::{Site, rounds};
use crate::server::Server;
use crate::wire::{Connection, Request};
use crate::workload::{self, PAUSE};

/// What it is about.
pub(crate) const ABOUT: About = About {
    bench: "B8",
    name: "recovery",
    beside: &["Restate 1.7.12 on a machine like this one: 2,000 runs all done in 1.5 to 2.1 s"],
};

const CALLERS: usize = 64;
/// How often it is asked whether runs are still open.
const LOOK: Duration = Duration::from_millis(10);
/// How long the new process may take before something is wrong.
const PATIENCE: Duration = Duration::from_secs(120);

/// How much is asked.
#[derive(Clone, Copy)]
struct Load {
    runs: usize,
    /// Seconds until all of them are due, where that is enough to start them.
    pause: u64,
}

/// Measures it.
pub(crate) fn measure(options: &Options) -> Result<Figures> {
    let load = match options.smoke {
        true => Load { runs: 50, pause: 2 },
        false => Load { runs: 10_000, pause: 20 },
    };
    rounds(options, &[load], round)
}

async fn round(site: Site<'_>, load: Load, figures: &mut Figures) -> Result<()> {
    let (server, key) = (site.start().await?, site.key);
    let (ids, due) = in_flight(&server, key, load).await?;
    server.kill()?;
    let left = due - OffsetDateTime::now_utc();
    tokio::time::sleep(left.try_into().unwrap_or_default()).await;

    let restarted_at = OffsetDateTime::now_utc();
    let server = site.start().await?;
    figures.note("ready", "s", server.ready_after.as_secs_f64(), Mark::AtMost(0.5));
    let done = until_none_is_open(&server, key).await?;
    let histories = histories(&server, key, &ids).await?;
    let last = histories.iter().filter_map(|history| history.fired_at.as_deref()).max();
    let last = OffsetDateTime::parse(last.context("no timer fired")?, &Rfc3339)?;
    let of =
        |wanted: fn(&History) -> bool| number(histories.iter().filter(|history| wanted(history)).count());
    figures.note("all resumed", "s", (last - restarted_at).as_seconds_f64(), Mark::AtMost(3.0));
    figures.note("all done", "s", done.as_secs_f64(), Mark::None);
    figures.note("runs in flight", "", number(ids.len()), Mark::None);
    figures.note("lost", "", of(|history| !history.is_whole()), Mark::AtMost(0.0));
    figures.note("journaled steps repeated", "", of(History::repeats), Mark::AtMost(0.0));
    Ok(())
}

/// Runs that all wait for the same moment, and that moment. Where starting them took longer than
/// there was time, it is tried with more time.
async fn in_flight(server: &Server, key: &str, load: Load) -> Result<(Vec<String>, OffsetDateTime)> {
    let Load { runs: count, mut pause } = load;
    loop {
        let due = OffsetDateTime::now_utc() + Duration::from_secs(pause);
        let ids = start(server, key, count, due).await?;
        all_have_begun(server, key, &ids).await?;
        if OffsetDateTime::now_utc() < due {
            return Ok((ids, due));
        }
        pause *= 2;
        ensure!(pause < 300, "{count} runs cannot be started in {pause} s");
    }
}

/// Starts the runs; the ids that were acknowledged.
async fn start(server: &Server, key: &str, count: usize, due: OffsetDateTime) -> Result<Vec<String>> {
    let body = format!(r#"{{"input":"ping","context":{{"until":"{}"}}}}"#, due.format(&Rfc3339)?);
    let request = Request::post(&workload::async_path(PAUSE), key, &body);
    let started = closed::drive(
        server.address,
        CALLERS,
        count,
        move |_| request.clone(),
        |_, answer| {
            answer.must_be(202, "execution_id")?;
            let body: Value = serde_json::from_slice(answer.body)?;
            let id = body.get("execution_id").and_then(Value::as_str);
            id.map(str::to_owned).context("an answer without an id")
        },
    );
    Ok(started.await?.taken)
}

/// Returns when every run has its first step behind it: it waits for its timer, or is over it.
async fn all_have_begun(server: &Server, key: &str, ids: &[String]) -> Result<()> {
    let mut left = ids.to_vec();
    while !left.is_empty() {
        let (asked, named) = (left.clone(), left);
        let key = key.to_owned();
        let request = move |place: usize| {
            let id = asked.get(place).map_or("", String::as_str);
            Request::get(&workload::run_path(id), &key)
        };
        let answers = closed::drive(server.address, CALLERS, named.len(), request, move |place, answer| {
            let waiting = answer.must_be(200, r#""state":"waiting_timer""#).is_ok();
            Ok(named.get(place).filter(|_| !waiting).cloned())
        });
        left = answers.await?.taken.into_iter().flatten().collect();
    }
    Ok(())
}

/// The time from the start of the process until no run is open.
async fn until_none_is_open(server: &Server, key: &str) -> Result<Duration> {
    let mut connection = Connection::open(server.address).await?;
    let open = ["running", "pending"]
        .map(|status| Request::get(&format!("/api/v1/external/executions?status={status}&limit=1"), key));
    loop {
        let looked = Instant::now();
        let mut none = true;
        for request in &open {
            none = none && connection.exchange(request).await?.must_be(200, r#""executions":[]"#).is_ok();
        }
        if none {
            return Ok(looked - server.started);
        }
        ensure!(server.started.elapsed() < PATIENCE, "runs are still open after {} s", PATIENCE.as_secs());
        tokio::time::sleep(LOOK).await;
    }
}

/// Every log, through the API.
async fn histories(server: &Server, key: &str, ids: &[String]) -> Result<Vec<History>> {
    let (ids, key) = (ids.to_vec(), key.to_owned());
    let count = ids.len();
    let request = move |place: usize| {
        let id = ids.get(place).map_or("", String::as_str);
        Request::get(&format!("{}/events", workload::run_path(id)), &key)
    };
    let read = closed::drive(server.address, CALLERS, count, request, |_, answer| {
        answer.must_be(200, "")?;
        History::read(answer.body)
    });
    Ok(read.await?.taken)
}
