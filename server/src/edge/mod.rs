//! What every request passes on its way in and out: a request id and a trace, one form for all errors,
//! headers that every answer carries, origins, a bound on what is in work, a line in the log.

mod compression;
mod cors;
mod gate;
mod load;
mod middleware;
mod refusal;
mod trace;

pub use compression::plain;
pub use cors::check as check_origin;
pub use gate::Gate;
pub use load::Load;
pub(crate) use middleware::Identity;
pub use middleware::edge;
