//! Which steps of a long run are in the page: its beginning and its end, so that a run of ten thousand
//! steps is as quick to show as one of ten.

use crate::timeline::Step;

/// Steps at either end.
const STEPS: usize = 40;

/// One end of the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Where it began.
    Head,
    /// Where it is now.
    Tail,
}

/// How many steps of the beginning are shown; of the end it is always the same number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    head: usize,
}

impl Default for Part {
    fn default() -> Self {
        Self { head: STEPS }
    }
}

impl Part {
    /// Shows more of the beginning.
    pub fn grow(&mut self) {
        self.head = self.head.saturating_add(STEPS);
    }

    /// The steps at one end. Those of a short run are all its head.
    #[must_use]
    pub fn of(self, steps: &[Step], end: End) -> &[Step] {
        let all = steps.len();
        let range = match end {
            End::Head if self.hidden(all) == 0 => 0..all,
            End::Head => 0..self.head,
            End::Tail if self.hidden(all) == 0 => all..all,
            End::Tail => all.saturating_sub(STEPS)..all,
        };
        steps.get(range).unwrap_or_default()
    }

    /// How many of `all` are in neither.
    #[must_use]
    pub fn hidden(self, all: usize) -> usize {
        all.saturating_sub(self.head).saturating_sub(STEPS)
    }
}

#[cfg(test)]
mod tests {
    use magone_core::path::StepPath;
    use magone_core::time::Timestamp;

    use super::*;

    #[test]
    fn every_step_is_in_one_part_or_counted() {
        let steps: Vec<Step> = (0..400)
            .map(|i| Step::begun(StepPath::root(&format!("s{i}")), "tool".into(), Timestamp::default()))
            .collect();
        let mut part = Part::default();
        for _ in 0..10 {
            for all in [0, 1, 40, 79, 80, 81, 120, 400] {
                let steps = &steps[..all];
                let (head, tail) = (part.of(steps, End::Head), part.of(steps, End::Tail));
                assert_eq!(head.len() + tail.len() + part.hidden(all), all);
                assert!(head.iter().all(|step| !tail.contains(step)));
                assert_eq!(tail.last().or(head.last()), steps.last());
            }
            part.grow();
        }
        assert_eq!(part.hidden(400), 0);
    }
}
