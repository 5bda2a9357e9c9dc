//! Configuration: read once at start from the environment (each variable also as `NAME_FILE`), one
//! struct a topic. A value that is set but wrong stops the start with one sentence.

mod database;
mod egress;
mod gate;
mod listen;
mod models;
mod proxies;
mod root;
mod secrets;
mod setting;

pub use database::Database;
pub use egress::Egress;
pub use gate::Gate;
pub use listen::Listen;
pub use models::Models;
pub use proxies::Proxies;
pub use root::Config;
pub use secrets::SecretKeys;
pub use setting::{ConfigError, Environment, Shown};
