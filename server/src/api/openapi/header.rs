//! The headers of the contract, in one place: what a document of an endpoint names is one of these.

use serde_json::{Value, json};

/// A header, of requests or of answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Its name.
    pub name: &'static str,
    /// What it is for.
    pub text: &'static str,
    kind: Kind,
    example: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    Number,
}

macro_rules! headers {
    ($($(#[doc = $doc:literal])* $constant:ident = $name:literal, $kind:ident, $example:literal;)*) => {
        impl Header {
            $(
                $(#[doc = $doc])*
                pub const $constant: Self = Self {
                    name: $name,
                    text: concat!($($doc),*),
                    kind: Kind::$kind,
                    example: $example,
                };
            )*

            /// Every header of the contract.
            pub const ALL: &'static [Self] = &[$(Self::$constant),*];
        }
    };
}

headers! {
    /// Names the request in answers, logs and traces; made up where it is absent.
    REQUEST_ID = "X-Request-Id", Text, "req_019b2f5a6c7d7e8f9a0b1c2d3e4f5a6b";
    /// The trace that the request belongs to (W3C Trace Context); what is malformed is replaced.
    TRACEPARENT = "traceparent", Text, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    /// At most so many characters as 255. The same key with the same request never starts a second
    /// execution: the answer is that of the first.
    IDEMPOTENCY_KEY = "Idempotency-Key", Text, "8e03978e-40d5-43dd-bc93-6894a57f9324";
    /// `true` where the answer is about an execution that an earlier request started.
    IDEMPOTENCY_REPLAYED = "Idempotency-Replayed", Text, "true";
    /// `wait=N` waits at most N seconds for the end, `respond-async` not at all (RFC 7240).
    PREFER = "Prefer", Text, "wait=30";
    /// The preference that was followed.
    PREFERENCE_APPLIED = "Preference-Applied", Text, "wait=30";
    /// The `id` of the last frame that was read; the stream goes on behind it.
    LAST_EVENT_ID = "Last-Event-ID", Text, "12";
    /// The version that the change was made to, as its ETag; somebody else's change in between is a
    /// conflict then.
    IF_MATCH = "If-Match", Text, "\"3\"";
    /// The version.
    ETAG = "ETag", Text, "\"3\"";
    /// Where what was made is.
    LOCATION = "Location", Text, "/api/v1/external/executions/exec_01k00000000000000000000000";
    /// The next page, as `rel=\"next\"` (RFC 8288).
    LINK = "Link", Text, "</api/v1/external/executions?limit=20&cursor=exec_01k00000000000000000000000>; rel=\"next\"";
    /// Seconds after which the same request is taken.
    RETRY_AFTER = "Retry-After", Number, "1";
    /// How to be let in.
    WWW_AUTHENTICATE = "WWW-Authenticate", Text, "ApiKey";
    /// The policies that count: name, quota `q`, window `w` in seconds.
    RATE_LIMIT_POLICY = "RateLimit-Policy", Text, "\"rpm\";q=60;w=60";
    /// What is left of each policy: `r`, and in how many seconds it is whole again: `t`.
    RATE_LIMIT = "RateLimit", Text, "\"rpm\";r=41;t=12";
    /// The quota of the policy that counted.
    X_RATE_LIMIT_LIMIT = "X-RateLimit-Limit", Number, "60";
    /// What is left of it.
    X_RATE_LIMIT_REMAINING = "X-RateLimit-Remaining", Number, "41";
    /// When it is whole again, in unix seconds.
    X_RATE_LIMIT_RESET = "X-RateLimit-Reset", Number, "1767225600";
}

impl Header {
    /// As an object of `components/headers`.
    pub(super) fn described(self) -> Value {
        json!({"description": self.text.trim(), "schema": self.schema(), "example": self.example()})
    }

    /// As a parameter of a request; none of them is ever asked for.
    pub(super) fn parameter(self) -> Value {
        json!({
            "name": self.name,
            "in": "header",
            "description": self.text.trim(),
            "required": false,
            "schema": self.schema(),
            "example": self.example(),
        })
    }

    fn schema(self) -> Value {
        match self.kind {
            Kind::Text => json!({"type": "string"}),
            Kind::Number => json!({"type": "integer", "minimum": 0}),
        }
    }

    fn example(self) -> Value {
        match (self.kind, self.example.parse::<u64>()) {
            (Kind::Number, Ok(number)) => json!(number),
            _ => json!(self.example),
        }
    }
}
