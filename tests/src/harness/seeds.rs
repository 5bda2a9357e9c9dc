//! How much chance is given to what goes by it.

/// How many seeds are tried: `MAGONE_TEST_SEEDS`, or `few` where nobody asks for more.
///
/// # Panics
/// When it is no number.
pub fn seeds(few: u64) -> u64 {
    std::env::var("MAGONE_TEST_SEEDS").map_or(few, |seeds| seeds.parse().unwrap())
}
