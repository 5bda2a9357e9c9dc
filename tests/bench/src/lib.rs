//! Benchmarks, end to end but for the two of actors: what a caller waits for, never what the server says
//! about itself. The server is a process of its own on one core, the load comes from another. Each round
//! gets a fresh server on a fresh database, and a figure is the median of the rounds with its range.

mod bare;
mod closed;
mod count;
mod disk;
mod figure;
mod history;
mod in_flight;
mod latency;
mod limiter;
mod listen;
mod live;
mod machine;
mod open;
mod options;
mod posted;
mod process;
mod read;
mod recovery;
mod report;
mod rounds;
mod server;
mod start;
mod suite;
mod sync;
mod tenant;
mod tenants;
mod throughput;
mod wire;
mod workload;

pub use options::{Benchmark, Options};
pub use report::Report;
pub use suite::run;
