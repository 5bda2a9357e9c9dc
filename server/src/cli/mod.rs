//! The command line of the one binary. Commands are a few lines around the use-cases, or around
//! the server's own HTTP API; what they print is data on standard output and talk on standard error.

mod admin;
mod agent;
mod apply;
mod command;
mod completions;
mod database;
mod dispatch;
mod doctor;
mod document;
mod execution;
mod execution_list;
mod exit;
mod failure;
mod health;
mod key;
mod lifetime;
mod migrate;
mod openapi;
mod prices;
mod remote;
mod run;
mod serve;
mod settings;
mod table;
mod tenant;
mod tenant_change;
mod tenant_erase;
mod terminal;
mod webhook_secret;
mod workflow;

pub use dispatch::{run, run_on};
pub use terminal::say;
