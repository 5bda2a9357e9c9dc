//! How much work it is to judge a value. The library looks at a value once for each way that leads
//! through a schema to it: where parts name the same parts twice, each level doubles the looks, and a
//! few lines of schema take longer than anybody waits. Here the looks are counted, which is cheap,
//! since ways that meet are counted together. A pattern may need, for each byte of a text, as many
//! steps as it has states: that counts as looks as well.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde_json::Value;

use super::parts::{self, Part};
use crate::json;

/// Looks at one value that a schema may need, what is inside of the value not counted.
pub const MAX_LOOKS_AT_ONE: u64 = 10_000;

/// Looks at a value and everything inside of it.
pub const MAX_LOOKS: u64 = 10_000_000;

/// Bytes of a pattern's automaton that make up for a look, for each byte of a text: a state takes about
/// 100 bytes, and ten steps of the automaton as long as a look.
const PATTERN_BYTES: u64 = 1_000;

/// How often each part looks at one value.
type Looks = BTreeMap<usize, u64>;

/// The parts of a schema, each before those that look at the same value on its behalf.
#[derive(Debug)]
pub(super) struct Effort {
    parts: Vec<Part>,
    whole: usize,
    /// Looks at one value at most, where every part looks once.
    once: u64,
    /// No part is named twice, and none has a pattern.
    is_simple: bool,
}

impl Effort {
    /// Reads a schema; `size` tells the size of a pattern's automaton in bytes.
    ///
    /// # Errors
    /// A sentence about what would never end, or take too long for any value.
    pub(super) fn of(schema: &Value, size: &dyn Fn(&str) -> u64) -> Result<Self, String> {
        let parts = parts::of(schema, size)?;
        let turns = turns(&parts)
            .ok_or("a `$ref` leads back to where it is, and nothing of the value is looked at on the way")?;
        let mut parts: Vec<(usize, Part)> =
            parts.into_iter().enumerate().filter_map(|(old, part)| Some((*turns.get(old)?, part))).collect();
        parts.sort_unstable_by_key(|(turn, _)| *turn);
        let parts: Vec<Part> = parts.into_iter().map(|(_, part)| part.renumbered(&turns)).collect();
        if most_at_one(&parts) > MAX_LOOKS_AT_ONE {
            return Err(format!(
                "its references multiply: it would look at one value more than {MAX_LOOKS_AT_ONE} times"
            ));
        }
        let whole = turns.first().copied().unwrap_or_default();
        let mut named = BTreeSet::from([whole]);
        let is_tree = parts.iter().flat_map(Part::all).all(|part| named.insert(*part));
        let is_simple = is_tree && parts.iter().all(|part| part.pattern == 0 && part.name_patterns == 0);
        let once = parts.iter().map(|part| part.width().saturating_add(1)).sum();
        Ok(Self { parts, whole, once, is_simple })
    }

    /// Whether a value can be judged in the time that there is.
    pub(super) fn allows(&self, value: &Value) -> bool {
        let values = u64::try_from(json::count(value)).unwrap_or(u64::MAX);
        // In a tree every part looks at every value, and at a member's name, once at most.
        let is_little = self.is_simple && self.once.saturating_mul(values) <= MAX_LOOKS / 2;
        is_little || self.count(value, Looks::from([(self.whole, 1)]), MAX_LOOKS).is_some()
    }

    /// What is left of `left` looks after all at `value`; `None` where they do not suffice. Recurses
    /// as deep as the value: those who call for a judgement bound that.
    fn count(&self, value: &Value, arriving: Looks, mut left: u64) -> Option<u64> {
        let here = self.spread(arriving);
        for (part, looks) in self.named_in(&here) {
            let more = match value {
                Value::String(text) => compared(text, part.pattern),
                // The library looks for each member that the part knows.
                Value::Object(_) => part.width(),
                _ => 0,
            };
            left = left.checked_sub(looks.saturating_mul(more.saturating_add(1)))?;
        }
        match value {
            Value::Array(items) => {
                let known = |at: &str| at.parse::<usize>().is_ok_and(|at| at < items.len());
                let inside = self.inside(&here, |part| &part.items, known);
                for (at, item) in items.iter().enumerate() {
                    left = self.count_inside(&inside, || at.to_string(), item, left)?;
                }
            }
            Value::Object(members) => {
                let inside = self.inside(&here, |part| &part.members, |name| members.contains_key(name));
                for (name, member) in members {
                    left = self.count_name(&here, name, left)?;
                    left = self.count_inside(&inside, || name.clone(), member, left)?;
                }
            }
            _ => {}
        }
        Some(left)
    }

    fn named_in(&self, looks: &Looks) -> impl Iterator<Item = (&Part, u64)> {
        looks.iter().filter_map(|(part, looks)| Some((self.parts.get(*part)?, *looks)))
    }

    /// The looks that arrive inside a value: everywhere, and at some of the places that it has.
    fn inside(
        &self,
        here: &Looks,
        everywhere: impl Fn(&Part) -> &Vec<usize>,
        has: impl Fn(&str) -> bool,
    ) -> (Looks, BTreeMap<&str, Looks>) {
        let mut inside = (Looks::new(), BTreeMap::new());
        for (part, looks) in self.named_in(here) {
            add(&mut inside.0, everywhere(part), looks);
            for (name, others) in part.named.iter().filter(|(name, _)| has(name)) {
                add(inside.1.entry(name.as_str()).or_default(), others, looks);
            }
        }
        inside
    }

    /// As [`Self::count`], of one place inside a value.
    fn count_inside(
        &self,
        (everywhere, named): &(Looks, BTreeMap<&str, Looks>),
        name: impl Fn() -> String,
        value: &Value,
        left: u64,
    ) -> Option<u64> {
        let mut arriving = everywhere.clone();
        if !named.is_empty() {
            for (part, looks) in named.get(name().as_str()).into_iter().flatten() {
                add(&mut arriving, &[*part], *looks);
            }
        }
        if arriving.is_empty() { Some(left) } else { self.count(value, arriving, left) }
    }

    /// The same of a member's name.
    fn count_name(&self, here: &Looks, name: &str, mut left: u64) -> Option<u64> {
        let mut arriving = Looks::new();
        for (part, looks) in self.named_in(here) {
            left = left.checked_sub(looks.saturating_mul(compared(name, part.name_patterns)))?;
            add(&mut arriving, &part.names, looks);
        }
        if arriving.is_empty() { Some(left) } else { self.count(&Value::from(name), arriving, left) }
    }

    /// All looks at one value, where those arrive: each part hands on to those behind it.
    fn spread(&self, mut arriving: Looks) -> Looks {
        let mut here = Looks::new();
        while let Some((number, looks)) = arriving.pop_first() {
            here.insert(number, looks);
            if let Some(part) = self.parts.get(number) {
                add(&mut arriving, &part.here, looks);
            }
        }
        here
    }
}

/// What it costs to compare a text with a pattern of this size, in looks.
fn compared(text: &str, pattern: u64) -> u64 {
    let bytes = u64::try_from(text.len()).unwrap_or(u64::MAX);
    bytes.saturating_mul(pattern) / PATTERN_BYTES
}

fn add(looks: &mut Looks, parts: &[usize], more: u64) {
    for part in parts {
        let looks = looks.entry(*part).or_default();
        *looks = looks.saturating_add(more);
    }
}

impl Part {
    fn renumbered(mut self, turns: &[usize]) -> Self {
        let lists = [&mut self.here, &mut self.members, &mut self.items, &mut self.names].into_iter();
        for number in lists.chain(self.named.values_mut()).flatten() {
            *number = turns.get(*number).copied().unwrap_or(*number);
        }
        self
    }

    /// Members that it knows by their names.
    fn width(&self) -> u64 {
        u64::try_from(self.named.len().saturating_add(self.required)).unwrap_or(u64::MAX)
    }

    /// Every part that it names, as often as it does.
    fn all(&self) -> impl Iterator<Item = &usize> {
        let lists = [&self.here, &self.members, &self.items, &self.names].into_iter();
        lists.chain(self.named.values()).flatten()
    }
}

/// An order in which every part comes before those in its `here`: the turn of each; `None` where
/// they go in a circle.
fn turns(parts: &[Part]) -> Option<Vec<usize>> {
    let mut before = vec![0_usize; parts.len()];
    for other in parts.iter().flat_map(|part| &part.here) {
        *before.get_mut(*other)? += 1;
    }
    let mut open: VecDeque<usize> = (0..parts.len()).filter(|at| before.get(*at) == Some(&0)).collect();
    let mut turns = vec![0; parts.len()];
    let mut turn = 0;
    while let Some(at) = open.pop_front() {
        *turns.get_mut(at)? = turn;
        turn += 1;
        for other in &parts.get(at)?.here {
            let left = before.get_mut(*other)?;
            *left -= 1;
            if *left == 0 {
                open.push_back(*other);
            }
        }
    }
    (turn == parts.len()).then_some(turns)
}

/// Looks at one value by the part that needs most of them.
fn most_at_one(parts: &[Part]) -> u64 {
    let mut looks: Looks = Looks::new();
    for (at, part) in parts.iter().enumerate().rev() {
        let others = part.here.iter().filter_map(|other| looks.get(other));
        let sum = others.fold(1_u64, |sum, more| sum.saturating_add(*more));
        looks.insert(at, sum);
    }
    looks.into_values().max().unwrap_or_default()
}

#[cfg(test)]
#[path = "effort_test.rs"]
mod tests;
