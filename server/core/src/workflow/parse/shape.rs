//! What definitions and agents look like, as tables. The types in `definition` and `agent` are the
//! format; a test holds the two together.

/// What a value has to be.
#[derive(Debug)]
pub(super) enum Shape {
    /// Any JSON.
    Any,
    /// A string.
    Text,
    /// A whole number up to this one.
    Whole(u64),
    /// A number.
    Number,
    /// One of these strings.
    Word(&'static [&'static str]),
    /// Any object.
    Object,
    /// A JSON Schema.
    Schema,
    /// A list.
    List(&'static Shape),
    /// An object with these members.
    Members(&'static [Member]),
    /// A step: its members go by its `type`.
    Step,
    /// `continue`, or an object with `next`.
    OnError,
}

/// One member of an object.
#[derive(Debug)]
pub(super) struct Member {
    pub name: &'static str,
    pub shape: Shape,
    pub required: bool,
}

const fn must(name: &'static str, shape: Shape) -> Member {
    Member { name, shape, required: true }
}

const fn may(name: &'static str, shape: Shape) -> Member {
    Member { name, shape, required: false }
}

const U32: u64 = 0xffff_ffff;

/// A definition.
pub(super) const DEFINITION: &[Member] = &[
    must("id", Shape::Text),
    may("name", Shape::Text),
    may("description", Shape::Text),
    must("entry_step", Shape::Text),
    may("context", Shape::Object),
    may("overridable", Shape::List(&Shape::Text)),
    may("config", Shape::Object),
    may("input_schema", Shape::Schema),
    may("output_schema", Shape::Schema),
    may("output", Shape::Any),
    may("result_mode", Shape::Word(&["merged", "raw"])),
    may("limits", Shape::Members(LIMITS)),
    must("steps", Shape::List(&Shape::Step)),
];

/// What a tenant has otherwise.
pub(super) const OVERRIDES: &[Member] = &[
    may("entry_agent_id", Shape::Text),
    may("config", Shape::Object),
    may("model", Shape::Text),
    may("limits", Shape::Members(LIMITS)),
];

const LIMITS: &[Member] = &[
    may("timeout_seconds", Shape::Whole(u64::MAX)),
    may("sync_wait_seconds", Shape::Whole(u64::MAX)),
    may("max_steps", Shape::Whole(U32)),
    may("max_tokens", Shape::Whole(u64::MAX)),
    may("max_cost_usd", Shape::Number),
];

const RETRY: &[Member] = &[
    may("max_attempts", Shape::Whole(U32)),
    may("initial_interval_ms", Shape::Whole(u64::MAX)),
    may("backoff", Shape::Number),
    may("max_interval_ms", Shape::Whole(u64::MAX)),
];

const CASE: &[Member] = &[must("when", Shape::Text), must("next", Shape::Text)];

/// What follows a failure, where it is an object.
pub(super) const ON_ERROR: &[Member] = &[must("next", Shape::Text)];

/// Members of every step.
pub(super) const STEP: &[Member] = &[
    must("id", Shape::Text),
    must("type", Shape::Text),
    may("next", Shape::Text),
    may("retry", Shape::Members(RETRY)),
    may("timeout_seconds", Shape::Whole(u64::MAX)),
    may("on_error", Shape::OnError),
    may("summary", Shape::Text),
];

/// Members of the steps of each kind, besides [`STEP`].
const KINDS: &[(&str, &[Member])] = &[
    (
        "agent",
        &[
            must("agent", Shape::Text),
            may("input", Shape::Any),
            may("output_schema", Shape::Schema),
            may("max_turns", Shape::Whole(U32)),
        ],
    ),
    (
        "llm",
        &[
            may("model", Shape::Text),
            may("system", Shape::Text),
            must("prompt", Shape::Text),
            may("output_schema", Shape::Schema),
        ],
    ),
    ("tool", &[must("tool", Shape::Text), may("arguments", Shape::Object)]),
    (
        "knowledge",
        &[
            must("collection", Shape::Text),
            must("query", Shape::Text),
            may("top_k", Shape::Whole(U32)),
            may("filter", Shape::Object),
        ],
    ),
    ("branch", &[must("cases", Shape::List(&Shape::Members(CASE))), may("default", Shape::Text)]),
    ("parallel", &[must("branches", Shape::List(&Shape::Text)), may("fail", Shape::Word(&["fast", "wait"]))]),
    (
        "map",
        &[
            must("items", Shape::Any),
            may("as", Shape::Text),
            must("steps", Shape::List(&Shape::Text)),
            may("max_concurrency", Shape::Whole(U32)),
        ],
    ),
    (
        "loop",
        &[
            must("while", Shape::Text),
            must("steps", Shape::List(&Shape::Text)),
            must("max_iterations", Shape::Whole(U32)),
        ],
    ),
    (
        "approval",
        &[
            must("prompt", Shape::Text),
            may("schema", Shape::Schema),
            may("on_timeout", Shape::Word(&["approve", "reject", "fail"])),
        ],
    ),
    ("workflow", &[must("workflow", Shape::Text), may("input", Shape::Any), may("context", Shape::Object)]),
    ("wait", &[may("seconds", Shape::Any), may("until", Shape::Text)]),
    ("transform", &[must("value", Shape::Any)]),
    ("fail", &[may("code", Shape::Text), must("message", Shape::Text)]),
];

/// Members of the steps of one kind, besides [`STEP`]; `None` for a kind that does not exist.
pub(super) fn of_kind(kind: &str) -> Option<&'static [Member]> {
    KINDS.iter().find(|(name, _)| *name == kind).map(|(_, members)| *members)
}

/// An agent.
pub(super) const AGENT: &[Member] = &[
    must("id", Shape::Text),
    may("name", Shape::Text),
    must("model", Shape::Text),
    may("temperature", Shape::Number),
    may("max_tokens", Shape::Whole(U32)),
    may("fallbacks", Shape::List(&Shape::Text)),
    may("instructions", Shape::Text),
    may("tools", Shape::List(&Shape::Text)),
    may("knowledge", Shape::List(&Shape::Text)),
    may("sub_agents", Shape::List(&Shape::Text)),
    may("output_schema", Shape::Schema),
    may("max_turns", Shape::Whole(U32)),
];
