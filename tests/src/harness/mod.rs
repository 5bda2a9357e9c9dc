//! What tests are made with: the binary, servers with data of their own, callers, a model provider
//! that does as it is told.

mod answer;
mod api;
pub mod binary;
mod command;
mod conformity;
mod data;
pub mod dev;
mod dice;
mod log;
pub mod mock;
mod outside;
mod port;
mod postgres;
pub mod proxy;
pub mod python;
pub mod raw;
mod receiver;
mod seeds;
mod server;
mod setup;
mod stream;
mod wait;
mod workflow;

pub use answer::Answer;
pub use api::Api;
pub use command::{Output, magone, magone_with};
pub use data::Data;
pub use dice::Dice;
pub use mock::Mock;
pub use outside::block_on;
pub use port::free_port;
pub use postgres::Postgres;
pub use receiver::{Post, Reaction, Receiver};
pub use seeds::seeds;
pub use server::Server;
pub use setup::{Setup, Tenant};
pub use stream::{Frame, Stream};
pub use wait::{PATIENCE, until, within};
pub use workflow::chain;
