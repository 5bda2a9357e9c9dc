//! The Temporal engine on a real server: what the interpreter decides there, what reaches the
//! database, and what becomes of a run whose worker dies.

mod children;
mod crash;
mod hand;
mod limits;
mod replay;
mod runs;
mod same;
mod watch;
mod world;
