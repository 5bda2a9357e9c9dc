use std::collections::BTreeSet;
use std::sync::Arc;

use magone_core::agent::Agent;
use magone_core::execution::Pins;
use magone_core::ports::{RowWrite, RunStore, StoreError};
use magone_core::workflow::Definition;
use sea_orm::DbBackend;
use serde_json::json;

use crate::fixture::{Fixture, Run, at, definition, execution_id};

#[tokio::test]
async fn unfinished_runs_come_page_by_page_with_their_logs() {
    let fixture = Fixture::new().await;
    let (alpha, beta) = (fixture.tenant("alpha").await, fixture.tenant("beta").await);
    for tenant in [&alpha, &beta] {
        fixture.workflow(tenant, "kpi").await;
    }
    let mut expected = BTreeSet::new();
    for n in 0..9 {
        let mut run = Run::new(if n % 2 == 0 { &alpha } else { &beta }, "kpi", n);
        fixture.commit([run.starts()]).await;
        match n % 3 {
            0 => fixture.commit([run.ends()]).await,
            1 => fixture.commit([run.goes_on()]).await,
            _ => {}
        }
        if n % 3 != 0 {
            expected.insert((run.id().clone(), run.view.last_seq));
        }
    }
    // A row of another system: no versions, no log.
    fixture
        .sql("INSERT INTO workflow_executions (id, tenant_id, status) VALUES ('old', 'ten_alpha', 'running')")
        .await;

    let mut found = BTreeSet::new();
    let mut after = None;
    loop {
        let page = fixture.store.unfinished(after, 4).await.unwrap();
        let Some(last) = page.last() else { break };
        assert!(page.is_sorted_by_key(|run| run.execution_id.clone()));
        after = Some(last.execution_id.clone());
        for run in page {
            assert_eq!(run.pins, Run::new(&alpha, "kpi", 0).pins());
            assert_eq!((run.interpreter_version, run.webhook_url.is_some()), (1, true));
            let seqs: Vec<u64> = run.log.iter().map(|event| event.seq).collect();
            assert!(seqs.iter().copied().eq((1..).take(seqs.len())), "{seqs:?}");
            found.insert((run.execution_id, *seqs.last().unwrap()));
        }
    }
    assert_eq!(found, expected);
}

#[tokio::test]
async fn one_run_is_found_by_its_id_and_temporals_are_not_the_embedded_engines() {
    let fixture = Fixture::new().await;
    let alpha = fixture.tenant("alpha").await;
    fixture.workflow(&alpha, "kpi").await;
    let (mut ours, mut theirs) = (Run::new(&alpha, "kpi", 1), Run::new(&alpha, "kpi", 2));
    let mut begins = theirs.starts();
    if let RowWrite::Insert(row) = &mut begins.row {
        row.temporal_workflow_id = Some("tenant-alpha-exec_2".to_owned());
    }
    fixture.commit([ours.starts(), begins, theirs.goes_on()]).await;
    let found = fixture.store.stored(theirs.id()).await.unwrap().unwrap();
    assert_eq!(found.temporal_workflow_id.as_deref(), Some("tenant-alpha-exec_2"));
    assert_eq!(found.log.last().map(|event| event.seq), Some(theirs.view.last_seq));
    assert!(fixture.store.stored(&execution_id(9)).await.unwrap().is_none());
    let unfinished = fixture.store.unfinished(None, 9).await.unwrap();
    assert_eq!(unfinished.iter().map(|run| &run.execution_id).collect::<Vec<_>>(), [ours.id()]);
}

#[tokio::test]
async fn a_program_has_exactly_the_versions_of_its_pins_and_is_kept() {
    let fixture = Fixture::new().await;
    let configuration = fixture.store.configuration();
    let ask = |tokens: u32| -> Agent {
        serde_json::from_value(json!({"id": "analyst", "model": "scripted/demo", "max_tokens": tokens}))
            .unwrap()
    };
    let flow: Definition = serde_json::from_value(json!({
        "id": "flow", "entry_step": "ask", "steps": [{"id": "ask", "type": "agent", "agent": "analyst"}],
    }))
    .unwrap();
    assert_eq!(configuration.save(&flow, None, at(0)).await.unwrap(), 1);
    assert_eq!(configuration.save(&ask(100), None, at(0)).await.unwrap(), 1);
    assert_eq!(configuration.save(&ask(200), None, at(1)).await.unwrap(), 2);

    let pins = |agent| Pins {
        definition: "flow".to_owned(),
        version: 1,
        agents: vec![("analyst".to_owned(), agent)],
        ..Pins::default()
    };
    let old = fixture.store.program(&pins(1)).await.unwrap();
    let new = fixture.store.program(&pins(2)).await.unwrap();
    assert_eq!(old.agent("analyst").unwrap().max_tokens, Some(100));
    assert_eq!(new.agent("analyst").unwrap().max_tokens, Some(200));
    assert_eq!(old.definition(), &flow);
    let again = fixture.store.program(&Pins { scripted: true, ..pins(1) }).await.unwrap();
    assert!(Arc::ptr_eq(&old, &again));
}

#[tokio::test]
async fn a_program_that_cannot_be_made_says_which_version_it_is() {
    let fixture = Fixture::new().await;
    let configuration = fixture.store.configuration();
    configuration.save(&definition("kpi", 1), None, at(0)).await.unwrap();
    let pins = |definition: &str, version, agents| Pins {
        definition: definition.to_owned(),
        version,
        agents,
        ..Pins::default()
    };
    for (pins, sentence) in [
        (pins("kpi", 2, vec![]), "definition kpi version 2"),
        (pins("kpi", u32::MAX, vec![]), "definition kpi version 4294967295"),
        (pins("kpi", 1, vec![("analyst".to_owned(), 3)]), "agent analyst version 3"),
    ] {
        let missing = fixture.store.program(&pins).await.unwrap_err();
        assert_eq!(missing, StoreError::NotFound(sentence.to_owned()));
    }
    fixture
        .sql("INSERT INTO workflow_definition_versions (definition_id, version, definition, created_at) VALUES \
              ('kpi', 9, '{\"id\":\"kpi\",\"entry_step\":\"nowhere\",\"steps\":[]}', 0)")
        .await;
    let invalid = fixture.store.program(&pins("kpi", 9, vec![])).await.unwrap_err();
    assert!(matches!(&invalid, StoreError::Internal(why) if why.contains("kpi version 9")), "{invalid:?}");
}

#[tokio::test]
async fn unfinished_runs_are_found_without_passing_the_finished_ones() {
    let fixture = Fixture::new().await;
    if !fixture.is_sqlite() {
        return;
    }
    let query = super::unfinished_query(Some(&execution_id(1)), 10);
    let plan = fixture.plan(DbBackend::Sqlite.build(&query)).await;
    assert_eq!(plan, ["SEARCH workflow_executions USING INDEX idx_executions_unfinished (id>?)"]);
}
