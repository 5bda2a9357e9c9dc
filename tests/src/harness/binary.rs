//! The binary under test: the server's own `main.rs`, built by cargo before the tests run.

use std::path::Path;

/// Where the binary is.
pub fn path() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_magone-under-test"))
}
