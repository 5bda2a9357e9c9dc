//! The pages for tenants' developers (`docs/`): every block is read from its page and run as it
//! stands, against a server of the test's own. Address, key and ports are changed and nothing else.

mod book;
mod expectation;
mod page;
mod session;
