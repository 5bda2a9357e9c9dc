//! Why a server did not do what it was asked to.

use magone_activities::http::Fault;
use magone_core::workflow::Problem;
use serde_json::Value;

use crate::cli::exit::Exit;
use crate::cli::failure::Failure;

/// Why a call came to nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) enum Refusal {
    /// There was no answer, or it broke off.
    NoAnswer {
        /// The server.
        url: String,
        /// What happened on the way.
        why: String,
        /// Whether nobody was there at all.
        unreachable: bool,
    },
    /// A problem document (RFC 9457).
    Problem {
        /// HTTP status.
        status: u16,
        /// Stable code.
        code: String,
        /// The sentence.
        detail: String,
        /// Single problems.
        errors: Vec<Problem>,
    },
    /// Something that no server of ours says.
    Strange {
        /// The server.
        url: String,
        /// HTTP status.
        status: u16,
    },
}

impl Refusal {
    pub fn of_fault(url: &str, fault: &Fault) -> Self {
        Self::NoAnswer {
            url: url.to_owned(),
            why: cause(&fault.to_string()).to_owned(),
            unreachable: matches!(fault, Fault::Unreachable(_)),
        }
    }

    /// What an answer says that is no success.
    pub fn of_answer(url: &str, status: u16, body: &[u8]) -> Self {
        let document: Value = serde_json::from_slice(body).unwrap_or_default();
        let text = |name: &str| document.get(name).and_then(Value::as_str).map(str::to_owned);
        match (text("code"), text("detail")) {
            (Some(code), Some(detail)) => {
                let errors = document.get("errors").cloned().unwrap_or_default();
                let errors = serde_json::from_value(errors).unwrap_or_default();
                Self::Problem { status, code, detail, errors }
            }
            _ => Self::Strange { url: url.to_owned(), status },
        }
    }

    /// Whether the same call may work shortly.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::NoAnswer { .. } => true,
            Self::Problem { status, .. } | Self::Strange { status, .. } => matches!(status, 429 | 500..=599),
        }
    }
}

/// The end of a chain of causes: what stands before it names the layers of a library.
pub(in crate::cli) fn cause(chain: &str) -> &str {
    let cut = chain.rmatch_indices(": ").nth(1);
    cut.and_then(|(at, separator)| chain.get(at + separator.len()..)).unwrap_or(chain)
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NoAnswer { url, why, unreachable: true } => Self::failed(format!(
                "cannot reach a server at {url} ({why}); start one with `magone serve`, or name another address in \
                 MAGONE_URL"
            )),
            Refusal::NoAnswer { url, why, .. } => {
                Self::failed(format!("the server at {url} gave no answer ({why})"))
            }
            Refusal::Problem { status, code, detail, errors } => {
                Self::new(Exit::of_status(status), detail).with_code(code).with_problems(&errors)
            }
            Refusal::Strange { url, status } => Self::failed(format!(
                "the server at {url} answered {status}, but not as Magone does; name Magone's address in MAGONE_URL"
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn failure(status: u16, body: &str) -> Failure {
        Refusal::of_answer("http://h", status, body.as_bytes()).into()
    }

    #[test]
    fn problems_keep_their_sentence_code_and_places() {
        let body = json!({
            "type": "/problems/validation", "title": "x", "code": "validation", "detail": "The body is wrong",
            "errors": [{"pointer": "/input", "detail": "is missing"}],
        });
        let told = failure(422, &body.to_string());
        assert_eq!((told.exit, told.sentence.as_str()), (Exit::Failed, "The body is wrong"));
        assert_eq!(told.code.as_deref(), Some("validation"));
        assert_eq!(told.problems, [Problem::new("/input", "is missing")]);
    }

    #[test]
    fn statuses_become_exit_codes_even_with_codes_of_later_versions() {
        let of = |status: u16| failure(status, r#"{"code":"of_tomorrow","detail":"x"}"#).exit;
        assert_eq!(
            [401, 403, 404, 409, 429, 422].map(of),
            [Exit::Auth, Exit::Auth, Exit::NotFound, Exit::Conflict, Exit::Limited, Exit::Failed]
        );
    }

    #[test]
    fn an_answer_of_another_program_is_told_as_such() {
        for body in ["", "<html>", "[]", "{\"detail\":\"Not Found\"}"] {
            let told = failure(404, body);
            assert_eq!(told.exit, Exit::Failed);
            assert!(told.sentence.contains("not as Magone does"), "{}", told.sentence);
        }
    }

    #[test]
    fn causes_are_told_without_the_layers_above_them() {
        let chain =
            "no connection: client error (Connect): tcp connect error: Connection refused (os error 111)";
        assert_eq!(cause(chain), "tcp connect error: Connection refused (os error 111)");
        assert_eq!(cause("timed out: no byte"), "timed out: no byte");
    }

    #[test]
    fn only_what_may_pass_is_tried_again() {
        let of = |status| Refusal::of_answer("u", status, b"{\"code\":\"c\",\"detail\":\"d\"}").may_pass();
        assert_eq!([429, 500, 503, 401, 404, 422].map(of), [true, true, true, false, false, false]);
        assert!(Refusal::of_fault("u", &Fault::Interrupted("x".to_owned())).may_pass());
    }
}
