//! The list under pushed news.

use magone_core::execution::{Progress, RunState, Status};
use magone_core::time::Timestamp;

use super::*;
use crate::wire::ExecutionFilter;

fn row(id: &str, state: RunState) -> ExecutionRow {
    ExecutionRow {
        id: ExecutionId::from_text(id),
        tenant_slug: "acme".into(),
        tenant_name: "Acme".into(),
        workflow_slug: "kpi".into(),
        workflow_version: 1,
        status: state.status(),
        state,
        code: None,
        progress: Progress::default(),
        created_at: Timestamp::from_millis(0),
        started_at: None,
        completed_at: None,
    }
}

fn page(rows: &[ExecutionRow]) -> ExecutionPage {
    ExecutionPage { rows: rows.to_vec(), next_cursor: None, example: None }
}

fn shown(list: ExecutionList) -> Vec<(String, RunState)> {
    list.rows().iter().map(|live| (live.id.to_string(), live.row.get().state)).collect()
}

/// Runs with a list of what `query` asks for.
fn with_list(query: ExecutionQuery, test: impl FnOnce(ExecutionList)) {
    let owner = Owner::new();
    owner.with(|| test(ExecutionList::new(Memo::new(move |_| query.clone()))));
    owner.cleanup();
}

#[test]
fn new_runs_come_in_at_the_top_unless_somebody_reads() {
    with_list(ExecutionQuery::default(), |list| {
        list.load(&page(&[row("b", RunState::Running)]));
        list.learn(vec![row("c", RunState::Queued)], false);
        assert_eq!(shown(list), [("c".to_owned(), RunState::Queued), ("b".to_owned(), RunState::Running)]);

        list.learn(vec![row("d", RunState::Queued), row("d", RunState::Running)], true);
        list.learn(vec![row("b", RunState::Completed)], true);
        assert_eq!((shown(list).len(), list.waiting()), (2, 1));
        assert_eq!(shown(list)[1].1, RunState::Completed, "rows change in place all the while");

        list.show_waiting();
        assert_eq!((shown(list)[0].clone(), list.waiting()), (("d".to_owned(), RunState::Running), 0));
    });
}

#[test]
fn a_page_that_was_slower_than_the_news_does_not_undo_it() {
    with_list(ExecutionQuery::default(), |list| {
        let slow = page(&[row("a", RunState::Running)]);
        list.load(&slow);
        list.learn(vec![row("a", RunState::Failed)], false);
        list.load(&slow);
        assert_eq!(shown(list), [("a".to_owned(), RunState::Failed)]);
    });
}

#[test]
fn only_what_the_filter_asks_for_comes_in_and_only_on_the_first_page() {
    let filter = ExecutionFilter { statuses: vec![Status::Failed], text: Some("KPI".into()) };
    with_list(ExecutionQuery::first(filter), |list| {
        list.learn(vec![row("a", RunState::Running), row("b", RunState::TimedOut)], false);
        assert_eq!(shown(list), [("b".to_owned(), RunState::TimedOut)]);
    });
    let older = ExecutionQuery { cursor: Some("x".into()), ..ExecutionQuery::default() };
    with_list(older, |list| {
        list.learn(vec![row("a", RunState::Running)], false);
        assert!(list.is_empty());
    });
}

#[test]
fn the_list_stays_bounded() {
    with_list(ExecutionQuery::default(), |list| {
        for i in 0..MAX_ROWS + 50 {
            list.learn(vec![row(&format!("{i:04}"), RunState::Queued)], false);
        }
        assert_eq!(shown(list).len(), MAX_ROWS);
        assert_eq!(shown(list)[0].0, format!("{:04}", MAX_ROWS + 49));
    });
}
