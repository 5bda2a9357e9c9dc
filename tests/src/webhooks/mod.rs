//! Webhooks from outside: what receivers get, what they can do, where posts never go.

mod address;
mod delivery;
mod endpoint;
mod fairness;
mod secret;
mod signature;
mod stand_in;
mod world;
