//! The instruments, and the functions that move them.

use std::sync::LazyLock;
use std::time::Duration;

use actix_web::http::Method;
use magone_core::execution::{ExecutionView, RunState};
use magone_core::time::Timestamp;
use prometheus::core::Collector;
use prometheus::{
    HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry,
};

/// Seconds: from what a warm read takes to what a call waits for at most.
const SECONDS: [f64; 12] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0, 300.0];

pub(super) static REGISTRY: LazyLock<Registry> = LazyLock::new(Registry::new);

macro_rules! instruments {
    ($($(#[doc = $doc:literal])* $constant:ident: $kind:ty = $name:literal, $make:expr;)*) => {
        $(
            $(#[doc = $doc])*
            pub(super) static $constant: LazyLock<$kind> =
                LazyLock::new(|| registered($make($name, concat!($($doc),*).trim())));
        )*

        /// Names of all instruments; to name them is to declare them to Prometheus, also those that did
        /// not move yet.
        pub(super) fn declare() {
            $(LazyLock::force(&$constant);)*
        }
    };
}

instruments! {
    /// Requests by method, route and class of status.
    REQUESTS: IntCounterVec = "magone_requests_total", counters(&["method", "route", "status"]);
    /// Seconds until a request's answer began, by route.
    REQUEST_SECONDS: HistogramVec = "magone_request_duration_seconds", histograms(&["route"]);
    /// Executions that ended, by their last state.
    ENDED: IntCounterVec = "magone_executions_ended_total", counters(&["state"]);
    /// Executions in flight in this process, by state; `queued` is the queue's depth.
    IN_FLIGHT: IntGaugeVec = "magone_executions_in_flight", gauges(&["state"]);
    /// Seconds from an event to its being on disk and told: how far the engine lags behind.
    LAG: HistogramVec = "magone_engine_lag_seconds", histograms(&[]);
    /// What the limiter said, by policy.
    LIMITER: IntCounterVec = "magone_limiter_decisions_total", counters(&["policy", "decision"]);
    /// Attempts to deliver webhooks, by outcome.
    WEBHOOKS: IntCounterVec = "magone_webhook_attempts_total", counters(&["outcome"]);
    /// Transactions of the writer; its mean batch is units by transactions.
    WRITER_GROUPS: IntCounter = "magone_writer_transactions_total", counter;
    /// Commits of executions that the writer's transactions held.
    WRITER_UNITS: IntCounter = "magone_writer_units_total", counter;
    /// Actors by kind.
    ACTORS: IntGaugeVec = "magone_actors", gauges(&["kind"]);
    /// Requests in work.
    IN_WORK: IntGauge = "magone_requests_in_work", gauge;
}

/// A request was answered. `route` is a template of the router.
pub fn requested(method: &Method, route: &str, status: u16, took: Duration) {
    let (method, status) = (known_method(method), class(status));
    if let Ok(counter) = REQUESTS.get_metric_with_label_values(&[method, route, status]) {
        counter.inc();
    }
    if let Ok(histogram) = REQUEST_SECONDS.get_metric_with_label_values(&[route]) {
        histogram.observe(took.as_secs_f64());
    }
}

/// Events of a run are on disk; `decided` is when the last of them happened.
pub fn committed(view: &ExecutionView, decided: Timestamp, now: Timestamp) {
    if view.state.is_terminal()
        && let Ok(counter) = ENDED.get_metric_with_label_values(&[view.state.as_str()])
    {
        counter.inc();
    }
    if let Ok(histogram) = LAG.get_metric_with_label_values::<&str>(&[]) {
        histogram.observe(Duration::from_millis(now.millis_since(decided)).as_secs_f64());
    }
}

/// The limiter let a call of this policy in, or did not.
pub fn limiter_decided(policy: &'static str, admitted: bool) {
    let decision = if admitted { "admitted" } else { "refused" };
    if let Ok(counter) = LIMITER.get_metric_with_label_values(&[policy, decision]) {
        counter.inc();
    }
}

/// A webhook was tried; `outcome` is one of a few words.
pub fn webhook_attempted(outcome: &'static str) {
    if let Ok(counter) = WEBHOOKS.get_metric_with_label_values(&[outcome]) {
        counter.inc();
    }
}

/// Every state of a run in flight, with how many are in it.
pub(super) fn in_flight(count: impl Fn(RunState) -> usize) {
    for state in RunState::ALL.into_iter().filter(|state| !state.is_terminal()) {
        set(&IN_FLIGHT, state.as_str(), count(state));
    }
}

pub(super) fn set(gauges: &IntGaugeVec, label: &str, value: usize) {
    if let Ok(gauge) = gauges.get_metric_with_label_values(&[label]) {
        gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
    }
}

/// Whoever makes methods up makes no new labels.
fn known_method(method: &Method) -> &'static str {
    ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]
        .into_iter()
        .find(|known| method.as_str() == *known)
        .unwrap_or("other")
}

fn class(status: u16) -> &'static str {
    match status {
        200..300 => "2xx",
        300..400 => "3xx",
        400..500 => "4xx",
        500..600 => "5xx",
        _ => "1xx",
    }
}

type Made<T> = prometheus::Result<T>;

fn counters(labels: &'static [&'static str]) -> impl Fn(&str, &str) -> Made<IntCounterVec> {
    move |name, help| IntCounterVec::new(Opts::new(name, help), labels)
}

fn gauges(labels: &'static [&'static str]) -> impl Fn(&str, &str) -> Made<IntGaugeVec> {
    move |name, help| IntGaugeVec::new(Opts::new(name, help), labels)
}

fn histograms(labels: &'static [&'static str]) -> impl Fn(&str, &str) -> Made<HistogramVec> {
    move |name, help| HistogramVec::new(HistogramOpts::new(name, help).buckets(SECONDS.to_vec()), labels)
}

fn counter(name: &str, help: &str) -> Made<IntCounter> {
    IntCounter::new(name, help)
}

fn gauge(name: &str, help: &str) -> Made<IntGauge> {
    IntGauge::new(name, help)
}

/// An instrument that Prometheus refuses is misspelt above: the first start finds it.
fn registered<T: Collector + Clone + 'static>(made: Made<T>) -> T {
    let registered = made.and_then(|made| REGISTRY.register(Box::new(made.clone())).map(|()| made));
    registered.unwrap_or_else(|error| {
        tracing::error!(%error, "an instrument cannot be declared");
        std::process::abort();
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_instrument_is_one_and_labels_are_bounded() {
        declare();
        assert_eq!(known_method(&Method::from_bytes(b"BREW").unwrap()), "other");
        assert_eq!([class(204), class(404), class(503)], ["2xx", "4xx", "5xx"]);
    }
}
