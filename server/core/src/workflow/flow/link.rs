//! The steps that a `map` or a `loop` lists follow one another. Here that is written out, so that
//! everything behind it knows `next` alone.

use std::collections::BTreeMap;

use super::edge::place;
use crate::workflow::{Definition, Step, StepKind};

/// Where a written-out `next` stands in the document, by its own pointer.
pub(in crate::workflow) type Origins = BTreeMap<String, String>;

/// Gives each listed step without a way on the listed step behind it.
pub(in crate::workflow) fn link(definition: &mut Definition) -> Origins {
    let index: BTreeMap<String, usize> = {
        let steps = definition.steps.iter().enumerate().rev();
        steps.map(|(at, step)| (step.id.clone(), at)).collect()
    };
    let mut ways = Vec::new();
    for (at, step) in definition.steps.iter().enumerate() {
        let listed = passes(step).unwrap_or_default();
        for (n, (from, to)) in listed.iter().zip(listed.iter().skip(1)).enumerate() {
            // What does not exist is reported where it is listed.
            if let (Some(from), true) = (index.get(from), index.contains_key(to)) {
                ways.push((*from, to.clone(), list_place(at, n + 1)));
            }
        }
    }
    let mut origins = Origins::new();
    for (from, to, listed) in ways {
        let Some(step) = definition.steps.get_mut(from) else { continue };
        let (member, way) = match &mut step.kind {
            StepKind::Fail { .. } => continue,
            StepKind::Branch { default, .. } => ("default", default),
            _ => ("next", &mut step.next),
        };
        if way.is_none() {
            *way = Some(to);
            origins.insert(format!("{}/{member}", place(from)), listed);
        }
    }
    origins
}

/// The steps that are listed by one that goes through them many times.
pub(super) fn passes(step: &Step) -> Option<&[String]> {
    match &step.kind {
        StepKind::Map { steps, .. } | StepKind::Loop { steps, .. } => Some(steps),
        _ => None,
    }
}

/// The pointer of the listed step number `n`.
pub(super) fn list_place(at: usize, n: usize) -> String {
    format!("{}/steps/{n}", place(at))
}
