//! Keys and tokens that open nothing: told so, a number of times.

use actix_web::HttpRequest;
use magone_core::error::ErrorCode;

use crate::problem::Problem;
use crate::state::AppState;

/// Wrong keys and tokens that one address is told about in a minute.
pub const WRONG_MOST: u32 = 30;

/// What whoever sent this is told: of wrong keys there are only so many a minute from one address. Only
/// those are counted and refused; a key that opens something is never held up.
pub(super) fn refused(problem: Problem, request: &HttpRequest, state: &AppState) -> Problem {
    if problem.code != ErrorCode::KeyInvalid {
        return problem;
    }
    match state.wrong_keys.count(state.proxies.client(request)) {
        Ok(()) => problem,
        Err(seconds) => {
            let detail = format!("Too many wrong keys came from your address; wait {seconds} seconds");
            let mut problem = Problem::new(ErrorCode::RateLimited, detail);
            problem.retry_after = seconds;
            problem
        }
    }
}
