//! Tenants do not see each other, on any route that the router has.

mod model;
mod route;
mod same;
mod scope;
