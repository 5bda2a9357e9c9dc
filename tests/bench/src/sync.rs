//! B2: what a synchronous call costs, with one and with three durable steps.

use std::net::SocketAddr;

use anyhow::Result;

use crate::closed::{self, Done};
use crate::count::per;
use crate::disk;
use crate::figure::{Figures, Mark};
use crate::open::{self, Plan};
use crate::options::Options;
use crate::report::About;
use crate::rounds::{Site, rounds};
use crate::wire::Request;
use crate::workload::{self, ONE_STEP, THREE_STEPS};

/// What every answer has to contain.
pub(crate) const COMPLETED: &str = r#""status":"completed""#;
/// The same input for every run.
pub(crate) const BODY: &str = r#"{"input":"ping"}"#;

/// What it is about.
pub(crate) const ABOUT: About = About {
    bench: "B2",
    name: "sync overhead",
    beside: &[
        "Restate p50 4.1 ms, Windmill 103 ms, Temporal 119 ms, Kestra 177 ms, Inngest 260 ms (three steps)",
        "Restate 1.7.12 on a machine like this one: p50 5.9 ms, p99 9.2 ms",
    ],
};

/// How much is asked.
#[derive(Clone, Copy)]
struct Load {
    warm_up: usize,
    alone: usize,
    together: usize,
    callers: usize,
    open_seconds: f64,
}

impl Load {
    fn of(options: &Options) -> Self {
        match options.smoke {
            true => Self { warm_up: 5, alone: 10, together: 50, callers: 8, open_seconds: 0.5 },
            false => Self { warm_up: 500, alone: 1_000, together: 8_000, callers: 64, open_seconds: 5.0 },
        }
    }
}

/// Measures it.
pub(crate) fn measure(options: &Options) -> Result<Figures> {
    rounds(options, &[Load::of(options)], round)
}

async fn round(site: Site<'_>, load: Load, figures: &mut Figures) -> Result<()> {
    let Site { data, key, .. } = site;
    let server = site.start().await?;
    for (workflow, steps) in [(ONE_STEP, 1.0), (THREE_STEPS, 3.0)] {
        let request = Request::post(&workload::sync_path(workflow), key, BODY);
        runs(server.address, load.callers, load.warm_up, &request).await?;

        let mut note =
            |name: &str, unit, value, mark| figures.note(format!("{workflow} {name}"), unit, value, mark);
        let before = disk::flushes(data);
        let alone = runs(server.address, 1, load.alone, &request).await?;
        let after = disk::flushes(data);
        let marked = |mark| if steps > 1.0 { mark } else { Mark::None };
        note("one caller, p50", "ms", alone.latencies.percentile(50), marked(Mark::AtMost(2.0)));
        note("one caller, p99", "ms", alone.latencies.percentile(99), marked(Mark::AtMost(10.0)));
        if let (Some(before), Some(after)) = (before, after) {
            let flushes = per(f64::from(u32::try_from(after - before)?), alone.taken.len());
            note("one caller, flushes a run", "", flushes, Mark::None);
            disk::must_have_flushed(flushes, steps)?;
        }

        let most = runs(server.address, load.callers, load.together, &request).await?.rate();
        note("at most", "runs/s", most, Mark::None);
        let open = open::drive(half(&load, server.address, most, request)?).await?;
        note("open loop at half, p50", "ms", open.percentile(50), Mark::None);
        note("open loop at half, p99", "ms", open.percentile(99), Mark::None);
    }
    Ok(())
}

/// An open loop at half of what the server can do.
fn half(load: &Load, address: SocketAddr, most: f64, request: Request) -> Result<Plan> {
    let rate = most / 2.0;
    let count = format!("{:.0}", rate * load.open_seconds).parse()?;
    Ok(Plan { address, connections: load.callers, count, rate, request, wanted: COMPLETED })
}

/// A closed loop of the same request; every answer must be a completed run.
pub(crate) async fn runs(
    address: SocketAddr,
    callers: usize,
    count: usize,
    request: &Request,
) -> Result<Done<()>> {
    let request = request.clone();
    closed::drive(
        address,
        callers,
        count,
        move |_| request.clone(),
        |_, answer| answer.must_be(200, COMPLETED),
    )
    .await
}
