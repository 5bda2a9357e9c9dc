//! The benchmarks still work: each of them, with hardly any load. Nothing is said about speed; what
//! must never happen is asserted all the same.

use bench::{Benchmark, Options, Report};

use crate::harness::binary;

fn report(benchmark: Benchmark) -> Report {
    let options = Options {
        benchmarks: vec![benchmark],
        server: binary::path().to_owned(),
        rounds: 1,
        core: 0,
        smoke: true,
    };
    let mut reports = bench::run(&options, |_| Ok(())).unwrap();
    assert_eq!(reports.len(), 1);
    reports.remove(0)
}

#[test]
fn reads_are_measured_beside_a_bare_server() {
    let report = report(Benchmark::B1);
    for name in ["a list, a second, to bare", "a wrong key, a second, to bare"] {
        assert!(report.median(name).is_some_and(|ratio| ratio > 0.0), "{}", report.table());
    }
}

#[test]
fn overhead_is_measured() {
    let json = report(Benchmark::B2).json();
    assert_eq!(json["bench"], "B2");
    assert!(json["figures"].as_array().is_some_and(|figures| figures.len() >= 10), "{json}");
    assert!(json["commit"].is_string() && json["cpu"].is_string() && json["load"].is_string(), "{json}");
}

#[test]
fn throughput_is_measured() {
    let report = report(Benchmark::B3);
    assert!(report.median("8 callers").is_some_and(|rate| rate > 0.0), "{}", report.table());
}

#[test]
fn runs_in_flight_are_measured() {
    let report = report(Benchmark::B4);
    assert_eq!(report.median("20 runs in flight"), Some(20.0));
    assert!(report.median("20 in flight, reads p99").is_some_and(|wait| wait > 0.0), "{}", report.table());
}

#[test]
fn live_views_are_measured() {
    let report = report(Benchmark::B5);
    assert!(report.median("20 readers, lag p99").is_some_and(|lag| lag > 0.0), "{}", report.table());
}

#[test]
fn tenants_are_measured_and_all_go_when_they_are_idle() {
    let report = report(Benchmark::B6);
    assert_eq!(report.median("500 tenants, still in use when idle"), Some(0.0), "{}", report.table());
}

#[test]
fn the_limiter_is_measured_and_admits_what_it_should() {
    let report = report(Benchmark::B7);
    assert_eq!(report.median("admitted above the quota"), Some(0.0), "{}", report.table());
    assert!(report.median("admitted below it, at most").is_some_and(|under| under <= 1.0));
    assert!(report.median("refused").is_some_and(|refused| refused > 0.0));
}

#[test]
fn recovery_is_measured_and_loses_nothing() {
    let report = report(Benchmark::B8);
    assert_eq!(report.median("runs in flight"), Some(50.0));
    assert_eq!(report.median("lost"), Some(0.0));
    assert_eq!(report.median("journaled steps repeated"), Some(0.0));
}

#[test]
fn start_and_size_are_measured() {
    let report = report(Benchmark::B9);
    assert!(report.median("memory, idle").is_some_and(|megabytes| megabytes > 1.0), "{}", report.table());
}
