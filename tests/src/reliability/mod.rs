//! Nothing acknowledged is lost, nothing journaled is done again: whatever dies, and whenever.

mod children;
mod crash;
mod failpoint;
mod idempotency;
mod quarantine;
mod shutdown;
mod stop;
mod streams;
mod sync;
mod timer;
