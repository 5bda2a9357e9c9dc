//! Sequences, branches and containers.

use serde_json::{Value, json};

use crate::harness::Dice;

/// Seconds that a run may spend waiting for a clock.
const SLOW: usize = 3;
/// Steps of a definition, about.
const ROOM: usize = 16;
/// Containers inside of each other.
const DEPTH: usize = 3;

/// Where a step stands.
#[derive(Clone)]
pub(super) struct Place {
    /// Something may run beside it.
    pub side_by_side: bool,
    /// Its failure stops nothing that runs beside it.
    pub may_fail: bool,
    /// It is gone through many times.
    pub passes: bool,
    /// How many containers and branches are around it.
    pub depth: usize,
    /// A step that has certainly ended.
    pub before: Option<String>,
}

impl Place {
    /// In the definition itself.
    pub fn top() -> Self {
        Self { side_by_side: false, may_fail: true, passes: false, depth: 0, before: None }
    }

    /// What came before, as a template.
    pub fn output(&self) -> String {
        self.before.as_ref().map_or("{{ input }}".to_owned(), |id| format!("{{{{ steps.{id}.output }}}}"))
    }

    /// Inside a container.
    fn inner(&self, side_by_side: bool, may_fail: bool, passes: bool) -> Self {
        Self {
            side_by_side: self.side_by_side || side_by_side,
            may_fail,
            passes: self.passes || passes,
            depth: self.depth + 1,
            before: self.before.clone(),
        }
    }
}

/// What is written so far.
pub(super) struct Writer {
    pub dice: Dice,
    pub steps: Vec<Value>,
    ids: usize,
    /// Seconds that are left for waiting.
    pub slow: usize,
    /// Steps that are left for containers.
    room: usize,
    pub side_by_side: bool,
    /// A child holds on until its second is over.
    pub child_holds: bool,
}

impl Writer {
    /// Nothing yet.
    pub fn new(seed: u64) -> Self {
        let (dice, steps) = (Dice(seed), Vec::new());
        Self { dice, steps, ids: 0, slow: SLOW, room: ROOM, side_by_side: false, child_holds: false }
    }

    fn id(&mut self) -> String {
        self.ids += 1;
        format!("s{}", self.ids)
    }

    /// Writes a sequence that goes on with `after`; its first step.
    pub fn sequence(&mut self, place: &Place, after: Option<&str>) -> String {
        let most = if place.depth == 0 { 5 } else { 2 };
        let ids: Vec<String> = (0..=self.dice.below(most)).map(|_| self.id()).collect();
        for (at, id) in ids.iter().enumerate() {
            let before = at.checked_sub(1).map(|at| ids[at].clone()).or_else(|| place.before.clone());
            let next = ids.get(at + 1).map(String::as_str).or(after);
            self.step(id, &Place { before, ..place.clone() }, next);
        }
        ids[0].clone()
    }

    fn step(&mut self, id: &str, place: &Place, next: Option<&str>) {
        self.room = self.room.saturating_sub(1);
        if self.dice.once_in(6) {
            return self.ways(id, place, next);
        }
        let handled = self.dice.once_in(3);
        let inside = Place { may_fail: place.may_fail || handled, ..place.clone() };
        let mut step = if place.depth < DEPTH && self.room > 0 && self.dice.once_in(3) {
            self.container(&inside)
        } else {
            self.leaf(&inside)
        };
        step["id"] = json!(id);
        if let Some(next) = next {
            step["next"] = json!(next);
        }
        if handled {
            step["on_error"] = self.rescue(next);
        }
        let whole_or_attempt = !["approval", "transform", "wait"].contains(&step["type"].as_str().unwrap());
        if whole_or_attempt && step.get("timeout_seconds").is_none() && self.dice.once_in(4) {
            step["timeout_seconds"] = json!(600);
        }
        if self.dice.once_in(6) {
            step["summary"] = json!(format!("{id} of {{{{ input }}}}"));
        }
        self.steps.push(step);
    }

    /// What follows a failure.
    fn rescue(&mut self, next: Option<&str>) -> Value {
        if self.dice.once_in(2) {
            return json!("continue");
        }
        let rescue = self.id();
        let mut step = json!({"id": rescue, "type": "transform", "value": ["rescued", "{{ input }}"]});
        if let Some(next) = next {
            step["next"] = json!(next);
        }
        self.steps.push(step);
        json!({"next": rescue})
    }

    /// A branch, between two sequences or before the end of the run.
    fn ways(&mut self, id: &str, place: &Place, next: Option<&str>) {
        let when = match &place.before {
            Some(before) if self.dice.once_in(2) => format!("steps.{before}.status == 'completed'"),
            _ => self.dice.one(&["input == 'hello'", "input == 'bye'"]).to_owned(),
        };
        let one = if !place.side_by_side && self.dice.once_in(3) {
            let fail = self.id();
            self.steps.push(json!({"id": fail, "type": "fail", "code": "enough", "message": "{{ input }}!"}));
            fail
        } else {
            self.arm(place, next)
        };
        let mut step = json!({"id": id, "type": "branch", "cases": [{"when": when, "next": one}]});
        let other = if self.dice.once_in(2) { Some(self.arm(place, next)) } else { next.map(str::to_owned) };
        if let Some(other) = other {
            step["default"] = json!(other);
        }
        self.steps.push(step);
    }

    fn arm(&mut self, place: &Place, next: Option<&str>) -> String {
        self.sequence(&Place { depth: place.depth + 1, ..place.clone() }, next)
    }

    fn container(&mut self, place: &Place) -> Value {
        if self.is_slow(place) {
            let hold = self.id();
            self.steps.push(json!({"id": hold, "type": "tool", "tool": "test.hold"}));
            return match self.dice.below(3) {
                0 => json!({"type": "parallel", "branches": [hold], "timeout_seconds": 1}),
                1 => json!({"type": "map", "items": [1], "steps": [hold], "timeout_seconds": 1}),
                _ => json!({"type": "loop", "while": "true", "steps": [hold], "max_iterations": 2,
                            "timeout_seconds": 1}),
            };
        }
        match self.dice.below(3) {
            0 => {
                let (count, wait) = (1 + self.dice.below(3), self.dice.once_in(2));
                let side_by_side = count > 1;
                self.side_by_side |= side_by_side;
                // Where all run to their end, the first failure in the order of the definition counts.
                let inner = place.inner(side_by_side, place.may_fail && (wait || !side_by_side), false);
                let branches: Vec<String> = (0..count).map(|_| self.sequence(&inner, None)).collect();
                json!({"type": "parallel", "branches": branches, "fail": if wait { "wait" } else { "fast" }})
            }
            1 => {
                let (count, most) = (self.dice.below(4), 1 + self.dice.below(3));
                let side_by_side = count > 1 && most > 1;
                self.side_by_side |= side_by_side;
                let inner = place.inner(side_by_side, place.may_fail && !side_by_side, true);
                let items: Vec<String> = (0..count).map(|n| format!("{n} {}", place.output())).collect();
                let first = self.sequence(&inner, None);
                json!({"type": "map", "items": items, "steps": [first], "max_concurrency": most})
            }
            _ => {
                let (rounds, most) = (self.dice.below(4), 1 + self.dice.below(3));
                let first = self.sequence(&place.inner(false, place.may_fail, true), None);
                let condition = format!("index < {rounds}");
                json!({"type": "loop", "while": condition, "steps": [first], "max_iterations": most})
            }
        }
    }

    /// Whether it may hold on until its second is over, and does.
    pub fn is_slow(&mut self, place: &Place) -> bool {
        let slow = place.may_fail && !place.passes && self.slow > 0 && self.dice.once_in(8);
        self.slow -= usize::from(slow);
        slow
    }

    /// Budgets that end some of the runs, and a time limit that ends a few.
    pub fn limits(&mut self, entry: &mut String) -> Value {
        if self.side_by_side {
            return json!({});
        }
        match self.dice.below(8) {
            // Such a child would end sooner, where it gets that far within its second.
            0 | 1 if !self.child_holds => json!({"max_steps": 1 + self.dice.below(8)}),
            2 | 3 => json!({"max_tokens": 1 + self.dice.below(40)}),
            4 => {
                self.steps.push(json!({"id": "first", "type": "tool", "tool": "test.hold", "next": entry}));
                *entry = "first".to_owned();
                json!({"timeout_seconds": 1})
            }
            _ => json!({}),
        }
    }
}
