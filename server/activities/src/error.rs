//! Why an activity did not work. The text of an error is for the operator; the tenant gets
//! [`Error::sentence`], which never quotes a provider, an address or a key.

use magone_core::activity::{ActivityError, RetryClass};
use magone_core::error::ErrorCode;
use magone_core::failure::Failure;

use crate::http::Fault;

/// An activity, or the set-up of activities, failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A setting is no good; the process cannot start with it.
    #[error("{name} {mend}")]
    Setting {
        /// The variable or option.
        name: &'static str,
        /// What it has to be.
        mend: String,
    },
    /// The HTTP client cannot be built.
    #[error("the HTTP client cannot be built: {0}")]
    Client(String),
    /// The address is none that this call may reach.
    #[error("{0}")]
    EgressDenied(String),
    /// The model is not named `provider/name`, or has no such script.
    #[error("{0}")]
    UnknownModel(String),
    /// A tool is offered to a model that this server does not have.
    #[error("there is no tool '{0}'")]
    UnknownTool(String),
    /// There is no such provider, or it has no credentials.
    #[error("{0}")]
    NotConfigured(String),
    /// The provider answered 401 or 403.
    #[error("{0}")]
    CredentialsRefused(String),
    /// The provider answered 429.
    #[error("{detail}")]
    RateLimited {
        /// Milliseconds that the provider asks to wait.
        retry_after_ms: Option<u64>,
        /// For the operator.
        detail: String,
    },
    /// The provider's account has nothing left; waiting does not help.
    #[error("{0}")]
    QuotaExhausted(String),
    /// The provider found fault with the request.
    #[error("{0}")]
    Rejected(String),
    /// The provider failed, and may not fail again.
    #[error("{detail}")]
    ProviderFailed {
        /// Milliseconds that the provider asks to wait.
        retry_after_ms: Option<u64>,
        /// For the operator.
        detail: String,
    },
    /// The provider's answer is not understood.
    #[error("{0}")]
    Rubbish(String),
    /// The provider's content filter stopped the answer.
    #[error("{0}")]
    Filtered(String),
    /// The call did not come to an answer.
    #[error("{0}")]
    Call(Fault),
    /// There is no such tool, or it does not take these arguments; the model that asked reads why.
    #[error("{0}")]
    Tool(String),
    /// There is no such collection: not for this tenant, or no store at all.
    #[error("{0}")]
    UnknownCollection(String),
    /// The knowledge store cannot be reached, and may come back.
    #[error("{0}")]
    KnowledgeAway(String),
    /// The knowledge store failed, or gave something that is no answer.
    #[error("{0}")]
    KnowledgeFailed(String),
    /// A tool of ours has a schema that does not compile.
    #[error("a tool's schema does not compile: {0}")]
    BrokenTool(String),
    /// The scripted provider was asked to fail.
    #[error("scripted failure {}", .0.as_str())]
    Scripted(ErrorCode),
}

impl Error {
    /// The row of the error table.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Setting { .. } | Self::Client(_) | Self::BrokenTool(_) => ErrorCode::Internal,
            Self::EgressDenied(_) => ErrorCode::EgressDenied,
            Self::UnknownModel(_) | Self::UnknownTool(_) | Self::UnknownCollection(_) => {
                ErrorCode::DefinitionError
            }
            Self::NotConfigured(_) | Self::CredentialsRefused(_) => ErrorCode::ProviderAuth,
            Self::RateLimited { .. } | Self::QuotaExhausted(_) => ErrorCode::ProviderRateLimited,
            Self::Rejected(_)
            | Self::ProviderFailed { .. }
            | Self::Rubbish(_)
            | Self::Filtered(_)
            | Self::Call(_) => ErrorCode::ProviderError,
            Self::Tool(_) | Self::KnowledgeAway(_) | Self::KnowledgeFailed(_) => ErrorCode::ToolFailed,
            Self::Scripted(code) => *code,
        }
    }

    /// Whether another attempt may work.
    #[must_use]
    pub fn retry(&self) -> RetryClass {
        match self {
            Self::RateLimited { retry_after_ms, .. } | Self::ProviderFailed { retry_after_ms, .. } => {
                retry_after_ms.map_or(RetryClass::Backoff, RetryClass::After)
            }
            Self::Call(fault) if fault.may_pass() => RetryClass::Backoff,
            Self::Rubbish(_) | Self::KnowledgeAway(_) => RetryClass::Backoff,
            Self::Scripted(code) if code.retryable() => RetryClass::Backoff,
            _ => RetryClass::Never,
        }
    }

    /// What the tenant reads.
    #[must_use]
    pub fn sentence(&self) -> String {
        let fixed = match self {
            Self::Setting { .. } | Self::Client(_) | Self::BrokenTool(_) => {
                "The server is not set up correctly"
            }
            Self::EgressDenied(_) => "The address may not be called",
            Self::UnknownModel(_) => "The definition names a model that does not exist",
            Self::UnknownTool(_) => "The definition names a tool that does not exist",
            Self::UnknownCollection(_) => "The definition names a collection that does not exist",
            Self::KnowledgeAway(_) => "The knowledge store cannot be reached",
            Self::KnowledgeFailed(_) => "The knowledge store failed",
            Self::NotConfigured(_) => "The model provider is not configured",
            Self::CredentialsRefused(_) => "The model provider refused the credentials",
            Self::RateLimited { .. } => "The model provider takes no more requests for now",
            Self::QuotaExhausted(_) => "The quota at the model provider is used up",
            Self::Rejected(_) => "The model provider rejected the request",
            Self::ProviderFailed { .. } => "The model provider failed",
            Self::Rubbish(_) => "The model provider gave an answer that is not understood",
            Self::Filtered(_) => "The content filter of the model provider stopped the answer",
            Self::Call(Fault::NotAllowed(_)) => "The address may not be called",
            Self::Call(Fault::Unreachable(_)) => "The model provider cannot be reached",
            Self::Call(Fault::TimedOut(_)) => "The model provider did not answer in time",
            Self::Call(Fault::Interrupted(_)) => "The connection to the model provider broke",
            Self::Call(Fault::TooLarge(_)) => "The answer of the model provider is too large",
            Self::Tool(sentence) => return sentence.clone(),
            Self::Scripted(code) => return format!("The scripted model failed with {}", code.as_str()),
        };
        fixed.to_owned()
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::NotAllowed(why) => Self::EgressDenied(why),
            fault => Self::Call(fault),
        }
    }
}

impl From<Error> for ActivityError {
    fn from(error: Error) -> Self {
        let failure = Failure::new(error.code(), error.sentence());
        Self { retry: error.retry(), failure: failure.with_detail(error.to_string()) }
    }
}
