//! The rows of the list, and what pushed news does to them. Rows change in place. New runs come in at
//! the top while nobody is reading the table, and wait behind a button while somebody is: what is
//! being read never moves.

use leptos::prelude::*;
use magone_core::ids::ExecutionId;

use crate::wire::{ExecutionPage, ExecutionQuery, ExecutionRow};

/// Most rows that are kept; older ones make room for new ones.
const MAX_ROWS: usize = 200;

/// One row, which changes without the others noticing.
#[derive(Clone, Debug)]
pub struct LiveRow {
    /// The run.
    pub id: ExecutionId,
    /// What is known of it.
    pub row: ArcRwSignal<ExecutionRow>,
}

impl LiveRow {
    fn new(row: ExecutionRow) -> Self {
        Self { id: row.id.clone(), row: ArcRwSignal::new(row) }
    }

    fn learn(&self, news: &ExecutionRow) {
        if self.row.with_untracked(|known| news.supersedes(known) && news != known) {
            self.row.set(news.clone());
        }
    }
}

/// The list.
#[derive(Clone, Copy, Debug)]
pub struct ExecutionList {
    query: Memo<ExecutionQuery>,
    rows: RwSignal<Vec<LiveRow>>,
    waiting: RwSignal<Vec<ExecutionRow>>,
}

impl ExecutionList {
    /// An empty list of what `query` asks for.
    #[must_use]
    pub fn new(query: Memo<ExecutionQuery>) -> Self {
        Self { query, rows: RwSignal::new(Vec::new()), waiting: RwSignal::new(Vec::new()) }
    }

    /// The rows, newest first.
    #[must_use]
    pub fn rows(self) -> Vec<LiveRow> {
        self.rows.get()
    }

    /// Whether there is nothing to show.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.rows.with(Vec::is_empty)
    }

    /// How many new runs wait to be shown.
    #[must_use]
    pub fn waiting(self) -> u64 {
        self.waiting.with(|waiting| u64::try_from(waiting.len()).unwrap_or(u64::MAX))
    }

    /// Replaces the list by a page. What was pushed while the page was on its way is kept.
    pub fn load(self, page: &ExecutionPage) {
        let known = self.rows.get_untracked();
        let rows = page.rows.iter().map(|row| {
            let fresh = LiveRow::new(row.clone());
            if let Some(known) = known.iter().find(|known| known.id == row.id) {
                known.row.with_untracked(|known| fresh.learn(known));
            }
            fresh
        });
        self.rows.set(rows.collect());
        self.waiting.set(Vec::new());
    }

    /// Whether the page that the list belongs to is closed: an answer may arrive after that.
    #[must_use]
    pub fn is_gone(self) -> bool {
        self.rows.is_disposed()
    }

    /// Takes in news of runs, known or not. `reading` says whether somebody reads the table now.
    pub fn learn(self, news: Vec<ExecutionRow>, reading: bool) {
        let query = self.query.get_untracked();
        let mut fresh = Vec::new();
        for row in news {
            let known =
                self.rows.with_untracked(|rows| rows.iter().find(|known| known.id == row.id).cloned());
            match known {
                Some(known) => known.learn(&row),
                // Older pages stand still: new runs belong to the first.
                None if query.cursor.is_none() => fresh.push(row),
                None => {}
            }
        }
        if fresh.is_empty() {
            return;
        }
        let mut waiting = self.waiting.get_untracked();
        for row in fresh {
            let known = waiting.iter_mut().find(|known| known.id == row.id);
            match known {
                Some(known) if row.supersedes(known) => *known = row,
                Some(_) => {}
                None if query.filter.matches(&row) => waiting.push(row),
                None => {}
            }
        }
        self.waiting.set(waiting);
        if !reading {
            self.show_waiting();
        }
    }

    /// Shows the new runs.
    pub fn show_waiting(self) {
        let waiting = std::mem::take(&mut *self.waiting.write());
        if waiting.is_empty() {
            return;
        }
        self.rows.update(|rows| {
            rows.extend(waiting.into_iter().map(LiveRow::new));
            // Ids sort by the time at which they were made.
            rows.sort_by(|a, b| b.id.cmp(&a.id));
            rows.truncate(MAX_ROWS);
        });
    }
}

#[cfg(test)]
#[path = "list_test.rs"]
mod tests;
