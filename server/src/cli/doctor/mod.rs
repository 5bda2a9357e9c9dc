//! `magone doctor`: looks at everything that a server needs, and says in one line each whether it is
//! in order and how to mend it. Changes nothing.

mod command;
mod finding;
mod model;
mod place;
mod port;
mod secret;
mod setting;

pub(super) use command::run;
