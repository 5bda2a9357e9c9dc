//! Why a use-case was refused or did not work.

use magone_core::egress::Refusal as Denied;
use magone_core::error::ErrorCode;
use magone_core::execution::Refusal;
use magone_core::ids::ExecutionId;
use magone_core::limit::Refused;
use magone_core::ports::{EngineError, StoreError};
use magone_core::workflow::Problem;

/// Why a use-case was refused or did not work. `Display` is the public sentence; what only the
/// operator may read is in [`ServiceError::internal`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ServiceError {
    /// No key was sent.
    #[error("Missing X-API-Key header")]
    KeyMissing,
    /// The key is unknown, revoked, expired or no key at all.
    #[error("Invalid API key")]
    KeyInvalid,
    /// No admin token was sent.
    #[error("Missing admin token: send it as Authorization: Bearer <token>")]
    TokenMissing,
    /// The admin token is unknown, revoked, expired or no token at all.
    #[error("Invalid admin token")]
    TokenInvalid,
    /// The key is valid, its tenant is switched off.
    #[error("Tenant '{0}' is suspended")]
    TenantSuspended(String),
    /// A password, link or session that does not open anything.
    #[error("{0}")]
    Refused(String),
    /// Whoever waits may not be here any more; what they wait for goes on.
    #[error("{why}")]
    TurnedOut {
        /// What the next request is told.
        why: Box<ServiceError>,
        /// The run.
        execution_id: ExecutionId,
    },
    /// The caller may not do this.
    #[error("{0}")]
    Forbidden(String),
    /// There is no such thing, or it is another tenant's.
    #[error("{kind} '{name}' not found")]
    NotFound {
        /// What was looked for, for example `Workflow`.
        kind: &'static str,
        /// The name or id that was asked for.
        name: String,
    },
    /// Taken already, or not possible in this state.
    #[error("{0}")]
    Conflict(String),
    /// Well-formed, but not what is asked for.
    #[error("{detail}")]
    Validation {
        /// One sentence about all problems.
        detail: String,
        /// Each problem with its JSON pointer.
        problems: Vec<Problem>,
    },
    /// A URL that the egress policy refuses.
    #[error("{detail}")]
    EgressDenied {
        /// Why, in one sentence.
        detail: String,
        /// Its place in the request.
        problems: Vec<Problem>,
    },
    /// More than the tenant may use now.
    #[error("{0}")]
    Limited(Refused),
    /// The idempotency key stands for another request.
    #[error(
        "This Idempotency-Key was used with another request; send the same workflow and body, or a key of its own"
    )]
    IdempotencyMismatch,
    /// More than the engine can carry.
    #[error("{0}")]
    TooLarge(String),
    /// The engine does not answer.
    #[error("The workflow engine cannot be reached right now; try again shortly")]
    Unreachable(String),
    /// The server is shutting down.
    #[error("The server is shutting down; try again shortly")]
    Draining,
    /// The database is away, full or read-only.
    #[error("The database cannot be reached right now; try again shortly")]
    Unavailable(String),
    /// A fault of ours.
    #[error("Something went wrong on our side")]
    Internal(String),
}

impl ServiceError {
    /// Nothing of that kind and name.
    #[must_use]
    pub fn not_found(kind: &'static str, name: impl Into<String>) -> Self {
        Self::NotFound { kind, name: name.into() }
    }

    /// Problems found in a document called `what`.
    #[must_use]
    pub fn invalid(what: &str, problems: Vec<Problem>) -> Self {
        let detail = match problems.as_slice() {
            [only] if only.pointer.is_empty() => format!("The {what} is not valid: {}", only.detail),
            [only] => format!("The {what} is not valid: {}: {}", only.pointer, only.detail),
            many => format!("The {what} has {} problems", many.len()),
        };
        Self::Validation { detail, problems }
    }

    /// A URL that the egress policy refuses, with its place in the request.
    #[must_use]
    pub fn egress_denied(pointer: &str, refusal: &Denied) -> Self {
        let detail = refusal.to_string();
        Self::EgressDenied { problems: vec![Problem::new(pointer, detail.clone())], detail }
    }

    /// The row of the error table.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::KeyMissing | Self::TokenMissing => ErrorCode::KeyMissing,
            Self::KeyInvalid | Self::TokenInvalid | Self::Refused(_) => ErrorCode::KeyInvalid,
            Self::TenantSuspended(_) => ErrorCode::TenantSuspended,
            Self::TurnedOut { why, .. } => why.code(),
            Self::Forbidden(_) => ErrorCode::InsufficientScope,
            Self::NotFound { .. } => ErrorCode::NotFound,
            Self::Conflict(_) => ErrorCode::Conflict,
            Self::Validation { .. } => ErrorCode::Validation,
            Self::EgressDenied { .. } => ErrorCode::EgressDenied,
            Self::Limited(Refused::Rate(..)) => ErrorCode::RateLimited,
            Self::Limited(Refused::Concurrency { .. }) => ErrorCode::ConcurrencyLimited,
            Self::Limited(Refused::Quota(..)) => ErrorCode::QuotaExceeded,
            Self::IdempotencyMismatch => ErrorCode::IdempotencyMismatch,
            Self::TooLarge(_) => ErrorCode::TooLarge,
            Self::Draining => ErrorCode::Draining,
            Self::Unavailable(_) | Self::Unreachable(_) => ErrorCode::Overloaded,
            Self::Internal(_) => ErrorCode::Internal,
        }
    }

    /// Problems with their pointers.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        match self {
            Self::Validation { problems, .. } | Self::EgressDenied { problems, .. } => problems,
            _ => &[],
        }
    }

    /// The run that was begun before it went wrong.
    #[must_use]
    pub fn execution_id(&self) -> Option<&ExecutionId> {
        match self {
            Self::TurnedOut { execution_id, .. } => Some(execution_id),
            _ => None,
        }
    }

    /// Whole seconds after which the same request may work, where that is known.
    #[must_use]
    pub fn retry_after_seconds(&self) -> Option<u64> {
        match self {
            Self::Limited(refused) => Some(refused.retry_after_seconds()),
            _ => None,
        }
    }

    /// What only the operator may read.
    #[must_use]
    pub fn internal(&self) -> Option<&str> {
        match self {
            Self::Unavailable(chain) | Self::Unreachable(chain) | Self::Internal(chain) => Some(chain),
            _ => None,
        }
    }
}

impl From<StoreError> for ServiceError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict(what) => Self::Conflict(what),
            StoreError::Unavailable(why) => Self::Unavailable(why),
            // Use-cases name what they look for: a row that is missing here was promised to exist.
            StoreError::NotFound(why) | StoreError::Internal(why) => Self::Internal(why),
        }
    }
}

impl From<EngineError> for ServiceError {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Draining => Self::Draining,
            EngineError::NotInFlight => Self::Conflict("The execution is not in flight".to_owned()),
            EngineError::TooLarge(what) => Self::TooLarge(what),
            EngineError::Unreachable(why) => Self::Unreachable(why),
            EngineError::Refused(Refusal::Unknown) => Self::not_found("Approval", ""),
            EngineError::Refused(Refusal::Decided) => {
                Self::Conflict("The approval was decided already".to_owned())
            }
            EngineError::Refused(Refusal::Unfit(problems)) => Self::invalid("decision", problems),
            EngineError::Store(error) => error.into(),
        }
    }
}
