//! B3: durable runs a second. Every answer is a run of three steps whose log is on the disk.

use anyhow::Result;

use crate::count::per;
use crate::figure::{Figures, Mark};
use crate::options::Options;
use crate::posted;
use crate::report::About;
use crate::rounds::{Site, rounds};
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

/// How much is asked.
#[derive(Clone, Copy)]
enum Load {
    /// Callers who wait for each run.
    Awaited { count: usize, warm_up: usize, callers: usize },
    /// Runs whose ends are posted.
    Posted { count: usize, callers: usize },
}

fn loads(options: &Options) -> [Load; 3] {
    let (count, warm_up, posted, [few, many]) = match options.smoke {
        true => (100, 5, 50, [4, 8]),
        false => (20_000, 1_000, 5_000, [64, 256]),
    };
    let awaited = |callers| Load::Awaited { count, warm_up, callers };
    [awaited(few), awaited(many), Load::Posted { count: posted, callers: few }]
}

/// Measures it.
pub(crate) fn measure(options: &Options) -> Result<Figures> {
    rounds(options, &loads(options), round)
}

async fn round(site: Site<'_>, load: Load, figures: &mut Figures) -> Result<()> {
    let server = site.start().await?;
    let (count, warm_up, callers) = match load {
        Load::Awaited { count, warm_up, callers } => (count, warm_up, callers),
        Load::Posted { count, callers } => {
            return posted::round(&server, site.key, (count, callers), figures).await;
        }
    };
    let request = Request::post(&workload::sync_path(THREE_STEPS), site.key, BODY);
    runs(server.address, callers, warm_up, &request).await?;
    let used = server.cpu()?;
    let done = runs(server.address, callers, count, &request).await?;
    let used = (server.cpu()? - used).as_secs_f64() * 1e6;
    let mut note =
        |name: &str, unit, value, mark| figures.note(format!("{callers} callers{name}"), unit, value, mark);
    note("", "runs/s", done.rate(), Mark::AtLeast(3_000.0));
    note(", p50", "ms", done.latencies.percentile(50), Mark::None);
    note(", p99", "ms", done.latencies.percentile(99), Mark::None);
    note(", processor time a run", "us", per(used, done.taken.len()), Mark::None);
    note(", memory after", "MB", server.resident_mb()?, Mark::None);
    Ok(())
}
