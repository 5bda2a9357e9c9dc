//! Reserve, then settle.

use super::{Day, Exhausted, Figures, Ledger, Quota, Quotas, Spent};
use crate::time::Timestamp;

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn fresh(now: Timestamp) -> Ledger {
    let none = Spent::default();
    Ledger::new(Figures { day: Day::of(now), runs: 0, today: none, month: none }, none)
}

fn spent(tokens: u64, cost_micros: u64) -> Spent {
    Spent { tokens, cost_micros }
}

const NOON: &str = "2026-01-31T12:00:00Z";

#[test]
fn runs_reserve_what_is_left_and_settle_what_they_used() {
    let quotas = Quotas { tokens_per_day: Some(100), cost_per_month: Some(50), ..Quotas::default() };
    let mut ledger = fresh(at(NOON));
    assert_eq!(ledger.begin(&quotas, [Some(70), Some(10)], at(NOON)), Ok(spent(70, 10)));
    assert_eq!(ledger.begin(&quotas, [Some(70), None], at(NOON)), Ok(spent(30, 0)), "what is left");
    let used_up = ledger.begin(&quotas, [Some(1), None], at(NOON)).unwrap_err();
    assert_eq!(used_up.quota, Quota::TokensPerDay);
    assert_eq!(used_up.resets_at, at("2026-02-01T00:00:00Z"));
    ledger.settle(spent(70, 10), spent(5, 1), at(NOON));
    let [runs, day, _, _, month] = ledger.look(&quotas, at(NOON));
    assert_eq!((runs.used, day.used, day.reserved, day.remaining()), (2, 5, 30, Some(65)));
    assert_eq!((month.used, month.reserved, month.remaining()), (1, 0, Some(49)));
}

#[test]
fn what_names_no_bound_reserves_nothing_and_counts_when_it_ends() {
    let quotas = Quotas { tokens_per_day: Some(10), ..Quotas::default() };
    let mut ledger = fresh(at(NOON));
    assert_eq!(ledger.begin(&quotas, [None, None], at(NOON)), Ok(spent(0, 0)));
    ledger.settle(spent(0, 0), spent(25, 0), at(NOON));
    assert!(ledger.begin(&quotas, [None, None], at(NOON)).is_err());
}

#[test]
fn days_and_months_roll_on_with_what_is_reserved() {
    let quotas = Quotas { runs_per_day: Some(1), tokens_per_month: Some(100), ..Quotas::default() };
    let mut ledger = fresh(at("2026-01-30T12:00:00Z"));
    ledger.begin(&quotas, [Some(40), None], at("2026-01-30T12:00:00Z")).unwrap();
    assert!(ledger.begin(&quotas, [None, None], at("2026-01-30T13:00:00Z")).is_err());
    ledger.settle(spent(0, 0), spent(30, 0), at("2026-01-30T14:00:00Z"));
    ledger.begin(&quotas, [Some(20), None], at("2026-01-31T01:00:00Z")).unwrap();
    let [runs, _, month, ..] = ledger.look(&quotas, at("2026-01-31T01:00:00Z"));
    assert_eq!((runs.used, month.used, month.reserved), (1, 30, 60));
    let [runs, _, month, ..] = ledger.look(&quotas, at("2026-02-01T00:00:00Z"));
    assert_eq!((runs.used, month.used, month.reserved), (0, 0, 60));
    assert_eq!(month.resets_at, at("2026-03-01T00:00:00Z"));
}

#[test]
fn a_run_that_ended_yesterday_counts_for_the_month_alone() {
    let mut ledger = fresh(at(NOON));
    ledger.settle(spent(0, 0), spent(3, 0), at("2026-01-30T23:59:59Z"));
    ledger.settle(spent(0, 0), spent(9, 0), at("2025-12-31T23:59:59Z"));
    let [_, day, month, ..] = ledger.look(&Quotas::default(), at(NOON));
    assert_eq!((day.used, month.used), (0, 3));
}

#[test]
fn the_quota_that_is_fresh_last_is_named_and_a_start_that_failed_counts_nothing() {
    let quotas = Quotas { runs_per_day: Some(1), cost_per_month: Some(0), ..Quotas::default() };
    let mut ledger = fresh(at(NOON));
    let Exhausted { quota, resets_at, .. } = ledger.begin(&quotas, [None, None], at(NOON)).unwrap_err();
    assert_eq!((quota, resets_at), (Quota::CostPerMonth, at("2026-02-01T00:00:00Z")));
    let quotas = Quotas { cost_per_month: None, ..quotas };
    let reserved = ledger.begin(&quotas, [Some(7), None], at(NOON)).unwrap();
    ledger.withdraw(reserved);
    assert_eq!(ledger.begin(&quotas, [None, None], at(NOON)), Ok(spent(0, 0)));
    assert_eq!(ledger.look(&quotas, at(NOON))[1].reserved, 0);
}

#[test]
fn a_clock_that_was_set_back_to_another_day_asks_for_what_is_stored() {
    let ledger = fresh(at(NOON));
    assert!(ledger.reaches(at("2026-01-31T00:00:00Z")));
    assert!(ledger.reaches(at("2027-01-31T00:00:00Z")));
    assert!(!ledger.reaches(at("2026-01-30T23:59:59Z")));
}
