//! Server functions: the console's own HTTP interface, under `/console/fn`. Each is a few lines over
//! the backend; each but set-up and sign-in asks first who is there.

mod executions;
mod session;

pub use executions::{GetExecution, ListExecutions, get_execution, list_executions};
pub use session::{
    CreateOwner, CurrentAdmin, Login, Logout, SetupNeeded, create_owner, current_admin, login, logout,
    setup_needed,
};
