//! The demo: a tenant with three workflows on a scripted model, so that a first start has something
//! to run. Everything in it is ordinary data and stays between starts; what people changed is left
//! as it is.

mod catalogue;
mod introduction;
mod key_file;
mod prepare;

pub use introduction::Demo;
pub use prepare::prepare;
