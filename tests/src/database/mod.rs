//! PostgreSQL: the first schema's tables as its scripts know them, and many processes at once.

mod migration;
mod network;
mod outage;
mod pool;
mod schema;
mod script;
mod url;
