//! The admin console. Pages are rendered on the server with their data in them, hydrated in the
//! browser, and from then on kept up to date by one stream of pushed frames.
//!
//! The server needs, besides [`App`]:
//! - `shell`, the document, and what it finds in the context: an `Arc<dyn ConsoleBackend>` and a
//!   `CookiePolicy`;
//! - the files of the build under [`PACKAGE_PATH`];
//! - the server functions under [`FUNCTIONS_PATH`];
//! - the stream under [`STREAM_PATH`]: `row` frames with a [`wire::ExecutionRow`] for the topic
//!   `executions`, `event` frames with an event of the core and `view` frames with its projection for
//!   the topic `execution:<id>`.
//!
//! Feature `ssr` is for the server, `hydrate` for the browser; they never meet in one cargo call.

// Views are types: a page is one, as deep as its markup.
#![recursion_limit = "256"]

#[cfg(feature = "ssr")]
pub mod backend;
pub mod clock;
pub mod components;
mod erased;
pub mod error;
pub mod fns;
pub mod live;
pub mod pages;
pub mod paths;
pub mod query;
#[cfg(feature = "ssr")]
pub mod request;
mod root;
pub mod session;
#[cfg(feature = "ssr")]
mod shell;
pub mod theme;
pub mod timeline;
pub mod wire;
pub mod wording;

pub use paths::{BUILD_VERSION_PARAMETER, FUNCTIONS_PATH, PACKAGE_PATH, STREAM_PATH};
pub use root::App;
#[cfg(feature = "ssr")]
pub use shell::shell;
