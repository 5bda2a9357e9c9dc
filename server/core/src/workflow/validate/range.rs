//! Numbers and the ranges that they have to be in.

use std::fmt::Display;
use std::ops::RangeInclusive;

use crate::workflow::{Limits, Problem, Retry, pointer};

/// A year, in seconds: no run, step or timer is longer.
pub(super) const YEAR: u64 = 31_536_000;

/// A day, in milliseconds: no pause between attempts is longer.
const DAY_MS: u64 = 86_400_000;

/// Reports a number that is not in its range.
pub(super) fn check<T: PartialOrd + Display>(
    problems: &mut Vec<Problem>,
    place: &str,
    member: &str,
    value: T,
    range: RangeInclusive<T>,
) {
    if !range.contains(&value) {
        let detail = format!("`{member}` is {value}; it has to be from {} to {}", range.start(), range.end());
        problems.push(Problem::new(pointer::member(place, member), detail));
    }
}

/// Reports a number that has to be above zero.
fn positive(problems: &mut Vec<Problem>, place: &str, member: &str, holds: bool) {
    if !holds {
        let detail = format!("`{member}` has to be above 0; leave it out for no limit");
        problems.push(Problem::new(pointer::member(place, member), detail));
    }
}

/// Bounds of a run.
pub(super) fn limits(problems: &mut Vec<Problem>, limits: &Limits) {
    let place = "/limits";
    check(problems, place, "timeout_seconds", limits.timeout_seconds, 1..=YEAR);
    check(problems, place, "sync_wait_seconds", limits.sync_wait_seconds, 1..=3_600);
    check(problems, place, "max_steps", limits.max_steps, 1..=10_000);
    positive(problems, place, "max_tokens", limits.max_tokens != Some(0));
    let cost = limits.max_cost_usd.is_none_or(|cost| cost > 0.0 && cost.is_finite());
    positive(problems, place, "max_cost_usd", cost);
}

/// How failed activities are tried again.
pub(super) fn retry(problems: &mut Vec<Problem>, place: &str, retry: &Retry) {
    check(problems, place, "max_attempts", retry.max_attempts, 1..=100);
    check(problems, place, "initial_interval_ms", retry.initial_interval_ms, 0..=DAY_MS);
    check(problems, place, "backoff", retry.backoff, 1.0..=10.0);
    check(problems, place, "max_interval_ms", retry.max_interval_ms, 0..=DAY_MS);
}
