//! How the steps of a definition follow one another: sequences, what breaks them, and which steps
//! have certainly ended when another one begins. Nothing here recurses, so that ten thousand steps
//! in a row are no harm.

mod certain;
mod cycle;
mod edge;
mod graph;
mod link;

pub(super) use certain::Certain;
pub(super) use edge::place;
pub(super) use graph::Graph;
pub(super) use link::link;

#[cfg(test)]
#[path = "flow_test.rs"]
mod tests;
#[cfg(test)]
#[path = "walk_test.rs"]
mod walk_test;
