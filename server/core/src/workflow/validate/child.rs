//! What can be wrong with running another definition.

use std::collections::BTreeSet;

/// How many runs a run can be inside of.
pub const MAX_CHILD_DEPTH: u32 = 8;

/// Definitions that one may reach through its children.
const MAX_REACHED: usize = 100;

/// Whether the definition `own` may run `named`. `children` says what a definition runs; `None` where
/// there is none of that id.
pub(super) fn check(
    own: &str,
    named: &str,
    children: &dyn Fn(&str) -> Option<BTreeSet<String>>,
) -> Result<(), String> {
    if named == own {
        return Err(runs_itself(own));
    }
    let mut level = children(named).ok_or_else(|| format!("there is no workflow `{named}`"))?;
    let mut reached = BTreeSet::from([named.to_owned()]);
    // Level by level: the deepest place at which a definition stands is the one that counts.
    for _ in 1..MAX_CHILD_DEPTH {
        if level.contains(own) {
            return Err(format!("workflow `{named}` leads back here: {}", runs_itself(own)));
        }
        reached.extend(level.iter().cloned());
        if reached.len() > MAX_REACHED {
            return Err(format!("workflow `{named}` leads to more than {MAX_REACHED} others"));
        }
        level = level.iter().filter_map(|id| children(id)).flatten().collect();
        if level.is_empty() {
            return Ok(());
        }
    }
    Err(format!("workflow `{named}` leads more than {MAX_CHILD_DEPTH} workflows deep"))
}

fn runs_itself(own: &str) -> String {
    format!("`{own}` cannot run itself; use a `loop` or a `map` to do something again")
}
