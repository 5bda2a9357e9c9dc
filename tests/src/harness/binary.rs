//! The binary under test: the server's own `main.rs`, built by cargo before the tests run.

use std::path::Path;
use std::sync::LazyLock;

/// Whether servers have the Temporal engine: `MAGONE_TEST_ENGINE=temporal`.
static ON_TEMPORAL: LazyLock<bool> = LazyLock::new(|| match std::env::var("MAGONE_TEST_ENGINE").as_deref() {
    Err(_) | Ok("embedded") => false,
    Ok("temporal") => true,
    Ok(other) => panic!("MAGONE_TEST_ENGINE is '{other}'; use embedded or temporal"),
});

/// Whether servers have the Temporal engine.
pub fn is_on_temporal() -> bool {
    *ON_TEMPORAL
}

/// Where the binary is.
pub fn path() -> &'static Path {
    Path::new(match *ON_TEMPORAL {
        true => env!("CARGO_BIN_EXE_magone-on-temporal"),
        false => env!("CARGO_BIN_EXE_magone-under-test"),
    })
}
