use std::sync::Arc;

use magone_core::ids::TenantId;
use magone_core::ports::{RowWrite, RunStore, RunWrite, StoreError};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ConnectionTrait, EntityTrait, QueryTrait, TransactionTrait};

use super::statement::{Kind, Texts};
use super::unit::Row;
use crate::dialect::Dialect;
use crate::entity::delivery;
use crate::fixture::{Fixture, Run, at, execution_id};
use crate::row;

async fn world() -> (Fixture, TenantId) {
    let fixture = Fixture::new().await;
    let tenant = fixture.tenant("alpha").await;
    fixture.workflow(&tenant, "kpi").await;
    (fixture, tenant)
}

/// Holds the writer back until everything of `writes` waits, so that they come as one group.
async fn commit_as_one_group(fixture: &Fixture, writes: Vec<RunWrite>) -> Vec<Result<(), StoreError>> {
    let (go, wait) = tokio::sync::oneshot::channel::<()>();
    let store = fixture.store.clone();
    let gate = tokio::spawn(async move {
        store
            .writer()
            .change(|_| {
                Box::pin(async {
                    wait.await.unwrap();
                    Ok::<(), StoreError>(())
                })
            })
            .await
    });
    let commits = writes.into_iter().map(|write| {
        let store = fixture.store.clone();
        tokio::spawn(async move { store.commit(write).await })
    });
    let commits: Vec<_> = commits.collect();
    // On this runtime of one thread every task has run up to its wait when all were given a turn.
    for _ in 0..16 {
        tokio::task::yield_now().await;
    }
    go.send(()).unwrap();
    gate.await.unwrap().unwrap();
    let mut outcomes = Vec::new();
    for commit in commits {
        outcomes.push(commit.await.unwrap());
    }
    outcomes
}

#[tokio::test]
async fn what_was_committed_reads_back_as_it_was() {
    let (fixture, tenant) = world().await;
    let mut run = Run::new(&tenant, "kpi", 1);
    run.session = Some("s-1".to_owned());
    let writes = [run.starts(), run.goes_on(), run.ends()];
    let events: Vec<_> = writes.iter().flat_map(|write| write.events.to_vec()).collect();
    fixture.commit(writes).await;

    let scope = fixture.store.tenant(&tenant);
    let row = scope.execution(run.id()).await.unwrap().unwrap();
    let mut expected = magone_core::execution::ExecutionView::new(run.id().clone(), run.view.created_at);
    expected.workflow_slug = "kpi".to_owned();
    (expected.status, expected.state) = (run.view.status, run.view.state);
    (expected.result, expected.metadata) = (run.view.result.clone(), run.view.metadata.clone());
    (expected.progress, expected.session_id) = (run.view.progress.clone(), Some("s-1".to_owned()));
    (expected.started_at, expected.completed_at) = (run.view.started_at, run.view.completed_at);
    if !fixture.is_sqlite() {
        // PostgreSQL takes no NUL; the log has it all the same.
        let text = expected.result.unwrap().to_string().replace("\\u0000", "\u{fffd}");
        expected.result = Some(serde_json::from_str(&text).unwrap());
    }
    assert_eq!(row.view, expected);
    assert_eq!(row.pins, run.pins());
    assert_eq!((row.tenant_id, row.tenant_workflow_id), (tenant, run.workflow.clone()));
    assert_eq!(*row.input, serde_json::json!({"user_input": "hello", "context": null}));
    assert_eq!(row.webhook_url.as_deref(), Some("https://hooks.example.com/x"));
    assert_eq!(row.interpreter_version, 1);
    assert_eq!(scope.log(run.id()).await.unwrap(), events);
}

#[tokio::test]
async fn a_failure_keeps_its_code_and_sentence() {
    let (fixture, tenant) = world().await;
    let mut run = Run::new(&tenant, "kpi", 1);
    fixture.commit([run.starts(), run.fails()]).await;
    let row = fixture.store.tenant(&tenant).execution(run.id()).await.unwrap().unwrap();
    assert_eq!(row.view.code.unwrap().as_str(), "no_figures");
    assert_eq!(row.view.error.as_deref(), Some("There are no figures"));
    assert_eq!((row.view.retryable, row.view.result), (Some(false), None));
}

#[tokio::test]
async fn a_failing_unit_in_a_group_gets_its_own_error_and_takes_nobody_along() {
    let (fixture, tenant) = world().await;
    let mut runs = [1, 2, 3].map(|n| Run::new(&tenant, "kpi", n));
    let mut writes: Vec<RunWrite> = runs.iter_mut().map(Run::starts).collect();
    if let RowWrite::Insert(row) = &mut writes[1].row {
        row.tenant_workflow_id = magone_core::ids::TenantWorkflowId::from_text("twf_nowhere");
    }
    let outcomes = commit_as_one_group(&fixture, writes).await;
    assert_eq!(outcomes[0], Ok(()));
    assert!(matches!(outcomes[1], Err(StoreError::NotFound(_))), "{:?}", outcomes[1]);
    assert_eq!(outcomes[2], Ok(()));
    let scope = fixture.store.tenant(&tenant);
    assert_eq!(scope.log(runs[0].id()).await.unwrap().len(), 3);
    assert!(scope.execution(runs[1].id()).await.unwrap().is_none());
    assert_eq!(scope.log(runs[1].id()).await.unwrap(), []);
    assert_eq!(scope.log(runs[2].id()).await.unwrap().len(), 3);
}

#[tokio::test]
async fn a_group_of_every_kind_of_write_is_written_together() {
    let (fixture, tenant) = world().await;
    let mut runs: Vec<Run> = (0..150).map(|n| Run::new(&tenant, "kpi", n)).collect();
    let (new, old) = runs.split_at_mut(50);
    fixture.commit(old.iter_mut().map(Run::starts)).await;
    let mut writes: Vec<RunWrite> = new.iter_mut().map(Run::starts).collect();
    writes.extend(
        old.iter_mut().enumerate().map(|(n, run)| if n % 2 == 0 { run.goes_on() } else { run.ends() }),
    );
    let outcomes = commit_as_one_group(&fixture, writes).await;
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    for run in &runs {
        let log = fixture.store.tenant(&tenant).log(run.id()).await.unwrap();
        assert_eq!(log.last().map(|event| event.seq), Some(run.view.last_seq));
    }
}

#[tokio::test]
async fn two_writes_of_one_run_that_wait_together_are_written_in_their_order() {
    let (fixture, tenant) = world().await;
    let mut run = Run::new(&tenant, "kpi", 1);
    let writes = vec![run.starts(), run.goes_on(), run.goes_on(), run.ends()];
    let outcomes = commit_as_one_group(&fixture, writes).await;
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    assert_eq!(fixture.store.tenant(&tenant).log(run.id()).await.unwrap().len(), 8);
}

#[tokio::test]
async fn events_that_do_not_follow_are_a_conflict_and_leave_nothing() {
    let (fixture, tenant) = world().await;
    let mut run = Run::new(&tenant, "kpi", 1);
    let start = run.starts();
    let (second, third) = (run.goes_on(), run.ends());
    fixture.commit([start.clone()]).await;

    let gap = fixture.store.commit(third.clone()).await.unwrap_err();
    assert!(matches!(&gap, StoreError::Conflict(why) if why.contains("seq 6")), "{gap:?}");
    let again = fixture.store.commit(start).await.unwrap_err();
    assert!(matches!(again, StoreError::Conflict(_)), "{again:?}");
    let row = fixture.store.tenant(&tenant).execution(run.id()).await.unwrap().unwrap();
    assert_eq!(row.view.status, magone_core::execution::Status::Running);

    fixture.commit([second.clone()]).await;
    let again = fixture.store.commit(second).await.unwrap_err();
    assert!(matches!(again, StoreError::Conflict(_)), "{again:?}");
    let mut overlapping = third.clone();
    overlapping.events = Arc::from([magone_core::execution::Event { seq: 5, ..third.events[0].clone() }]);
    let overlap = fixture.store.commit(overlapping).await.unwrap_err();
    assert!(matches!(overlap, StoreError::Conflict(_)), "{overlap:?}");
    fixture.commit([third]).await;
}

#[tokio::test]
async fn seqs_with_a_hole_inside_are_refused_before_anything_is_written() {
    let (fixture, tenant) = world().await;
    let mut run = Run::new(&tenant, "kpi", 1);
    let mut write = run.starts();
    write.events = write.events.iter().filter(|event| event.seq != 2).cloned().collect();
    assert!(matches!(fixture.store.commit(write).await, Err(StoreError::Internal(_))));
}

#[tokio::test]
async fn a_run_of_another_tenant_cannot_be_updated() {
    let (fixture, tenant) = world().await;
    let other = fixture.tenant("beta").await;
    let mut run = Run::new(&tenant, "kpi", 1);
    fixture.commit([run.starts()]).await;
    let mut end = run.ends();
    end.tenant_id = other;
    assert!(matches!(fixture.store.commit(end).await, Err(StoreError::NotFound(_))));
    assert_eq!(fixture.store.tenant(&tenant).log(run.id()).await.unwrap().len(), 3);
}

#[tokio::test]
async fn the_webhook_stands_in_the_outbox_exactly_when_its_run_has_ended() {
    let (fixture, tenant) = world().await;
    let outbox = || async {
        let all: Vec<delivery::Model> =
            fixture.store.reader().all(delivery::Entity::find().into_query()).await.unwrap();
        all
    };
    let mut run = Run::new(&tenant, "kpi", 1);
    fixture.commit([run.starts(), run.goes_on()]).await;
    let mut end = run.ends();
    end.events = Arc::from([magone_core::execution::Event { seq: 9, ..end.events[0].clone() }]);
    fixture.store.commit(end.clone()).await.unwrap_err();
    assert_eq!(outbox().await, []);

    end.events = Arc::from([magone_core::execution::Event { seq: 6, ..end.events[0].clone() }]);
    fixture.commit([end]).await;
    let rows = outbox().await;
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0].status.as_str(), rows[0].attempts, rows[0].due_at), ("pending", 0, at(5).millis()));
    assert_eq!(rows[0].execution_id.as_deref(), Some(run.id().as_str()));
    assert_eq!((rows[0].event.as_str(), rows[0].endpoint_id.as_deref()), ("execution.completed", None));
    assert_eq!(rows[0].target, format!("{tenant} https://hooks.example.com"));
    assert_eq!(rows[0].payload, format!("{{\"execution_id\":\"{}\"}}", run.id()));
}

#[tokio::test]
async fn a_change_that_fails_is_rolled_back_and_says_why() {
    let (fixture, tenant) = world().await;
    let id = tenant.clone();
    let outcome: Result<(), StoreError> = fixture
        .store
        .writer()
        .change(move |transaction| {
            Box::pin(async move {
                use crate::entity::tenant::{Column, Entity};
                let mut update = sea_orm::sea_query::Query::update();
                update
                    .table(Entity)
                    .value(Column::Name, "changed")
                    .and_where(Expr::col(Column::Id).eq(id.as_str()));
                assert_eq!(row::execute(transaction, &update).await?, 1);
                Err(StoreError::Conflict("no".to_owned()))
            })
        })
        .await;
    assert_eq!(outcome, Err(StoreError::Conflict("no".to_owned())));
    let tenant = fixture.store.configuration().tenant(&tenant).await.unwrap().unwrap();
    assert_eq!(tenant.name, "ALPHA");
}

#[tokio::test]
async fn a_full_disk_is_unavailable_and_passes() {
    let (fixture, tenant) = world().await;
    if !fixture.is_sqlite() {
        return;
    }
    // The limit is the connection's own: the next connection is without it.
    let limited: Result<(), StoreError> = fixture
        .store
        .writer()
        .change(|transaction| {
            Box::pin(async {
                transaction.execute_unprepared("PRAGMA max_page_count = 1").await.unwrap();
                Ok(())
            })
        })
        .await;
    limited.unwrap();
    let mut run = Run::new(&tenant, "kpi", 1);
    let mut write = run.starts();
    if let RowWrite::Insert(row) = &mut write.row {
        row.input = Arc::new(serde_json::Value::String("x".repeat(100_000)));
    }
    let full = fixture.store.commit(write.clone()).await.unwrap_err();
    assert!(matches!(full, StoreError::Unavailable(_)), "{full:?}");
    fixture.commit([write]).await;
    assert_eq!(fixture.store.tenant(&tenant).log(run.id()).await.unwrap().len(), 3);
}

#[tokio::test]
async fn while_another_process_writes_too_long_commits_are_unavailable_and_then_go_on() {
    let (fixture, tenant) = world().await;
    if !fixture.is_sqlite() {
        return;
    }
    let mut runs = [1, 2].map(|n| Run::new(&tenant, "kpi", n));
    fixture.commit([runs[1].starts()]).await;
    let script = fixture.script().await;
    let other = script.begin_with_options(Dialect::Sqlite.write_transaction()).await.unwrap();
    for write in [runs[0].starts(), runs[1].goes_on()] {
        let busy = fixture.store.commit(write.clone()).await.unwrap_err();
        assert!(matches!(busy, StoreError::Unavailable(_)), "{busy:?}");
    }
    assert!(matches!(fixture.store.ping().await, Err(StoreError::Unavailable(_))));
    other.rollback().await.unwrap();
    fixture.store.ping().await.unwrap();
    let mut again = Run::new(&tenant, "kpi", 3);
    fixture.commit([again.starts()]).await;
}

#[tokio::test]
async fn closing_writes_what_waits_and_refuses_what_comes_later() {
    let (fixture, tenant) = world().await;
    let mut runs = [1, 2].map(|n| Run::new(&tenant, "kpi", n));
    let store = fixture.store.clone();
    let write = runs[0].starts();
    let waiting = tokio::spawn(async move { store.commit(write).await });
    tokio::task::yield_now().await;
    fixture.store.close().await;
    waiting.await.unwrap().unwrap();
    let refused = fixture.store.commit(runs[1].starts()).await;
    assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
    let second = fixture.second().await;
    assert_eq!(second.tenant(&tenant).log(&execution_id(1)).await.unwrap().len(), 3);
}

#[tokio::test]
async fn a_group_is_written_along_the_primary_keys() {
    let (fixture, _) = world().await;
    if !fixture.is_sqlite() {
        return;
    }
    for (kind, columns, table) in
        [(Kind::AppendEvents, 4, "execution_events"), (Kind::UpdateRun, 12, "workflow_executions")]
    {
        for rows in [1, 64] {
            let row: Row = vec![sea_orm::Value::Int(None); columns];
            let statement = Texts::new(Dialect::Sqlite).fill(kind, &vec![&row; rows]).unwrap();
            let plan = fixture.plan(statement).await;
            let of_table: Vec<_> = plan.iter().filter(|step| step.contains(table)).collect();
            assert!(!of_table.is_empty(), "{plan:?}");
            assert!(
                of_table.iter().all(|step| step.starts_with("SEARCH") && step.contains("id=?")),
                "{plan:?}"
            );
        }
    }
}

#[tokio::test]
async fn endpoints_are_told_along_their_tenants_index() {
    let (fixture, _) = world().await;
    if !fixture.is_sqlite() {
        return;
    }
    for rows in [1, 64] {
        let row: Row = vec![sea_orm::Value::Int(None); 7];
        let statement = Texts::new(Dialect::Sqlite).fill(Kind::TellEndpoints, &vec![&row; rows]).unwrap();
        let plan = fixture.plan(statement).await;
        let of_endpoints: Vec<_> = plan.iter().filter(|step| step.contains("webhook_endpoints")).collect();
        assert!(!of_endpoints.is_empty(), "{plan:?}");
        assert!(of_endpoints.iter().all(|step| step.contains("idx_endpoints_tenant")), "{plan:?}");
        assert!(of_endpoints.iter().all(|step| step.starts_with("SEARCH")), "{plan:?}");
    }
}
