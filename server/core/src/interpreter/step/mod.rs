//! One file per kind of step: how it begins and what follows when its activity comes back.

mod agent;
pub(super) mod approval;
mod branch;
pub(super) mod child;
pub(super) mod dialogue;
mod dispatch;
mod fail;
pub(super) mod knowledge;
pub(super) mod llm;
pub(super) mod map;
mod parallel;
pub(super) mod recovery;
mod round;
pub(super) mod tool;
mod transform;
pub(super) mod wait;

pub(super) use dispatch::{begin, outcome, request, settle};
