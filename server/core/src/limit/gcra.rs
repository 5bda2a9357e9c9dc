//! The generic cell rate algorithm: a rate with a burst, evenly refilled, in two numbers.

/// The window that a quota is for: a minute, in milliseconds.
pub const WINDOW_MS: u64 = 60_000;

/// How much of a rate is used up. The quota comes with each question, so that a change of it counts at
/// once.
///
/// Each unit that is admitted adds [`WINDOW_MS`] to the debt, and each millisecond takes the quota off
/// it: whole numbers, so that nothing is ever rounded in anybody's favour. As much as the quota may come
/// at once; within any window of a minute no more than twice the quota less one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gcra {
    debt: u64,
    at: u64,
}

/// What a rate looks like at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level {
    /// Whether it was admitted; of a look without asking: whether one unit would be.
    pub admitted: bool,
    /// The quota.
    pub limit: u32,
    /// Units that would be admitted now.
    pub remaining: u32,
    /// Milliseconds until nothing is used up.
    pub reset_ms: u64,
    /// Milliseconds until what was asked for is admitted, where it was not; `None`: never, as things are.
    pub retry_after_ms: Option<u64>,
}

impl Gcra {
    /// Admits `cost` units under `quota` units a minute, or not. `now` is in milliseconds of any clock.
    /// One that steps back only begins anew from there; one that steps forward gives a full quota, once.
    pub fn admit(&mut self, quota: u32, now: u64, cost: u32) -> Level {
        *self = Self { debt: self.debt_at(quota, now), at: now };
        let more = u64::from(cost).saturating_mul(WINDOW_MS);
        let admitted = self.debt.saturating_add(more) <= full(quota);
        let wait = (!admitted).then(|| self.wait(quota, more)).flatten();
        if admitted {
            self.debt = self.debt.saturating_add(more);
        }
        Level { admitted, retry_after_ms: wait, ..self.look(quota, now) }
    }

    /// What one unit would get; nothing is used up.
    #[must_use]
    pub fn look(&self, quota: u32, now: u64) -> Level {
        let settled = Self { debt: self.debt_at(quota, now), at: now };
        let left = full(quota).saturating_sub(settled.debt) / WINDOW_MS;
        let per_ms = u64::from(quota).max(1);
        Level {
            admitted: left > 0,
            limit: quota,
            remaining: u32::try_from(left).unwrap_or(u32::MAX),
            reset_ms: settled.debt.div_ceil(per_ms),
            retry_after_ms: if left > 0 { None } else { settled.wait(quota, WINDOW_MS) },
        }
    }

    /// Gives back what was admitted and not used.
    pub fn give_back(&mut self, cost: u32) {
        self.debt = self.debt.saturating_sub(u64::from(cost).saturating_mul(WINDOW_MS));
    }

    /// Whether nothing is used up.
    #[must_use]
    pub fn is_full(&self, quota: u32, now: u64) -> bool {
        self.debt_at(quota, now) == 0
    }

    fn debt_at(&self, quota: u32, now: u64) -> u64 {
        let paid = now.saturating_sub(self.at).saturating_mul(u64::from(quota));
        // A quota that was lowered does not hold anybody up for longer than a window.
        self.debt.min(full(quota)).saturating_sub(paid)
    }

    fn wait(&self, quota: u32, more: u64) -> Option<u64> {
        let over = self.debt.saturating_add(more).saturating_sub(full(quota));
        (more <= full(quota)).then(|| over.div_ceil(u64::from(quota).max(1)))
    }
}

fn full(quota: u32) -> u64 {
    u64::from(quota).saturating_mul(WINDOW_MS)
}
