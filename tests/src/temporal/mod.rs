//! The Temporal engine on a real server: what the interpreter decides there, what reaches the
//! database, and what becomes of a run whose worker dies.

mod children;
mod crash;
mod generate;
mod hand;
mod idempotency;
mod limits;
mod property;
mod replay;
mod runs;
mod same;
mod told;
mod watch;
mod world;
