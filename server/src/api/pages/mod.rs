//! What the API shows to people: the contract, and what its error codes mean. Small pages that need no
//! script and nothing from elsewhere; programs get the same as Markdown.

mod contract;
mod operation;
mod page;
mod problem;
mod schema;

pub(super) use contract::{contract, contract_doc};
pub(super) use page::{style, style_doc};
pub(super) use problem::{problem, problem_doc};
