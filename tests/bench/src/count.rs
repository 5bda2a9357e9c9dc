//! Numbers of things as fractions of other things.

/// As a floating-point number; exact up to 2^53, and nothing here counts that far.
pub(crate) fn number(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::MAX, f64::from)
}

/// `parts` of `whole`; 0 of nothing.
pub(crate) fn per(parts: f64, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { parts / number(whole) }
}
