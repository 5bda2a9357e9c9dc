//! B3: durable runs a second. Every answer is a run of three steps whose log is on the disk.

use std::path::Path;

use anyhow::Result;

use crate::count::per;
use crate::figure::{Figures, Mark};
use crate::options::Options;
use crate::posted;
use crate::report::About;
use crate::server::Server;
use crate::suite::{folder, runtime};
use crate::sync::{BODY, runs};
use crate::wire::Request;
use crate::workload::{self, THREE_STEPS};

/// What it is about.
pub(crate) const ABOUT: About = About {
    bench: "B3",
    name: "durable throughput",
    beside: &[
        "Restate 2,057 runs/s, Windmill 152, Inngest 90, Kestra 68, Temporal 39 (capped worker), Airflow 7.4",
        "Restate 1.7.12 on a machine like this one: 332 to 700 runs/s, 1,088 with one partition",
    ],
};

/// Measures it.
pub(crate) fn measure(options: &Options) -> Result<Figures> {
    let (count, warm_up, crowds) = match options.smoke {
        true => (100, 5, [4, 8]),
        false => (20_000, 1_000, [64, 256]),
    };
    let mut figures = Figures::default();
    for _ in 0..options.rounds() {
        for callers in crowds {
            let data = folder(options)?;
            let key = workload::prepare(&options.server, data.path())?;
            let load = Load { count, warm_up, callers };
            runtime()?.block_on(round(options, data.path(), &key, &load, &mut figures))?;
        }
        posted::measure(options, &mut figures)?;
    }
    Ok(figures)
}

struct Load {
    count: usize,
    warm_up: usize,
    callers: usize,
}

async fn round(options: &Options, data: &Path, key: &str, load: &Load, figures: &mut Figures) -> Result<()> {
    let server = Server::start(options, data).await?;
    let request = Request::post(&workload::sync_path(THREE_STEPS), key, BODY);
    runs(server.address, load.callers, load.warm_up, &request).await?;
    let used = server.cpu()?;
    let done = runs(server.address, load.callers, load.count, &request).await?;
    let used = (server.cpu()? - used).as_secs_f64() * 1e6;
    let mut note = |name: &str, unit, value, mark| {
        figures.note(format!("{} callers{name}", load.callers), unit, value, mark);
    };
    note("", "runs/s", done.rate(), Mark::AtLeast(3_000.0));
    note(", p50", "ms", done.latencies.percentile(50), Mark::None);
    note(", p99", "ms", done.latencies.percentile(99), Mark::None);
    note(", processor time a run", "us", per(used, done.taken.len()), Mark::None);
    note(", memory after", "MB", server.resident_mb()?, Mark::None);
    Ok(())
}
