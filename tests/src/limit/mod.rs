//! What tenants may use: the limits that are shown are those that are enforced.

mod changes;
mod prices;
mod queue;
mod quota;
mod rate;
mod world;
