//! Bad input and faults: one clear sentence with a code or an exit code, nothing lost, no panic.

mod command;
mod definition;
mod disk;
mod provider;
mod start;
