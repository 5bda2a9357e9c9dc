//! Configuration: read once at start from the environment (each variable also as `NAME_FILE`), one
//! struct a topic. A value that is set but wrong stops the start with one sentence.

mod database;
mod listen;
mod models;
mod root;
mod setting;

pub use database::Database;
pub use listen::Listen;
pub use models::Models;
pub use root::Config;
pub use setting::{ConfigError, Environment, Shown};
