//! B6: what tenants cost that are in use, and what is left of them when they are not. The actors live
//! inside the server, where no caller can see one alone: so they are made here, by the server's own
//! library, with its allocator.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use magone_core::limit::Tenants;
use magone_core::tenant::Tenant;
use server::actors::{Arbiters, Idle, TenantDirectory, on_system};

use crate::figure::{Figures, Mark};
use crate::latency::Latencies;
use crate::options::Options;
use crate::process::resident_kib;
use crate::report::About;
use crate::tenant::tenant;

/// What it is about.
pub(crate) const ABOUT: About = About { bench: "B6", name: "tenants in use", beside: &[] };

/// More than anybody asks for here.
const PER_MINUTE: u32 = 60_000;
/// After this time a tenant goes.
const IDLE: Duration = Duration::from_secs(2);
/// How long it may take until all are gone, and their memory with them.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two looks.
const LOOK: Duration = Duration::from_millis(50);

/// Measures it.
pub(crate) fn measure(options: &Options) -> Result<Figures> {
    let mut figures = Figures::default();
    let crowds: &[u32] = if options.smoke { &[500] } else { &[10_000, 100_000] };
    for _ in 0..options.rounds() {
        for &count in crowds {
            on_system(|arbiters| round(arbiters, count, &mut figures))?;
        }
    }
    Ok(figures)
}

fn round(arbiters: Arbiters, count: u32, figures: &mut Figures) -> Result<()> {
    let directory = TenantDirectory::new(Arc::new(arbiters), Idle(IDLE));
    let tenants: Vec<Tenant> = (0..count).map(|number| tenant(number, PER_MINUTE)).collect();
    let before = resident_kib("self")?;
    let mut waits = Vec::with_capacity(tenants.len());
    for tenant in &tenants {
        directory.read(tenant).ok().context("a read is refused")?;
    }
    // The arbiters begin them one by one; what is asked of a tenant does not wait for that.
    for tenant in &tenants {
        let asked = Instant::now();
        directory.read(tenant).ok().context("a read is refused")?;
        waits.push(asked.elapsed());
    }
    let in_use = directory.in_use();
    ensure!(in_use == tenants.len(), "{in_use} tenants are in use");
    let held = resident_kib("self")?;
    let mut note =
        |name: &str, unit, value, mark| figures.note(format!("{count} tenants{name}"), unit, value, mark);
    note(", each", "KiB", (held - before) / f64::from(count), Mark::AtMost(2.0));
    let waits = Latencies::new(waits);
    note(", ask p99", "us", waits.percentile(99) * 1_000.0, Mark::AtMost(5.0));
    let went = gone(&directory)?;
    note(", still in use when idle", "", f64::from(u32::try_from(went)?), Mark::AtMost(0.0));
    let share = settled(before, held)?;
    note(", memory kept when idle", "%", share, Mark::AtMost(10.0));
    Ok(())
}

/// Waits until nobody is in use, or patience ends; how many are.
fn gone(directory: &TenantDirectory) -> Result<usize> {
    let began = Instant::now();
    loop {
        let in_use = directory.in_use();
        if in_use == 0 || began.elapsed() > PATIENCE {
            return Ok(in_use);
        }
        std::thread::sleep(LOOK);
    }
}

/// How much of what was held is still held, in percent, once the allocator had time to give it back.
fn settled(before: f64, held: f64) -> Result<f64> {
    let began = Instant::now();
    loop {
        let kept = (resident_kib("self")? - before).max(0.0) / (held - before).max(1.0) * 100.0;
        if kept <= 10.0 || began.elapsed() > Duration::from_secs(5) {
            return Ok(kept);
        }
        std::thread::sleep(LOOK);
    }
}
