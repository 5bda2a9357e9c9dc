//! Queries of lists.

use actix_web::web;
use magone_core::error::ErrorCode;
use magone_core::workflow::Problem as Item;

use crate::problem::Problem;

/// A query as the framework hands it over.
pub(super) type Asked<T> = Result<web::Query<T>, actix_web::Error>;

/// The query, unless it is no query.
pub(super) fn read<T>(query: Asked<T>) -> Result<T, Problem> {
    let malformed = |_| Problem::new(ErrorCode::MalformedRequest, "The query is malformed");
    query.map(web::Query::into_inner).map_err(malformed)
}

/// A whole number from 1 to `most`; `most` where none is named.
pub(super) fn limit(text: Option<&str>, most: u32) -> Result<u32, Problem> {
    let Some(text) = text else { return Ok(most) };
    let limit = text.parse().ok().filter(|limit| (1..=most).contains(limit));
    limit.ok_or_else(|| wrong("limit", &format!("a number from 1 to {most}")))
}

/// A parameter that is something else than it has to be.
pub(super) fn wrong(name: &str, expected: &str) -> Problem {
    let mut problem = Problem::new(ErrorCode::Validation, format!("{name} has to be {expected}"));
    problem.errors = vec![Item::new(format!("/{name}"), format!("{name} is {expected}"))];
    problem
}
