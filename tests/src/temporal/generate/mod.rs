//! Definitions over every kind of step, each from a seed.
//!
//! Core's properties have a generator of their own, which is not shared. There, a clock that jumps and
//! a script that answers by obligation let a step wait for nine seconds or fail wherever it stands,
//! and shrinking makes a failure small. Here time is real and two engines have to be asked the same:
//! how each activity ends is written into the definition itself (`hand.rs` goes by the names of tools,
//! models and collections), what it may come to depends on what runs beside it, and many runs are
//! under way together, so that nothing could be shrunk one by one. What both have in common is a dozen
//! lines of JSON.

mod definition;
mod leaf;
mod writer;

pub(super) use definition::{Generated, definition};
