use magone_core::ids::{DeliveryId, EndpointId, TenantId};
use magone_core::ports::StoreError;
use magone_core::time::Timestamp;
use magone_core::webhook::{PATIENCE_MS, Verdict};
use sea_orm::DbBackend;

use super::*;
use crate::fixture::{Fixture, Run, at};
use crate::store::Store;

async fn world() -> (Fixture, TenantId) {
    let fixture = Fixture::new().await;
    let tenant = fixture.tenant("alpha").await;
    fixture.workflow(&tenant, "kpi").await;
    (fixture, tenant)
}

fn endpoint(id: &str, events: Option<&[&str]>) -> NewEndpoint {
    NewEndpoint {
        id: EndpointId::from_text(id),
        url: format!("https://{id}.example/hook"),
        description: None,
        events: events.map(|events| events.iter().map(|&event| event.to_owned()).collect()),
        at: at(0),
    }
}

async fn ended(fixture: &Fixture, tenant: &TenantId, millis: u32) -> Run {
    let mut run = Run::new(tenant, "kpi", millis);
    fixture.commit([run.starts(), run.goes_on(), run.ends()]).await;
    run
}

async fn listed(fixture: &Fixture, tenant: &TenantId) -> Vec<DeliveryRow> {
    let scope = fixture.store.tenant(tenant);
    scope.webhook_deliveries(&DeliveryFilter::default(), None, 100).await.unwrap().0
}

/// Everything that is due in a lane, taken.
async fn taken(store: &Store, lane: Lane, now: Timestamp) -> Vec<Claimed> {
    let outbox = store.outbox();
    let due = outbox.due(lane, &[], 100, 100, now).await.unwrap();
    outbox.claim(due.into_iter().map(|candidate| candidate.id).collect(), now).await.unwrap()
}

fn settled(claimed: &Claimed, verdict: Verdict, at: Timestamp) -> Settlement {
    Settlement {
        id: claimed.id.clone(),
        endpoint_id: claimed.endpoint_id.clone(),
        execution_id: claimed.execution_id.clone(),
        attempt: AttemptRow {
            number: claimed.attempts + 1,
            at,
            duration_ms: 7,
            status: Some(200),
            response: Some("ok".to_owned()),
            error: None,
        },
        tries: claimed.tries + 1,
        verdict,
        at,
    }
}

#[tokio::test]
async fn the_commit_that_ends_a_run_tells_every_endpoint_that_asks() {
    let (fixture, tenant) = world().await;
    let rival = fixture.tenant("rival").await;
    let scope = fixture.store.tenant(&tenant);
    for new in [
        endpoint("whe_all", None),
        endpoint("whe_done", Some(&["execution.completed", "approval.required"])),
        endpoint("whe_fails", Some(&["execution.failed"])),
        endpoint("whe_off", None),
    ] {
        scope.add_webhook_endpoint(new).await.unwrap();
    }
    fixture.store.tenant(&rival).add_webhook_endpoint(endpoint("whe_rival", None)).await.unwrap();
    let off = EndpointPatch { enabled: Some(false), ..EndpointPatch::default() };
    assert!(scope.update_webhook_endpoint(&EndpointId::from_text("whe_off"), off, at(1)).await.unwrap());
    let run = ended(&fixture, &tenant, 1).await;
    let mut rows = listed(&fixture, &tenant).await;
    rows.sort_by(|a, b| a.endpoint_id.cmp(&b.endpoint_id));
    let to: Vec<_> = rows.iter().map(|row| row.endpoint_id.as_ref().map(EndpointId::as_str)).collect();
    assert_eq!(to, [None, Some("whe_all"), Some("whe_done")]);
    let told = format!("whd_{}", run.id());
    let ids: Vec<_> = rows.iter().map(|row| row.id.as_str()).collect();
    assert_eq!(ids, [told.clone(), format!("{told}_all"), format!("{told}_done")]);
    assert_eq!(rows[1].url, "https://whe_all.example/hook");
    assert!(
        rows.iter().all(|row| row.status == DeliveryStatus::Pending && row.event == "execution.completed")
    );
    assert_eq!(listed(&fixture, &rival).await, []);
}

#[tokio::test]
async fn what_was_taken_is_nobody_elses_until_its_lease_ends() {
    let (fixture, tenant) = world().await;
    ended(&fixture, &tenant, 1).await;
    let other = fixture.second().await;
    let first = taken(&fixture.store, Lane::New, at(10)).await;
    assert_eq!((first.len(), first[0].secret.as_str()), (1, "webhook:ten_alpha"));
    let ids = vec![first[0].id.clone()];
    assert!(other.outbox().claim(ids.clone(), at(11)).await.unwrap().is_empty());
    assert_eq!(taken(&other, Lane::New, at(11)).await.len(), 0);
    assert_eq!(taken(&other, Lane::New, at(60_010)).await.len(), 1, "whoever had it is gone");
    assert_eq!(taken(&other, Lane::New, at(-3_600_000)).await.len(), 1, "the clock was set back");
    other.outbox().release().await.unwrap();
    // One process has a file to itself, so nobody holds anything there when it starts.
    let again = taken(&other, Lane::New, at(-3_599_990)).await;
    assert_eq!(again.len(), usize::from(fixture.is_sqlite()));
}

#[tokio::test]
async fn a_delivery_goes_its_way_and_the_runs_row_says_so() {
    let (fixture, tenant) = world().await;
    let run = ended(&fixture, &tenant, 1).await;
    let outbox = fixture.store.outbox();
    let claimed = taken(&fixture.store, Lane::New, at(10)).await.remove(0);
    outbox.settle(vec![settled(&claimed, Verdict::Again(at(5_000)), at(20))]).await.unwrap();
    assert!(taken(&fixture.store, Lane::Failing, at(4_999)).await.is_empty());
    let row = listed(&fixture, &tenant).await.remove(0);
    assert_eq!((row.status, row.next_attempt_at), (DeliveryStatus::Pending, Some(at(5_000))));
    let claimed = taken(&fixture.store, Lane::Failing, at(5_000)).await.remove(0);
    assert_eq!((claimed.attempts, claimed.tries), (1, 1));
    outbox.settle(vec![settled(&claimed, Verdict::Delivered, at(5_010))]).await.unwrap();
    let row = listed(&fixture, &tenant).await.remove(0);
    assert_eq!(
        (row.status, row.ended_at, row.next_attempt_at),
        (DeliveryStatus::Delivered, Some(at(5_010)), None)
    );
    let numbers: Vec<_> = row.attempts.iter().map(|attempt| attempt.number).collect();
    assert_eq!(numbers, [1, 2]);
    let sent =
        format!("UPDATE workflow_executions SET error = 'x' WHERE webhook_sent AND id = '{}'", run.id());
    assert_eq!(fixture.sql(&sent).await, 1);

    let scope = fixture.store.tenant(&tenant);
    assert!(scope.redeliver_webhook(&row.id, at(9_000)).await.unwrap());
    let again = taken(&fixture.store, Lane::New, at(9_000)).await.remove(0);
    assert_eq!((again.id.clone(), again.attempts, again.tries), (row.id.clone(), 2, 0));
    let rival = fixture.tenant("rival").await;
    let rival = fixture.store.tenant(&rival);
    assert!(!rival.redeliver_webhook(&row.id, at(9_000)).await.unwrap());
    assert_eq!(rival.webhook_delivery(&row.id).await.unwrap(), None);
}

#[tokio::test]
async fn lanes_follow_how_an_endpoint_did() {
    let (fixture, tenant) = world().await;
    let scope = fixture.store.tenant(&tenant);
    let id = EndpointId::from_text("whe_a");
    scope.add_webhook_endpoint(endpoint("whe_a", None)).await.unwrap();
    let test = |number: i64| NewDelivery {
        id: DeliveryId::from_text(format!("whd_{number}")),
        endpoint: id.clone(),
        url: "https://old.example".to_owned(),
        event: "webhook.test".to_owned(),
        payload: "{}".to_owned(),
        at: at(number),
    };
    let outbox = fixture.store.outbox();
    let one = async |number: i64, lane: Lane, verdict: Verdict| {
        scope.add_webhook_delivery(test(number)).await.unwrap();
        let mut claimed = taken(&fixture.store, lane, at(number)).await;
        assert_eq!(claimed.len(), 1, "{number} {lane:?}");
        let claimed = claimed.remove(0);
        assert_eq!(
            (claimed.url.as_str(), claimed.secret.as_str()),
            ("https://whe_a.example/hook", "webhook:whe_a")
        );
        outbox.settle(vec![settled(&claimed, verdict, at(number))]).await.unwrap();
        scope.webhook_endpoint(&id).await.unwrap().unwrap()
    };
    let proven = one(1, Lane::New, Verdict::Delivered).await;
    assert_eq!((proven.succeeded_at, proven.failing_since), (Some(at(1)), None));
    let fails = one(2, Lane::Proven, Verdict::Dead).await;
    assert_eq!(fails.failing_since, Some(at(2)));
    let fails = one(3, Lane::Failing, Verdict::Dead).await;
    assert_eq!((fails.failing_since, fails.enabled), (Some(at(2)), true), "it counts from the first failure");
    let mended = one(4, Lane::Failing, Verdict::Delivered).await;
    assert_eq!(mended.failing_since, None);

    one(5, Lane::Proven, Verdict::Dead).await;
    let patience = i64::try_from(PATIENCE_MS).unwrap();
    scope.add_webhook_delivery(test(6)).await.unwrap();
    let claimed = taken(&fixture.store, Lane::Failing, at(6)).await.remove(0);
    scope.add_webhook_delivery(test(7)).await.unwrap();
    let late = at(5 + patience);
    outbox.settle(vec![settled(&claimed, Verdict::Again(late.plus_millis(9)), late)]).await.unwrap();
    let off = scope.webhook_endpoint(&id).await.unwrap().unwrap();
    assert_eq!((off.enabled, off.disabled_reason.as_deref()), (false, Some("failing")));
    let waiting = DeliveryFilter { status: Some(DeliveryStatus::Pending), ..DeliveryFilter::default() };
    assert_eq!(
        scope.webhook_deliveries(&waiting, None, 9).await.unwrap().0,
        [],
        "what waited is a dead letter"
    );
    let on = EndpointPatch { enabled: Some(true), ..EndpointPatch::default() };
    assert!(scope.update_webhook_endpoint(&id, on, late).await.unwrap());
    let gone = one(8, Lane::Proven, Verdict::Gone).await;
    assert_eq!((gone.enabled, gone.disabled_reason.as_deref()), (false, Some("gone")));
    assert!(scope.delete_webhook_endpoint(&id, late).await.unwrap());
    assert_eq!(scope.webhook_endpoint(&id).await.unwrap(), None);
    assert!(!listed(&fixture, &tenant).await.is_empty(), "what was delivered stays in the list");
}

#[tokio::test]
async fn targets_take_turns_and_busy_ones_are_passed_over() {
    let (fixture, tenant) = world().await;
    let scope = fixture.store.tenant(&tenant);
    for name in ["whe_a", "whe_b"] {
        scope.add_webhook_endpoint(endpoint(name, None)).await.unwrap();
        for number in 0..3 {
            let new = NewDelivery {
                id: DeliveryId::from_text(format!("whd_{name}_{number}")),
                endpoint: EndpointId::from_text(name),
                url: String::new(),
                event: "webhook.test".to_owned(),
                payload: "{}".to_owned(),
                at: at(number),
            };
            scope.add_webhook_delivery(new).await.unwrap();
        }
    }
    let due = async |busy: &[String], each, limit| {
        let due = fixture.store.outbox().due(Lane::New, busy, each, limit, at(9)).await.unwrap();
        due.into_iter().map(|candidate| candidate.id.as_str().replace("whd_whe_", "")).collect::<Vec<_>>()
    };
    assert_eq!(due(&[], 9, 9).await, ["a_0", "b_0", "a_1", "b_1", "a_2", "b_2"]);
    assert_eq!(due(&[], 1, 9).await, ["a_0", "b_0"]);
    assert_eq!(due(&[], 9, 3).await, ["a_0", "b_0", "a_1"]);
    assert_eq!(due(&["whe_a".to_owned()], 9, 2).await, ["b_0", "b_1"]);
    let (page, next) = scope.webhook_deliveries(&DeliveryFilter::default(), None, 4).await.unwrap();
    assert_eq!(page.len(), 4);
    let (rest, last) = scope.webhook_deliveries(&DeliveryFilter::default(), next.as_ref(), 4).await.unwrap();
    assert_eq!((rest.len(), last), (2, None));
}

#[tokio::test]
async fn secrets_are_kept_once_and_replaced_only_by_who_saw_them() {
    let (fixture, tenant) = world().await;
    let secrets = fixture.store.secrets();
    let name = Secrets::of_tenant(&tenant);
    assert_eq!(secrets.find(&name).await.unwrap(), None);
    let first = secrets.keep(&name, Some(&tenant), "v1.a.x".to_owned()).await.unwrap();
    assert_eq!(secrets.keep(&name, Some(&tenant), "v1.a.y".to_owned()).await.unwrap(), first);
    let after = SecretRow {
        sealed: "v1.b.z".to_owned(),
        previous: Some("v1.a.x".to_owned()),
        previous_until: Some(at(5)),
        ..first.clone()
    };
    assert!(secrets.replace(&first, after.clone()).await.unwrap());
    assert!(!secrets.replace(&first, first.clone()).await.unwrap(), "somebody else was faster");
    assert_eq!(secrets.find(&name).await.unwrap(), Some(after.clone()));
    assert_eq!(secrets.unlike("v1.b.", None, 9).await.unwrap(), [after], "the one before has another key");
    assert_eq!(secrets.unlike("v1.b.", Some(&name), 9).await.unwrap(), []);
    let foreign = secrets.keep("x", Some(&TenantId::from_text("ten_9")), "v1.a.x".to_owned()).await;
    assert!(!matches!(foreign, Ok(_) | Err(StoreError::Unavailable(_))), "{foreign:?}");
}

#[tokio::test]
async fn what_is_due_is_found_without_passing_what_was_delivered() {
    let (fixture, _) = world().await;
    if !fixture.is_sqlite() {
        return;
    }
    for lane in [Lane::Proven, Lane::New, Lane::Failing] {
        let query = super::outbox::due(lane, &["whe_a".to_owned()], 8, 64, at(1));
        let plan = fixture.plan(DbBackend::Sqlite.build(&query)).await;
        let of_deliveries: Vec<_> = plan.iter().filter(|step| step.contains("webhook_deliveries")).collect();
        assert!(
            !of_deliveries.is_empty() && of_deliveries.iter().all(|step| step.contains("idx_deliveries_due")),
            "{plan:?}"
        );
    }
}
