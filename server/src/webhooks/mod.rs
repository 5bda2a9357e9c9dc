//! The job that posts webhooks: takes what is due from the outbox, posts it, notes what came of it.
//! Nothing that a receiver does reaches a run.

mod attempt;
mod courier;
mod flight;
mod record;

pub use courier::Courier;
