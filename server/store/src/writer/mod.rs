//! The one writer of this process.
//!
//! SQLite takes one writer at a time and pays for each commit with a flush to the disk. So all
//! writes go through one task: it takes whatever waits, writes it in one transaction with
//! statements of many rows, flushes once and answers everybody. While it flushes, the next group
//! gathers: under load groups grow, without load a commit waits for nobody.
//!
//! A transaction that fails takes its neighbours along. It is then rolled back and done again unit
//! by unit, each under a savepoint, so that the failing unit gets its own error and nobody else
//! notices.
//!
//! "Unavailable" after a commit was begun leaves open whether it is on the disk, as with every
//! database. Whoever tries the same unit again gets a conflict if it is.

mod change;
mod group;
mod queue;
mod statement;
mod task;
mod unit;
mod written;

pub(crate) use queue::Writer;

#[cfg(test)]
#[path = "writer_test.rs"]
mod tests;
