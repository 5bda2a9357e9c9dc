use magone_core::execution::Usage;
use magone_core::ids::TenantId;
use magone_core::limit::Day;
use serde_json::json;

use super::*;

fn tenant(rate: Option<u32>, settings: Value) -> Tenant {
    Tenant {
        id: TenantId::from_text("ten_1"),
        name: "One".to_owned(),
        slug: "one".to_owned(),
        is_active: true,
        rate_limit_per_minute: rate,
        settings,
    }
}

fn noon() -> Timestamp {
    Timestamp::parse("2026-01-31T12:00:00Z").unwrap()
}

fn limits(tenant: &Tenant) -> Limits {
    let mut limits = Limits::default();
    limits.adopt(tenant);
    let none = Spent::default();
    limits.learn(Figures { day: Day::of(noon()), runs: 0, today: none, month: none });
    limits
}

fn start(limits: &mut Limits, tenant: &Tenant, id: &str, by_key: u32) -> Result<(), Refused> {
    let execution_id = ExecutionId::from_text(id);
    let ask = StartAsk {
        tenant,
        execution_id: &execution_id,
        workflow: "w",
        key: Some(KeyRate { id: "key_1", per_minute: by_key }),
        scripted: false,
        wanted: [Some(60), None],
        at: noon(),
    };
    limits.start(&ask, 0)
}

fn ended(id: &str, usage: Usage) -> ExecutionView {
    let created = json!({"seq": 1, "time": noon(), "type": "execution.created", "data": {
        "workflow_slug": "w", "input": "x", "context": {}, "session_id": null, "steps_total": 1,
        "pins": {"definition": "w", "version": 1, "agents": []}, "interpreter_version": 1,
        "result_mode": "raw",
    }});
    let used = json!({"seq": 2, "time": noon(), "type": "usage.updated", "data": {
        "step": "a", "model": "m/n", "usage": usage, "total": usage,
    }});
    let end = json!({"seq": 3, "time": noon(), "type": "execution.completed", "data": {"output": 1}});
    let log: Vec<magone_core::execution::Event> =
        serde_json::from_value(json!([created, used, end])).unwrap();
    ExecutionView::fold(ExecutionId::from_text(id), &log).unwrap()
}

#[test]
fn nothing_is_counted_where_any_limit_refuses() {
    let tenant = tenant(Some(100), json!({"workflow_rate_limits": {"w": 3}, "max_concurrent_runs": 9}));
    let mut limits = limits(&tenant);
    assert!(start(&mut limits, &tenant, "a", 2).is_ok());
    assert!(start(&mut limits, &tenant, "b", 2).is_ok());
    assert!(matches!(start(&mut limits, &tenant, "c", 2), Err(Refused::Rate(Policy::Key, _))));
    let left: Vec<_> = limits
        .rates(Some(KeyRate { id: "key_1", per_minute: 2 }), Some("w"), 0)
        .iter()
        .map(|r| r.level.remaining)
        .collect();
    assert_eq!(left, [98, 1_000, 1, 0]);
    assert_eq!(limits.open(), 2);
}

#[test]
fn what_did_not_begin_by_our_fault_leaves_every_rate_as_it_was() {
    let tenant = tenant(Some(5), json!({"workflow_rate_limits": {"w": 3}}));
    let (mut limits, key) = (limits(&tenant), KeyRate { id: "key_1", per_minute: 2 });
    let left = |limits: &Limits| -> Vec<_> {
        limits.rates(Some(key), Some("w"), 0).iter().map(|r| r.level.remaining).collect()
    };
    let before = left(&limits);
    for _ in 0..10 {
        assert!(start(&mut limits, &tenant, "a", 2).is_ok());
        limits.withdraw(&ExecutionId::from_text("a"));
        limits.unstart(Some(key), "w");
    }
    assert_eq!(left(&limits), before);
    assert!(start(&mut limits, &tenant, "a", 2).is_ok());
    limits.withdraw(&ExecutionId::from_text("a"));
    assert_ne!(left(&limits), before, "whose fault it was makes the difference");
    limits.unstart(None, "other");
    assert_eq!(left(&limits), [5, before[1], 2, 1]);
}

#[test]
fn runs_hold_their_places_until_they_end_or_did_not_begin() {
    let tenant = tenant(None, json!({"max_concurrent_runs": 1, "max_queued_runs": 1}));
    let mut limits = limits(&tenant);
    assert!(start(&mut limits, &tenant, "a", 100).is_ok() && start(&mut limits, &tenant, "b", 100).is_ok());
    let refused = start(&mut limits, &tenant, "c", 100).unwrap_err();
    assert_eq!(refused, Refused::Concurrency { most: 1, queued: 1 });
    limits.withdraw(&ExecutionId::from_text("b"));
    assert!(start(&mut limits, &tenant, "c", 100).is_ok());
    limits.run_changed(&ended("a", Usage::default()));
    assert!(start(&mut limits, &tenant, "d", 100).is_ok());
    assert!(!limits.is_at_rest(0));
}

#[test]
fn quotas_are_reserved_settled_and_found_again() {
    let tenant = tenant(None, json!({"max_tokens_per_day": 100}));
    let mut limits = limits(&tenant);
    assert!(start(&mut limits, &tenant, "a", 100).is_ok() && start(&mut limits, &tenant, "b", 100).is_ok());
    assert!(matches!(start(&mut limits, &tenant, "c", 100), Err(Refused::Quota(..))));
    let used = Usage { input_tokens: 7, output_tokens: 3, cost_micros: 0 };
    limits.run_changed(&ended("a", used));
    let day = limits.standing(None, noon(), 0).quotas[1];
    assert_eq!((day.used, day.reserved, day.remaining()), (10, 40, Some(50)));

    let mut after = super::Limits::default();
    after.adopt(&tenant);
    let today = Spent { tokens: 10, cost_micros: 0 };
    after.learn(Figures { day: Day::of(noon()), runs: 2, today, month: today });
    let open = |id: &str| OpenRun {
        execution_id: ExecutionId::from_text(id),
        queued: true,
        scripted: false,
        wanted: [Some(60), None],
    };
    after.resume(vec![open("b")]);
    let standing = after.standing(None, noon(), 0);
    assert_eq!((standing.quotas[0].used, standing.quotas[1].reserved), (2, 60));
    assert_eq!((standing.concurrency.running, standing.concurrency.queued), (0, 1));
    assert!(after.has_waiting());
}

#[test]
fn changes_of_the_row_count_at_once_and_what_is_wrong_is_named_once() {
    let mut limits = limits(&tenant(Some(1), json!({})));
    assert!(limits.read(0).is_ok());
    let wrong = tenant(Some(0), json!({"max_queued_runs": "many"}));
    assert_eq!(limits.adopt(&wrong), ["max_queued_runs"]);
    assert!(limits.adopt(&wrong).is_empty());
    let refused = start(&mut limits, &wrong, "a", 100).unwrap_err();
    assert_eq!(refused.retry_after_seconds(), 3_600);
    limits.unread();
    assert!(limits.is_at_rest(0));
}
