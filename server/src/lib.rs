//! Magone's server: HTTP, actors, console and command line around the use-cases. This crate puts
//! the parts together and decides nothing about runs.

pub mod actors;
mod allocator;
mod announce;
pub mod api;
mod application;
pub mod auth;
pub mod cli;
mod clock;
pub mod config;
mod console;
pub mod demo;
mod edge;
pub mod engine;
mod follow;
mod jobs;
mod limits;
pub mod metrics;
mod ownership;
mod problem;
mod readiness;
pub mod serve;
mod sse;
mod standing;
mod state;
mod telemetry;
mod throttle;
mod vault;
mod webhooks;

pub use application::{Application, StartError};
