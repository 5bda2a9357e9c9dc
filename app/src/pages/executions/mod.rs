//! The list of runs.

mod attention;
mod empty;
mod filters;
mod keys;
mod list;
mod page;
mod table;

pub use page::ExecutionsPage;
