use magone_core::limit::NewUsage;
use magone_core::ports::RunStore;

use super::*;
use crate::fixture::{Fixture, Run};

fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

fn usage(input_tokens: u64, output_tokens: u64, cost_micros: u64) -> Usage {
    Usage { input_tokens, output_tokens, cost_micros }
}

#[tokio::test]
async fn runs_that_end_together_are_added_up_by_tenant_and_day() {
    let fixture = Fixture::new().await;
    let (one, two) = (fixture.tenant("one").await, fixture.tenant("two").await);
    fixture.workflow(&one, "kpi").await;
    fixture.workflow(&two, "kpi").await;
    let of = |tenant: &TenantId, number: u32, usage: Vec<NewUsage>| {
        let mut write = Run::new(tenant, "kpi", number).starts();
        write.usage = usage;
        write
    };
    let new = |text: &str, usage| NewUsage { day: day(text), runs: 1, usage };
    fixture.commit([of(&one, 1, vec![new("2026-01-31", usage(5, 6, 7))])]).await;
    let store = &fixture.store;
    let writes = [
        of(&one, 2, vec![new("2026-01-31", usage(1, 2, 3)), new("2026-02-01", usage(0, 0, 1))]),
        of(&one, 3, vec![new("2026-01-31", usage(10, 20, 30))]),
        of(&two, 4, vec![new("2026-01-31", usage(9, 9, 9))]),
        of(&one, 5, Vec::new()),
    ];
    let [a, b, c, d] = writes.map(|write| store.commit(write));
    let written = tokio::join!(a, b, c, d);
    assert_eq!(written, (Ok(()), Ok(()), Ok(()), Ok(())));
    let found = store.tenant(&one).usage_since(day("2026-01-01")).await.unwrap();
    let row = |day: &str, runs, usage| DayUsage { day: day.to_owned(), runs, usage };
    assert_eq!(found, [row("2026-01-31", 3, usage(16, 28, 40)), row("2026-02-01", 1, usage(0, 0, 1))]);
    assert_eq!(store.tenant(&one).usage_since(day("2026-02-01")).await.unwrap().len(), 1);
    assert_eq!(
        store.tenant(&two).usage_since(day("2026-01-01")).await.unwrap(),
        [row("2026-01-31", 1, usage(9, 9, 9))]
    );
}

#[tokio::test]
async fn a_write_that_is_refused_adds_nothing() {
    let fixture = Fixture::new().await;
    let tenant = fixture.tenant("one").await;
    fixture.workflow(&tenant, "kpi").await;
    let mut run = Run::new(&tenant, "kpi", 1);
    fixture.commit([run.starts()]).await;
    let mut end = run.ends();
    end.usage = vec![NewUsage { day: day("2026-01-31"), runs: 1, usage: usage(1, 1, 1) }];
    let store = &fixture.store;
    assert_eq!(store.commit(end.clone()).await, Ok(()));
    assert!(matches!(store.commit(end).await, Err(StoreError::Conflict(_))));
    let found = store.tenant(&tenant).usage_since(day("2026-01-01")).await.unwrap();
    assert_eq!(found[0].runs, 1);
}

#[tokio::test]
async fn unfinished_runs_are_found_with_their_tenants() {
    let fixture = Fixture::new().await;
    let tenant = fixture.tenant("one").await;
    fixture.workflow(&tenant, "kpi").await;
    let (mut open, mut ended) = (Run::new(&tenant, "kpi", 1), Run::new(&tenant, "kpi", 2));
    fixture.commit([open.starts(), ended.starts(), ended.ends()]).await;
    let found = fixture.store.all_tenants().unfinished().await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!((&found[0].execution_id, &found[0].tenant_id), (open.id(), &tenant));
    assert_eq!((found[0].pins.clone(), found[0].queued), (open.pins(), false));
}
