//! The external contract, member by member and header by header.

mod approvals;
mod asynchronous;
mod cancel;
mod children;
mod curl;
mod events;
mod execute;
mod executions;
mod faces;
mod health;
mod idempotency;
mod keys;
mod order;
mod problems;
mod request;
mod result;
mod retry;
mod schemas;
mod shape;
mod speech;
mod stream;
mod validation;
mod workflows;
mod world;
