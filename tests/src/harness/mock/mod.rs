//! A model provider that does as it is told, counts its calls and notes who hung up.

mod call;
mod connection;
mod provider;
mod reply;

pub use call::Call;
pub use provider::Mock;
pub use reply::Reply;
