//! B7: ten thousand tenants whose requests come as Zipf has it, from two threads: whether the limiter
//! admits exactly what it should, and what a decision costs.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Result;
use magone_core::limit::Tenants;
use magone_core::tenant::Tenant;
use server::actors::{Arbiters, Idle, TenantDirectory, on_system};

use crate::figure::{Figures, Mark};
use crate::options::Options;
use crate::report::About;
use crate::tenant::tenant;

/// What it is about.
pub(crate) const ABOUT: About = About { bench: "B7", name: "limiter", beside: &[] };

const THREADS: u64 = 2;
/// Starts in a minute that each tenant may do.
const PER_MINUTE: u32 = 60;
/// Reads in a minute that each tenant may do: ten times its starts, and at least 600.
const QUOTA: u64 = 600;
/// Nobody goes meanwhile.
const IDLE: Duration = Duration::from_secs(3_600);

/// Measures it.
pub(crate) fn measure(options: &Options) -> Result<Figures> {
    let (tenants, decisions) = if options.smoke { (100, 20_000) } else { (10_000, 4_000_000) };
    let mut figures = Figures::default();
    for _ in 0..options.rounds() {
        on_system(|arbiters| round(arbiters, tenants, decisions, &mut figures))?;
    }
    Ok(figures)
}

/// What happened to one tenant.
#[derive(Default)]
struct Tally {
    asked: AtomicU64,
    admitted: AtomicU64,
}

fn round(arbiters: Arbiters, tenants: u32, decisions: u64, figures: &mut Figures) -> Result<()> {
    let directory = TenantDirectory::new(Arc::new(arbiters), Idle(IDLE));
    let tenants: Vec<Tenant> = (0..tenants).map(|number| tenant(number, PER_MINUTE)).collect();
    let tallies: Vec<Tally> = tenants.iter().map(|_| Tally::default()).collect();
    let steps = zipf(tenants.len());
    let began = Instant::now();
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let (directory, tenants, tallies, steps) = (&directory, &tenants, &tallies, &steps);
            scope.spawn(move || {
                let mut random = 0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(thread + 1);
                for _ in 0..decisions / THREADS {
                    random ^= random << 13;
                    random ^= random >> 7;
                    random ^= random << 17;
                    let place = steps.partition_point(|step| *step < random).min(tenants.len() - 1);
                    if let (Some(tenant), Some(tally)) = (tenants.get(place), tallies.get(place)) {
                        tally.asked.fetch_add(1, Ordering::Relaxed);
                        let admitted = u64::from(directory.read(tenant).is_ok());
                        tally.admitted.fetch_add(admitted, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    let elapsed = began.elapsed();
    judge(&tallies, elapsed, figures)?;
    let each = elapsed.as_secs_f64() * 1e6 / f64::from(u32::try_from(decisions / THREADS)?);
    figures.note("a decision, on each of two threads", "us", each, Mark::AtMost(1.0));
    Ok(())
}

/// Nobody may get more than the quota and what is refilled meanwhile, and whoever asked for more than
/// that gets it all, but for the last that is on its way back.
fn judge(tallies: &[Tally], elapsed: Duration, figures: &mut Figures) -> Result<()> {
    let refilled = |elapsed: Duration| -> Result<u64> {
        Ok(u64::try_from(elapsed.as_millis())?.saturating_mul(QUOTA) / 60_000)
    };
    let (most, mut over, mut under, mut refused) = (QUOTA + refilled(elapsed)? + 1, 0, 0, 0);
    for tally in tallies {
        let (asked, admitted) = (tally.asked.load(Ordering::Relaxed), tally.admitted.load(Ordering::Relaxed));
        over += admitted.saturating_sub(most);
        under = under.max(asked.min(QUOTA).saturating_sub(admitted));
        refused += asked - admitted;
    }
    let count = |number: u64| -> Result<f64> { Ok(f64::from(u32::try_from(number)?)) };
    figures.note("admitted above the quota", "", count(over)?, Mark::AtMost(0.0));
    figures.note("admitted below it, at most", "", count(under)?, Mark::AtMost(1.0));
    figures.note("refused", "", count(refused)?, Mark::None);
    Ok(())
}

/// Where among all 64-bit numbers each tenant's part ends; the part of the n-th is 1/n of the first's.
fn zipf(tenants: usize) -> Vec<u64> {
    // The harmonic sum in parts of 2^32, so that it stays whole.
    let part = |n: usize| (1_u128 << 32) / u128::try_from(n).unwrap_or(1);
    let sum: u128 = (1..=tenants).map(part).sum();
    let mut so_far = 0;
    (1..=tenants)
        .map(|n| {
            so_far += part(n);
            u64::try_from(so_far * u128::from(u64::MAX) / sum.max(1)).unwrap_or(u64::MAX)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_asks_twice_as_often_as_the_second() {
        let steps = zipf(1_000);
        assert_eq!(steps.last(), Some(&u64::MAX));
        let second = steps[1] - steps[0];
        assert!((steps[0] / 2).abs_diff(second) < steps[0] / 1_000);
    }
}
