//! Who a request comes from, as extractors: a handler that takes none of them has no caller.

mod body;
mod tenant;

pub use body::WithBody;
pub use tenant::Tenant;
