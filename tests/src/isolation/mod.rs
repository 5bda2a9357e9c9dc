//! Tenants do not see each other, on any route that the router has.

mod route;
mod scope;
