use magone_core::idempotency::Claim;
use magone_core::ports::{RunStore, StoreError};

use super::*;
use crate::fixture::{Fixture, Run};

fn claim(key: &str) -> Claim {
    Claim { key: key.to_owned(), fingerprint: "f".to_owned() }
}

/// A run of acme that is asked for with a key.
async fn run(fixture: &Fixture, tenant: &TenantId, n: u32, key: &str) -> Run {
    let mut run = Run::new(tenant, "kpi", n);
    let mut write = run.starts();
    write.claim = Some(claim(key));
    fixture.commit([write]).await;
    run
}

async fn world() -> (Fixture, TenantId) {
    let fixture = Fixture::new().await;
    let tenant = fixture.tenant("acme").await;
    fixture.workflow(&tenant, "kpi").await;
    (fixture, tenant)
}

#[tokio::test]
async fn a_key_stands_for_the_first_run_that_was_written_with_it() {
    let (fixture, acme) = world().await;
    let rival = fixture.tenant("rival").await;
    fixture.workflow(&rival, "kpi").await;
    let first = run(&fixture, &acme, 1, "k").await;
    let mut second = Run::new(&acme, "kpi", 2);
    let mut write = second.starts();
    write.claim = Some(claim("k"));
    assert!(matches!(fixture.store.commit(write).await, Err(StoreError::Conflict(_))));
    assert_eq!(fixture.store.tenant(&acme).execution(second.id()).await.unwrap(), None, "nothing is left");
    let theirs = run(&fixture, &rival, 3, "k").await;
    for (tenant, run) in [(&acme, &first), (&rival, &theirs)] {
        let found = fixture.store.tenant(tenant).claimed("k").await.unwrap().unwrap();
        assert_eq!((&found.execution_id, found.fingerprint.as_str()), (run.id(), "f"));
    }
    assert_eq!(fixture.store.tenant(&acme).claimed("K").await.unwrap(), None);
}

#[tokio::test]
async fn a_key_can_be_kept_for_a_run_that_comes_later() {
    let (fixture, acme) = world().await;
    let (mut mine, other) = (Run::new(&acme, "kpi", 1), Run::new(&acme, "kpi", 2));
    for _ in 0..2 {
        fixture.store.claim(&acme, mine.id(), &claim("k")).await.unwrap();
    }
    let refused = fixture.store.claim(&acme, other.id(), &claim("k")).await;
    assert!(matches!(refused, Err(StoreError::Conflict(_))), "{refused:?}");
    let mut write = mine.starts();
    write.claim = Some(claim("k"));
    fixture.commit([write]).await;
}

#[tokio::test]
async fn keys_are_kept_a_day_beyond_their_use_and_their_runs_end() {
    let (fixture, acme) = world().await;
    run(&fixture, &acme, 1, "running").await;
    let mut ended = run(&fixture, &acme, 2, "ended").await;
    fixture.commit([ended.ends()]).await;
    fixture.store.claim(&acme, &ExecutionId::from_text("exec_gone"), &claim("gone")).await.unwrap();
    let left = async |now: Timestamp| {
        fixture.store.purge_claims(now).await.unwrap();
        let mut left = Vec::new();
        for key in ["running", "ended", "gone"] {
            left.extend(fixture.store.tenant(&acme).claimed(key).await.unwrap().map(|_| key));
        }
        left
    };
    let used = clock::now();
    assert_eq!(left(used.plus_millis(86_000_000)).await, ["running", "ended", "gone"]);
    // The run's own clock is the fixture's, which is long ago.
    assert_eq!(left(used.plus_millis(86_500_000)).await, ["running"]);
}

#[tokio::test]
async fn many_keys_go_in_batches() {
    let (fixture, acme) = world().await;
    for n in 0..3 {
        fixture
            .store
            .claim(&acme, &ExecutionId::from_text(format!("exec_{n}")), &claim(&n.to_string()))
            .await
            .unwrap();
    }
    fixture.sql("UPDATE idempotency_keys SET created_at = 1").await;
    assert_eq!(purge(&fixture.store, clock::now()).await.unwrap(), 3);
    assert_eq!(purge(&fixture.store, clock::now()).await.unwrap(), 0);
}
