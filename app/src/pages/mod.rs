//! The pages, one a file or folder.

mod execution;
mod executions;
mod login;
mod not_found;
mod setup;

pub use execution::ExecutionPage;
pub use executions::ExecutionsPage;
pub use login::LoginPage;
pub use not_found::NotFoundPage;
pub use setup::SetupPage;
