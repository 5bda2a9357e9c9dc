//! Which steps have certainly ended when another one begins.

use std::collections::{BTreeMap, BTreeSet};

use super::Definition;

/// For each step, the steps that have certainly ended when it begins.
pub fn certain_before(definition: &Definition) -> BTreeMap<String, BTreeSet<String>> {
    definition
        .steps
        .iter()
        .map(|s| (s.id.clone(), BTreeSet::new()))
        .collect()
}
