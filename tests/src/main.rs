//! Behaviour of the whole, seen from outside: the real binary with its own data, over HTTP and its
//! command line. Nothing here sleeps to wait for something, and nothing is tried twice.

#![cfg(test)]

mod contract;
mod database;
mod docs;
mod edge;
mod erasure;
mod examples;
mod fault;
mod harness;
mod internal;
mod isolation;
mod key;
mod limit;
mod provider;
mod reliability;
mod rules;
mod smoke;
mod temporal;
mod webhooks;
