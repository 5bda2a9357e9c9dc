//! What the list of runs is asked for, and how that is written in the address bar: the address is
//! the state, so back, reload and a shared link all show the same list.

use std::fmt::Write as _;

use leptos_router::params::ParamsMap;
use magone_core::execution::Status;
use serde::{Deserialize, Serialize};

use crate::wire::ExecutionRow;

/// Longest text that is searched for, in characters.
const MAX_TEXT: usize = 100;

/// Which runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExecutionFilter {
    /// Any of these; empty: all. In the order of a run's life, each once.
    pub statuses: Vec<Status>,
    /// Part of the run's id, the workflow's slug, or the tenant's slug or name; case does not matter.
    pub text: Option<String>,
}

impl ExecutionFilter {
    /// Whether anything is left out.
    #[must_use]
    pub fn is_active(&self) -> bool {
        !self.statuses.is_empty() || self.text.is_some()
    }

    /// With this status in, when it was out, and the other way round.
    #[must_use]
    pub fn toggled(&self, status: Status) -> Self {
        let statuses = Status::ALL
            .into_iter()
            .filter(|candidate| self.statuses.contains(candidate) != (*candidate == status))
            .collect();
        Self { statuses, text: self.text.clone() }
    }

    /// Whether a row that was pushed belongs into the list.
    #[must_use]
    pub fn matches(&self, row: &ExecutionRow) -> bool {
        let wanted = self.statuses.is_empty() || self.statuses.contains(&row.status);
        wanted
            && self.text.as_ref().is_none_or(|text| {
                let text = text.to_lowercase();
                [row.id.as_str(), &row.workflow_slug, &row.tenant_slug, &row.tenant_name]
                    .iter()
                    .any(|field| field.to_lowercase().contains(&text))
            })
    }
}

/// Which page of which runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExecutionQuery {
    /// Which runs.
    pub filter: ExecutionFilter,
    /// Where the page begins; absent: with the newest run.
    pub cursor: Option<String>,
}

impl ExecutionQuery {
    /// Reads it from the address. What makes no sense there is passed over.
    #[must_use]
    pub fn from_params(params: &ParamsMap) -> Self {
        let wanted = params.get_str("status").unwrap_or_default();
        let statuses = Status::ALL
            .into_iter()
            .filter(|status| wanted.split(',').any(|word| word == status.as_str()))
            .collect();
        let text = params.get_str("q").map(str::trim).filter(|text| !text.is_empty());
        Self {
            filter: ExecutionFilter {
                statuses,
                text: text.map(|text| text.chars().take(MAX_TEXT).collect()),
            },
            cursor: params.get("cursor").filter(|cursor| !cursor.is_empty()),
        }
    }

    /// The first page of these runs.
    #[must_use]
    pub fn first(filter: ExecutionFilter) -> Self {
        Self { filter, cursor: None }
    }

    /// The address.
    #[must_use]
    pub fn href(&self) -> String {
        let mut href = "/executions".to_owned();
        let mut add = |name: &str, value: &str| {
            let mark = if href.contains('?') { '&' } else { '?' };
            // Writing to a string does not fail.
            let _ = write!(href, "{mark}{name}={}", escaped(value));
        };
        if !self.filter.statuses.is_empty() {
            add("status", &self.status_words());
        }
        if let Some(text) = &self.filter.text {
            add("q", text);
        }
        if let Some(cursor) = &self.cursor {
            add("cursor", cursor);
        }
        href
    }

    /// The statuses as they stand in the address.
    #[must_use]
    pub fn status_words(&self) -> String {
        let words: Vec<&str> = self.filter.statuses.iter().map(|status| status.as_str()).collect();
        words.join(",")
    }
}

/// Percent-encodes all but what RFC 3986 calls unreserved, and the comma.
#[must_use]
pub fn escaped(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~,".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(pairs: &[(&'static str, &str)]) -> ParamsMap {
        pairs.iter().fold(ParamsMap::new(), |mut map, (name, value)| {
            map.insert(*name, (*value).to_owned());
            map
        })
    }

    #[test]
    fn the_address_says_everything_and_nonsense_is_passed_over() {
        let query = ExecutionQuery::from_params(&params(&[
            ("status", "failed,nonsense,running,failed"),
            ("q", "  Größe & co "),
            ("cursor", "exec_01=="),
        ]));
        assert_eq!(query.filter.statuses, [Status::Running, Status::Failed]);
        assert_eq!(
            query.href(),
            "/executions?status=running,failed&q=Gr%C3%B6%C3%9Fe%20%26%20co&cursor=exec_01%3D%3D"
        );
        assert_eq!(
            ExecutionQuery::from_params(&params(&[("q", " "), ("cursor", "")])),
            ExecutionQuery::default()
        );
        assert_eq!(ExecutionQuery::default().href(), "/executions");
    }

    #[test]
    fn a_chip_switches_its_status_alone() {
        let filter = ExecutionFilter::default().toggled(Status::Failed).toggled(Status::Running);
        assert_eq!(filter.statuses, [Status::Running, Status::Failed]);
        assert_eq!(filter.toggled(Status::Failed).statuses, [Status::Running]);
    }
}
