//! Where a step stands in the tree of a run: `fetch`, `fetch/sales`, and `each#3/score` inside a
//! step that is gone through many times: a `map` or a `loop`.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// The path of one step of one run. Segments are step ids, separated by `/`. Behind the id of a step
/// that is gone through many times stands `#` and the number of the pass, from 0.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "rules", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct StepPath(Arc<str>);

impl StepPath {
    /// A step of the outermost sequence.
    #[must_use]
    pub fn root(step: &str) -> Self {
        Self(Arc::from(step))
    }

    /// A step inside this one.
    #[must_use]
    pub fn child(&self, step: &str) -> Self {
        Self(format!("{}/{step}", self.0).into())
    }

    /// Another step of the same sequence.
    #[must_use]
    pub fn sibling(&self, step: &str) -> Self {
        match self.0.rsplit_once('/') {
            Some((parent, _)) => Self(format!("{parent}/{step}").into()),
            None => Self::root(step),
        }
    }

    /// A step inside one pass through this one.
    #[must_use]
    pub fn child_in(&self, pass: u32, step: &str) -> Self {
        Self(format!("{}#{pass}/{step}", self.0).into())
    }

    /// The step that this one is inside of.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        let (around, _) = self.0.rsplit_once('/')?;
        Some(Self(Arc::from(split_pass(around).0)))
    }

    /// The pass through the step around it that this one belongs to, where that is gone through
    /// many times.
    #[must_use]
    pub fn pass(&self) -> Option<u32> {
        split_pass(self.0.rsplit_once('/')?.0).1
    }

    /// The steps around this one, outermost first, each with the pass that this one belongs to.
    pub fn around(&self) -> impl Iterator<Item = (Self, Option<u32>)> + '_ {
        self.0.match_indices('/').filter_map(|(at, _)| {
            let (path, pass) = split_pass(self.0.get(..at)?);
            Some((Self(Arc::from(path)), pass))
        })
    }

    /// The step's own id.
    #[must_use]
    pub fn step_id(&self) -> &str {
        self.0.rsplit_once('/').map_or(&*self.0, |(_, id)| id)
    }

    /// Whether this step is inside `ancestor`, at any depth.
    #[must_use]
    pub fn is_inside(&self, ancestor: &Self) -> bool {
        self.0.strip_prefix(&*ancestor.0).is_some_and(|rest| rest.starts_with(['/', '#']))
    }

    /// How many steps enclose this one.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.0.matches('/').count()
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The path of a step, and the pass through it that stands behind it.
fn split_pass(around: &str) -> (&str, Option<u32>) {
    let last = around.rfind('/').map_or(0, |at| at + 1);
    let pass = around.get(last..).and_then(|id| id.split_once('#'));
    match pass.and_then(|(id, pass)| Some((id, pass.parse().ok()?))) {
        Some((id, pass)) => (around.get(..last + id.len()).unwrap_or(around), Some(pass)),
        None => (around, None),
    }
}

impl fmt::Display for StepPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relations() {
        let fetch = StepPath::root("fetch");
        let sales = fetch.child("sales");
        assert_eq!(sales.as_str(), "fetch/sales");
        assert_eq!(sales.parent(), Some(fetch.clone()));
        assert_eq!(sales.sibling("clean").as_str(), "fetch/clean");
        assert_eq!(fetch.sibling("analyze").as_str(), "analyze");
        assert_eq!(sales.step_id(), "sales");
        assert!(sales.is_inside(&fetch));
        assert!(!StepPath::root("fetchers").is_inside(&fetch));
        assert_eq!((fetch.depth(), sales.depth()), (0, 1));
    }

    #[test]
    fn passes() {
        let each = StepPath::root("all").child("each");
        let score = each.child_in(12, "score");
        assert_eq!(score.as_str(), "all/each#12/score");
        assert_eq!((score.parent(), score.pass()), (Some(each.clone()), Some(12)));
        assert_eq!(score.sibling("rank").as_str(), "all/each#12/rank");
        assert_eq!((score.step_id(), score.depth()), ("score", 2));
        assert!(score.is_inside(&each));
        let around: Vec<_> = score.around().collect();
        assert_eq!(around, [(StepPath::root("all"), None), (each.clone(), Some(12))]);
        assert_eq!((each.pass(), StepPath::root("all").pass()), (None, None));
    }
}
