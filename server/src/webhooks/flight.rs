//! What is under way: how many places there are, and who has them. Receivers that work have places
//! that nobody else can take, so that a thousand that hang delay nobody.

use std::collections::{HashMap, HashSet};

use magone_core::ids::DeliveryId;
use magone_store::{Candidate, Lane};

/// The lanes, in the order in which they are looked at.
pub(super) const LANES: [Lane; 3] = [Lane::Proven, Lane::New, Lane::Failing];

/// Places of one target that took its last post.
const PROVEN_EACH: u32 = 32;
/// Places of one target that nobody knows anything about yet.
const UNKNOWN_EACH: u32 = 2;
/// Targets that are remembered.
const REMEMBERED: usize = 10_000;

/// Places of a lane.
fn places(lane: Lane) -> u32 {
    match lane {
        Lane::Proven => 256,
        Lane::New => 128,
        Lane::Failing => 64,
    }
}

/// What is under way.
#[derive(Debug, Default)]
pub(super) struct Flight {
    ids: HashSet<DeliveryId>,
    lanes: HashMap<Lane, u32>,
    targets: HashMap<String, u32>,
    /// Targets that took their last post from this process. URLs that come with runs have no row of
    /// their own which could say so.
    proven: HashSet<String>,
}

impl Flight {
    /// Free places of a lane.
    pub fn room(&self, lane: Lane) -> u32 {
        places(lane).saturating_sub(self.lanes.get(&lane).copied().unwrap_or_default())
    }

    /// How many places one target may have in a lane at most.
    pub fn each(lane: Lane) -> u32 {
        match lane {
            Lane::Proven | Lane::New => PROVEN_EACH,
            Lane::Failing => 1,
        }
    }

    fn most(&self, lane: Lane, target: &str) -> u32 {
        match lane {
            Lane::New if !self.proven.contains(target) => UNKNOWN_EACH,
            lane => Self::each(lane),
        }
    }

    /// Targets that may have no further place in a lane.
    pub fn busy(&self, lane: Lane) -> Vec<String> {
        let full = self.targets.iter().filter(|(target, count)| **count >= self.most(lane, target));
        full.map(|(target, _)| target.clone()).collect()
    }

    /// Gives places to as many as there are; those that got one.
    pub fn admit(&mut self, lane: Lane, candidates: Vec<Candidate>) -> Vec<Candidate> {
        let mut admitted = Vec::with_capacity(candidates.len());
        for candidate in candidates {
            let count = self.targets.get(&candidate.target).copied().unwrap_or_default();
            let fits = count < self.most(lane, &candidate.target)
                && self.room(lane) > 0
                && !self.ids.contains(&candidate.id);
            if fits {
                self.ids.insert(candidate.id.clone());
                *self.targets.entry(candidate.target.clone()).or_default() += 1;
                *self.lanes.entry(lane).or_default() += 1;
                admitted.push(candidate);
            }
        }
        admitted
    }

    /// Remembers whether a target took what was posted.
    pub fn remember(&mut self, target: &str, taken: bool) {
        if !taken {
            self.proven.remove(target);
        } else if !self.proven.contains(target) {
            if self.proven.len() >= REMEMBERED {
                self.proven.clear();
            }
            self.proven.insert(target.to_owned());
        }
    }

    /// Frees a place.
    pub fn land(&mut self, lane: Lane, id: &DeliveryId, target: &str) {
        if !self.ids.remove(id) {
            return;
        }
        if let Some(count) = self.lanes.get_mut(&lane) {
            *count = count.saturating_sub(1);
        }
        if let Some(count) = self.targets.get_mut(target) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.targets.remove(target);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidates(target: &str, numbers: std::ops::Range<u32>) -> Vec<Candidate> {
        let one = |number| Candidate {
            id: DeliveryId::from_text(format!("whd_{target}_{number}")),
            target: target.to_owned(),
        };
        numbers.map(one).collect()
    }

    #[test]
    fn a_target_has_its_places_and_no_more() {
        let mut flight = Flight::default();
        let admitted = flight.admit(Lane::Proven, candidates("a", 0..99));
        assert_eq!(admitted.len(), 32);
        assert_eq!(flight.busy(Lane::Proven), ["a"]);
        assert_eq!(flight.admit(Lane::Proven, candidates("b", 0..1)).len(), 1);
        flight.land(Lane::Proven, &admitted[0].id, "a");
        flight.land(Lane::Proven, &admitted[0].id, "a");
        assert_eq!(flight.admit(Lane::Proven, candidates("a", 0..99)).len(), 1, "one place came free");
    }

    #[test]
    fn a_target_that_took_something_has_more_places() {
        let mut flight = Flight::default();
        assert_eq!(flight.admit(Lane::New, candidates("a", 0..99)).len(), 2);
        flight.remember("a", true);
        assert_eq!(flight.busy(Lane::New), Vec::<String>::new());
        assert_eq!(flight.admit(Lane::New, candidates("a", 0..99)).len(), 30);
        flight.remember("a", false);
        assert_eq!(flight.busy(Lane::New), ["a"]);
    }

    #[test]
    fn who_fails_takes_no_place_of_who_works() {
        let mut flight = Flight::default();
        for number in 0..1_000 {
            flight.admit(Lane::Failing, candidates(&format!("dead-{number}"), 0..1));
            flight.admit(Lane::New, candidates(&format!("new-{number}"), 0..1));
        }
        assert_eq!((flight.room(Lane::Failing), flight.room(Lane::New)), (0, 0));
        assert_eq!(flight.admit(Lane::Proven, candidates("healthy", 0..99)).len(), 32);
    }

    #[test]
    fn everything_that_took_off_lands() {
        let mut flight = Flight::default();
        for lane in LANES {
            let admitted = flight.admit(lane, candidates(&format!("{lane:?}"), 0..9));
            admitted.iter().for_each(|one| flight.land(lane, &one.id, &one.target));
            assert_eq!(flight.room(lane), places(lane));
        }
        assert!(flight.ids.is_empty() && flight.targets.is_empty());
    }
}
