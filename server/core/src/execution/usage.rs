//! What a run consumed.

use std::ops::AddAssign;

use serde::{Deserialize, Serialize};

/// Tokens and cost. Cost is kept in millionths of a US dollar, so that sums are exact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "rules", derive(schemars::JsonSchema))]
pub struct Usage {
    /// Tokens sent to models.
    pub input_tokens: u64,
    /// Tokens received from models.
    pub output_tokens: u64,
    /// Cost in US dollars; exact to a millionth.
    #[serde(rename = "cost_usd", with = "dollars", default)]
    #[cfg_attr(feature = "rules", schemars(with = "f64"))]
    pub cost_micros: u64,
}

impl Usage {
    /// Tokens in both directions.
    #[must_use]
    pub fn tokens(&self) -> u64 {
        self.input_tokens.saturating_add(self.output_tokens)
    }

    /// The same, within what every reader of its text form can hold: 2^53 - 1 tokens in each direction,
    /// a billion dollars.
    #[must_use]
    pub fn bounded(self) -> Self {
        const MAX_TOKENS: u64 = (1 << 53) - 1;
        Self {
            input_tokens: self.input_tokens.min(MAX_TOKENS),
            output_tokens: self.output_tokens.min(MAX_TOKENS),
            cost_micros: self.cost_micros.min(dollars::MAX_MICROS),
        }
    }

    /// An amount of US dollars in millionths, at most what fits; `None` where it is no amount.
    #[must_use]
    pub fn micros_of(dollars: f64) -> Option<u64> {
        dollars::from_dollars(dollars.min(dollars::to_dollars(dollars::MAX_MICROS)))
    }

    /// Cost in US dollars.
    #[must_use]
    pub fn cost_usd(&self) -> f64 {
        dollars::to_dollars(self.cost_micros)
    }
}

impl AddAssign for Usage {
    fn add_assign(&mut self, other: Self) {
        self.input_tokens = self.input_tokens.saturating_add(other.input_tokens);
        self.output_tokens = self.output_tokens.saturating_add(other.output_tokens);
        self.cost_micros = self.cost_micros.saturating_add(other.cost_micros);
        *self = self.bounded();
    }
}

/// Millionths of a dollar, written as a decimal number of dollars.
mod dollars {
    use serde::{Deserialize, Deserializer, Serializer, de};

    /// More than this many dollars is no cost of a run.
    const MAX_DOLLARS: f64 = 1e9;

    /// The same in millionths.
    pub const MAX_MICROS: u64 = 1_000_000_000_000_000;

    #[allow(clippy::trivially_copy_pass_by_ref, reason = "the signature is serde's")]
    pub fn serialize<S: Serializer>(micros: &u64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(to_dollars(*micros))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
        let dollars = f64::deserialize(deserializer)?;
        from_dollars(dollars).ok_or_else(|| de::Error::custom("expected dollars between 0 and a billion"))
    }

    #[allow(clippy::as_conversions, reason = "micro-dollars stay far below 2^53")]
    #[allow(clippy::cast_precision_loss, reason = "micro-dollars stay far below 2^53")]
    pub fn to_dollars(micros: u64) -> f64 {
        micros as f64 / 1e6
    }

    #[allow(clippy::as_conversions, reason = "the range is checked on the line before")]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range is checked")]
    pub fn from_dollars(dollars: f64) -> Option<u64> {
        (0.0..=MAX_DOLLARS).contains(&dollars).then(|| (dollars * 1e6).round() as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cost_is_dollars_outside_and_exact_inside() {
        let mut sum = Usage::default();
        for _ in 0..10 {
            sum += Usage { input_tokens: 1, output_tokens: 2, cost_micros: 100_000 };
        }
        let json = serde_json::to_value(sum).unwrap();
        assert_eq!(json, serde_json::json!({"input_tokens": 10, "output_tokens": 20, "cost_usd": 1.0}));
        assert_eq!(serde_json::from_value::<Usage>(json).unwrap(), sum);
        assert!(
            serde_json::from_str::<Usage>(r#"{"input_tokens":0,"output_tokens":0,"cost_usd":-1}"#).is_err()
        );
    }
}
