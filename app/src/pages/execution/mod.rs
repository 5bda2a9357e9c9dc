//! One run, live.

mod conversation;
mod event_log;
mod head;
mod live;
mod outcome;
mod page;
mod part;
mod reason;
mod scroll;
mod steps;
mod window;

pub use page::ExecutionPage;
