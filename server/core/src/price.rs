//! What models cost.

use serde::Serialize;

use crate::execution::Usage;

/// Tokens that a price is for.
const MILLION: u128 = 1_000_000;

/// What a million tokens of a model cost, in millionths of a US dollar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Price {
    /// Tokens sent to it.
    pub input_micros: u64,
    /// Tokens received from it.
    pub output_micros: u64,
}

impl Price {
    /// The cost of that usage, in millionths of a US dollar, rounded to the nearest.
    #[must_use]
    pub fn cost_micros(&self, usage: &Usage) -> u64 {
        let of = |tokens: u64, price: u64| u128::from(tokens).saturating_mul(u128::from(price));
        let both = of(usage.input_tokens, self.input_micros)
            .saturating_add(of(usage.output_tokens, self.output_micros));
        u64::try_from(both.saturating_add(MILLION / 2) / MILLION).unwrap_or(u64::MAX)
    }
}

/// Who knows what models cost. Nothing here waits.
pub trait Prices: std::fmt::Debug + Send + Sync + 'static {
    /// The price of a model, `provider/name`; `None` where nobody named one.
    fn of(&self, model: &str) -> Option<Price>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cost_is_rounded_once() {
        let price = Price { input_micros: 150_000, output_micros: 600_000 };
        let usage = |input_tokens, output_tokens| Usage { input_tokens, output_tokens, cost_micros: 0 };
        assert_eq!(price.cost_micros(&usage(1_000_000, 1_000_000)), 750_000);
        assert_eq!(price.cost_micros(&usage(3, 0)), 0);
        assert_eq!(price.cost_micros(&usage(3, 1)), 1, "1.05 millionths");
        let dear = Price { input_micros: u64::MAX, output_micros: 0 };
        assert_eq!(dear.cost_micros(&usage(u64::MAX, 0)), u64::MAX);
    }
}
