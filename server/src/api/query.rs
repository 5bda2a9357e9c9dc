//! Queries of lists, and the pages that answer them.

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use magone_core::error::ErrorCode;
use magone_core::workflow::Problem as Item;
use serde::Serialize;
use url::form_urlencoded;

use crate::problem::Problem;

/// Characters of a cursor at most; ids are shorter.
const CURSOR_CHARS: usize = 100;

/// A query as the framework hands it over.
pub(super) type Asked<T> = Result<web::Query<T>, actix_web::Error>;

/// The query, unless it is no query.
pub(super) fn read<T>(query: Asked<T>) -> Result<T, Problem> {
    let malformed = |_| Problem::new(ErrorCode::MalformedRequest, "The query is malformed");
    query.map(web::Query::into_inner).map_err(malformed)
}

/// A parameter that is something else than it has to be.
pub(super) fn wrong(name: &str, expected: &str) -> Problem {
    let mut problem = Problem::new(ErrorCode::Validation, format!("{name} has to be {expected}"));
    problem.errors = vec![item(name, expected)];
    problem
}

fn item(name: &str, expected: &str) -> Item {
    Item::new(format!("/{name}"), format!("{name} is {expected}"))
}

/// Reads parameters one after the other, so that a caller hears at once of all that are wrong.
#[derive(Default)]
pub(super) struct Reading {
    wrong: Vec<Item>,
}

impl Reading {
    /// The value of a parameter that is there and can be read; `expected` says what it has to be.
    pub(super) fn value<'t, T>(
        &mut self,
        (name, expected): (&str, &str),
        text: Option<&'t str>,
        parse: impl FnOnce(&'t str) -> Option<T>,
    ) -> Option<T> {
        let text = text?;
        let value = parse(text);
        if value.is_none() {
            self.wrong.push(item(name, expected));
        }
        value
    }

    /// A page's size: a whole number from 1 to `most`; `usual` where none is named.
    pub(super) fn limit(&mut self, text: Option<&str>, usual: u32, most: u32) -> u32 {
        let expected = format!("a number from 1 to {most}");
        let parse = |text: &str| text.parse().ok().filter(|limit| (1..=most).contains(limit));
        self.value(("limit", &expected), text, parse).unwrap_or(usual)
    }

    /// Where a page begins: behind the thing with this id.
    pub(super) fn cursor<'t>(&mut self, text: Option<&'t str>, prefix: &str) -> Option<&'t str> {
        let expected = "the next_cursor of a page before, unchanged";
        let shaped = |text: &str| text.starts_with(prefix) && text.len() <= CURSOR_CHARS && text.is_ascii();
        self.value(("cursor", expected), text, |text| shaped(text).then_some(text))
    }

    /// What was read, unless something was wrong.
    pub(super) fn done<T>(self, read: T) -> Result<T, Problem> {
        if self.wrong.is_empty() {
            return Ok(read);
        }
        let mut problem = Problem::new(ErrorCode::Validation, "The query cannot be understood");
        problem.errors = self.wrong;
        Err(problem)
    }
}

/// A page, with a `Link` (RFC 8288) to the next one where there is one.
pub(super) fn page(body: &impl Serialize, next: Option<String>) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    response.insert_header((header::CACHE_CONTROL, "no-store"));
    if let Some(next) = next {
        response.insert_header((header::LINK, format!("<{next}>; rel=\"next\"")));
    }
    response.json(body)
}

/// The address of the next page: of the same list, with the same filters.
pub(super) fn next(list: &str, filters: &[(&str, Option<&str>)], limit: u32, cursor: &str) -> String {
    let mut pairs = form_urlencoded::Serializer::new(String::new());
    for (name, value) in filters {
        pairs.extend_pairs(value.map(|value| (name, value)));
    }
    pairs.append_pair("limit", &limit.to_string()).append_pair("cursor", cursor);
    format!("{list}?{}", pairs.finish())
}
