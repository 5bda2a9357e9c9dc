use magone_core::execution::{RunState, Status};
use magone_core::ids::{ExecutionId, TenantId};
use magone_core::ports::StoreError;

use sea_orm::DbBackend;

use crate::execution::{AdminFilter, ExecutionFilter, ExecutionRow, Page, Results, page_query};
use crate::fixture::{Fixture, Run, at, execution_id};
use crate::log::events_query;

fn ids(page: &Page<ExecutionRow>) -> Vec<ExecutionId> {
    page.items.iter().map(|row| row.view.execution_id.clone()).collect()
}

/// Two tenants with a workflow of the same slug.
async fn world() -> (Fixture, TenantId, TenantId) {
    let fixture = Fixture::new().await;
    let (alpha, beta) = (fixture.tenant("alpha").await, fixture.tenant("beta").await);
    for tenant in [&alpha, &beta] {
        fixture.workflow(tenant, "kpi").await;
    }
    fixture.workflow(&alpha, "ops").await;
    (fixture, alpha, beta)
}

#[tokio::test]
async fn another_tenants_rows_are_not_there() {
    let (fixture, alpha, beta) = world().await;
    let mut run = Run::new(&alpha, "kpi", 1);
    fixture.commit([run.starts()]).await;
    let (own, foreign) = (fixture.store.tenant(&alpha), fixture.store.tenant(&beta));

    assert!(own.execution(run.id()).await.unwrap().is_some());
    assert_eq!(own.events(run.id(), 0, 10).await.unwrap().len(), 3);
    assert!(own.workflow("ops").await.unwrap().is_some());

    assert_eq!(foreign.execution(run.id()).await.unwrap(), None);
    assert_eq!(foreign.events(run.id(), 0, 10).await.unwrap(), []);
    assert_eq!(foreign.log(run.id()).await.unwrap(), []);
    assert_eq!(foreign.workflow("ops").await.unwrap(), None);
    let filter = ExecutionFilter::default();
    assert_eq!(foreign.executions(&filter, None, 10).await.unwrap().items, []);
    assert_eq!(foreign.executions_with_results(&filter, None, 10).await.unwrap().items, []);
    let slugs: Vec<_> = foreign.workflows().await.unwrap().into_iter().map(|w| w.slug).collect();
    assert_eq!(slugs, ["kpi"]);
}

#[tokio::test]
async fn lists_are_newest_first_and_pages_join_without_gap_or_repetition() {
    let (fixture, alpha, _) = world().await;
    for n in 0..7 {
        fixture.commit([Run::new(&alpha, "kpi", n).starts()]).await;
    }
    let scope = fixture.store.tenant(&alpha);
    let filter = ExecutionFilter::default();
    let first = scope.executions(&filter, None, 3).await.unwrap();
    assert_eq!(ids(&first), [6, 5, 4].map(execution_id));
    let second = scope.executions(&filter, first.next_cursor, 3).await.unwrap();
    assert_eq!(ids(&second), [3, 2, 1].map(execution_id));
    let third = scope.executions(&filter, second.next_cursor, 3).await.unwrap();
    assert_eq!((ids(&third), third.next_cursor), (vec![execution_id(0)], None));
    let all = scope.executions(&filter, None, 7).await.unwrap();
    assert_eq!((all.items.len(), all.next_cursor), (7, None));
}

#[tokio::test]
async fn each_filter_narrows() {
    let (fixture, alpha, _) = world().await;
    let mut runs = [
        Run::new(&alpha, "kpi", 10),
        Run::new(&alpha, "ops", 20),
        Run::new(&alpha, "kpi", 30),
        Run::new(&alpha, "kpi", 40),
    ];
    runs[2].session = Some("s-1".to_owned());
    for run in &mut runs {
        fixture.commit([run.starts()]).await;
    }
    fixture.commit([runs[0].ends()]).await;
    fixture.commit([runs[3].fails()]).await;

    let scope = fixture.store.tenant(&alpha);
    let of = async |filter: ExecutionFilter| ids(&scope.executions(&filter, None, 10).await.unwrap());
    let all = ExecutionFilter::default;
    assert_eq!(of(ExecutionFilter { workflow: Some("ops".to_owned()), ..all() }).await, [execution_id(20)]);
    let within = |slugs: &[&str]| Some(slugs.iter().map(|slug| (*slug).to_owned()).collect());
    assert_eq!(of(ExecutionFilter { within: within(&["ops", "other"]), ..all() }).await, [execution_id(20)]);
    assert_eq!(of(ExecutionFilter { within: within(&[]), ..all() }).await, []);
    assert_eq!(of(ExecutionFilter { status: Some(Status::Completed), ..all() }).await, [execution_id(10)]);
    assert_eq!(of(ExecutionFilter { session_id: Some("s-1".to_owned()), ..all() }).await, [execution_id(30)]);
    let late = ExecutionFilter { created_after: Some(at(30)), ..all() };
    assert_eq!(of(late.clone()).await, [40, 30].map(execution_id));
    assert_eq!(of(ExecutionFilter { status: Some(Status::Running), ..late }).await, [execution_id(30)]);
}

#[tokio::test]
async fn lists_leave_inputs_and_results_out_unless_asked() {
    let (fixture, alpha, _) = world().await;
    let mut run = Run::new(&alpha, "kpi", 1);
    fixture.commit([run.starts(), run.ends()]).await;
    let scope = fixture.store.tenant(&alpha);
    let filter = ExecutionFilter::default();
    let without = scope.executions(&filter, None, 10).await.unwrap().items.remove(0);
    assert_eq!((without.view.result, without.input.is_null()), (None, true));
    assert_eq!(without.view.status, Status::Completed);
    let with = scope.executions_with_results(&filter, None, 10).await.unwrap().items.remove(0);
    assert!(with.view.result.is_some());
}

#[tokio::test]
async fn events_begin_after_any_seq_even_inside_a_commit() {
    let (fixture, alpha, _) = world().await;
    let mut run = Run::new(&alpha, "kpi", 1);
    fixture.commit([run.starts(), run.goes_on(), run.goes_on(), run.ends()]).await;
    let scope = fixture.store.tenant(&alpha);
    for after in 0..9_u64 {
        let seqs: Vec<u64> =
            scope.events(run.id(), after, 100).await.unwrap().iter().map(|event| event.seq).collect();
        assert_eq!(seqs, (after + 1..=8).collect::<Vec<_>>(), "after {after}");
    }
    let few = scope.events(run.id(), 1, 3).await.unwrap();
    assert_eq!(few.iter().map(|event| event.seq).collect::<Vec<_>>(), [2, 3, 4]);
    assert_eq!(scope.events(run.id(), u64::MAX, 3).await.unwrap(), []);
}

#[tokio::test]
async fn administrators_see_all_tenants_and_can_narrow() -> Result<(), StoreError> {
    let (fixture, alpha, beta) = world().await;
    let mut runs = [Run::new(&alpha, "kpi", 1), Run::new(&beta, "kpi", 2), Run::new(&alpha, "ops", 3)];
    for run in &mut runs {
        fixture.commit([run.starts()]).await;
    }
    fixture.commit([runs[0].fails()]).await;
    let admin = fixture.store.all_tenants();
    let of = async |filter: AdminFilter| ids(&admin.executions(&filter, None, 10).await.unwrap());
    let all = AdminFilter::default;
    assert_eq!(of(all()).await, [3, 2, 1].map(execution_id));
    assert_eq!(of(AdminFilter { tenant: Some(beta.clone()), ..all() }).await, [execution_id(2)]);
    assert_eq!(of(AdminFilter { state: Some(RunState::Failed), ..all() }).await, [execution_id(1)]);
    assert_eq!(of(AdminFilter { statuses: vec![Status::Running], ..all() }).await, [3, 2].map(execution_id));

    for (text, found) in [
        ("ALPH", vec![3, 1]),
        ("beta", vec![2]),
        ("ps", vec![3]),
        (runs[1].id().as_str(), vec![2]),
        ("%", vec![]),
        ("k_i", vec![]),
    ] {
        let filter = AdminFilter { text: Some(text.to_owned()), ..all() };
        assert_eq!(of(filter).await, found.into_iter().map(execution_id).collect::<Vec<_>>(), "{text}");
    }

    let (tenant, row) = admin.execution(&execution_id(2)).await?.unwrap();
    assert_eq!((tenant.id, tenant.slug.as_str(), row.tenant_id.clone()), (beta.clone(), "beta", beta));
    assert_eq!(admin.execution(&execution_id(9)).await?, None);
    assert_eq!(admin.events(&execution_id(2), 1, 10).await?.len(), 2);
    assert_eq!(admin.log(&execution_id(1)).await?.len(), 4);
    Ok(())
}

#[tokio::test]
async fn lists_and_logs_are_read_along_an_index_and_never_sorted() {
    let (fixture, alpha, _) = world().await;
    if !fixture.is_sqlite() {
        return;
    }
    let (id, text) = (execution_id(1), || Some("x".to_owned()));
    let own = || AdminFilter { tenant: Some(alpha.clone()), ..AdminFilter::default() };
    let with = |filter| page_query(&filter, Some(&id), 10, Results::Without);
    for (query, index) in [
        (with(own()), "idx_executions_tenant"),
        (
            with(AdminFilter { workflow: text(), created_after: Some(at(0)), ..own() }),
            "idx_executions_tenant",
        ),
        (with(AdminFilter { session_id: text(), ..own() }), "idx_executions_session"),
        (events_query(Some(&alpha), &id, 5, 10), "sqlite_autoindex_execution_events_1"),
    ] {
        let plan = fixture.plan(DbBackend::Sqlite.build(&query)).await;
        assert!(plan.iter().any(|step| step.contains(index)), "{plan:?}");
        assert!(!plan.iter().any(|step| step.contains("SCAN") || step.contains("TEMP B-TREE")), "{plan:?}");
    }
}
