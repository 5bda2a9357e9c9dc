//! What the made-up runs do.

use std::sync::Arc;

use magone_core::error::ErrorCode;
use magone_core::execution::{EventKind, Pins, ResultMode, RetryReason, TimerReason, Usage};
use magone_core::failure::Failure;
use magone_core::json::Json;
use magone_core::message::{Message, Role, ToolRequest};
use magone_core::path::StepPath;
use magone_core::time::Timestamp;
use serde_json::{Value, json};

/// A run: whose, and its events with the milliseconds before each.
pub struct Script {
    /// Slug and name.
    pub tenant: (&'static str, &'static str),
    /// Pauses and events.
    pub events: Vec<(u64, EventKind)>,
}

const TENANTS: [(&str, &str); 3] =
    [("magure", "Magure"), ("northwind", "Northwind Traders"), ("acme", "Acme Labs")];

/// The scripts in turn.
pub fn number(i: u64) -> Script {
    let tenant =
        TENANTS.iter().cycle().nth(usize::try_from(i % 3).unwrap_or(0)).copied().unwrap_or(("a", "A"));
    let events = match i % 7 {
        0 | 3 => sales(),
        1 | 5 => analytics(None),
        2 => flaky(),
        4 => reminder(),
        _ => analytics(Some(Failure::new(ErrorCode::ToolFailed, "The warehouse refused the query").with_detail(
            "tool warehouse.query: HTTP 403 from warehouse.internal:8443: role reporting_ro lacks SELECT on finance.ledger",
        ))),
    };
    Script { tenant, events }
}

/// A run of so many steps, one after the other inside of one.
pub fn long(steps: u32) -> Script {
    let mut events = created("nightly-import", 3, steps, "all");
    events.push((1, started("import", "loop", Some("Import"), None)));
    for i in 0..steps {
        let step = format!("import/batch_{i:05}");
        events.push((2, started(&step, "transform", None, None)));
        events.push((1, completed(&step, json!({"batch": i}))));
    }
    events.push((1, completed("import", json!(steps))));
    events.push((1, EventKind::ExecutionCompleted { output: value(json!({"batches": steps})) }));
    Script { tenant: ("acme", "Acme Labs"), events }
}

fn value(value: Value) -> Json {
    Arc::new(value)
}

fn path(text: &str) -> StepPath {
    let mut ids = text.split('/');
    let root = StepPath::root(ids.next().unwrap_or_default());
    ids.fold(root, |parent, id| parent.child(id))
}

fn created(slug: &str, version: u32, steps_total: u32, input: &str) -> Vec<(u64, EventKind)> {
    vec![
        (
            0,
            EventKind::ExecutionCreated {
                workflow_slug: slug.to_owned(),
                input: value(json!(input)),
                context: value(json!({"currency": "AED"})),
                session_id: None,
                pins: Pins { definition: slug.to_owned(), version, ..Pins::default() },
                interpreter_version: 1,
                steps_total,
                result_mode: ResultMode::Merged,
                parent: None,
                retry_of: None,
            },
        ),
        (30, EventKind::ExecutionStarted {}),
    ]
}

fn started(step: &str, kind: &str, title: Option<&str>, request: Option<Value>) -> EventKind {
    EventKind::StepStarted {
        step: path(step),
        kind: kind.to_owned(),
        title: title.map(str::to_owned),
        request: request.map(value),
        branch: None,
        reused: false,
    }
}

fn completed(step: &str, output: Value) -> EventKind {
    EventKind::StepCompleted { step: path(step), output: value(output) }
}

fn usage(step: &str, tokens: u64, total: u64) -> EventKind {
    let of = |tokens: u64| Usage { input_tokens: tokens, output_tokens: tokens / 4, cost_micros: tokens * 3 };
    EventKind::UsageUpdated {
        step: path(step),
        model: "openai/gpt-4o-mini".to_owned(),
        usage: of(tokens),
        total: of(total),
    }
}

fn says(step: &str, turn: u32, text: &str, asks: &[(&str, Value)]) -> EventKind {
    let mut message = Message::text(Role::Assistant, text);
    message.tool_calls = asks
        .iter()
        .map(|(tool, arguments)| ToolRequest {
            id: format!("call_{tool}"),
            tool: (*tool).to_owned(),
            arguments: value(arguments.clone()),
        })
        .collect();
    EventKind::MessageCompleted { step: path(step), turn, message, repair: None }
}

fn begins(step: &str, agent: &str, instructions: &str, input: &str) -> EventKind {
    EventKind::AgentStarted {
        step: path(step),
        agent: agent.to_owned(),
        messages: vec![Message::text(Role::System, instructions), Message::text(Role::User, input)],
    }
}

fn calls(step: &str, tool: &str, arguments: Value) -> EventKind {
    EventKind::ToolCalled {
        step: path(step),
        turn: 1,
        call_id: "t1.c0".to_owned(),
        tool: tool.to_owned(),
        arguments: value(arguments),
    }
}

fn answers(step: &str, tool: &str, result: Result<Value, Failure>) -> EventKind {
    EventKind::ToolResult {
        step: path(step),
        turn: 1,
        call_id: "t1.c0".to_owned(),
        tool: tool.to_owned(),
        result: result.map(value),
    }
}

fn retrying(step: &str, attempt: u32) -> EventKind {
    EventKind::StepRetrying {
        step: path(step),
        call: "turn.1".to_owned(),
        attempt,
        fallback: None,
        reason: RetryReason::Error,
        retry_at: Some(later(6_000)),
        failure: Some(
            Failure::new(ErrorCode::ProviderRateLimited, "The model provider is rate limiting us")
                .with_detail("POST /v1/chat/completions: 429, retry-after: 6"),
        ),
    }
}

/// A time ahead; made when the script is, which is near enough for a preview.
fn later(millis: u64) -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(0)).plus_millis(millis)
}

fn sales() -> Vec<(u64, EventKind)> {
    let question = "How did sales in Dubai do last quarter, against the plan?";
    let mut events = created("kpi-sales", 4, 3, question);
    events.extend([
        (20, started("fetch", "tool", Some("Fetch the figures"), Some(json!({"tool": "crm.query", "region": "Dubai"})))),
        (5, calls("fetch", "crm.query", json!({"region": "Dubai", "quarter": "Q3"}))),
        (900, answers("fetch", "crm.query", Ok(json!({"rows": 412, "revenue": 18_240_000})))),
        (2, completed("fetch", json!({"rows": 412, "revenue": 18_240_000}))),
        (3, started("analyze", "agent", Some("Analyse sales"), None)),
        (1, begins("analyze", "data-analyzer", "You analyse sales figures. Answer with numbers, then one sentence.", question)),
        (2_400, says("analyze", 1, "", &[("crm.query", json!({"region": "Dubai", "plan": true}))])),
        (1, usage("analyze", 1_240, 1_240)),
        (3, calls("analyze", "crm.query", json!({"region": "Dubai", "plan": true}))),
        (700, answers("analyze", "crm.query", Ok(json!({"plan": 17_500_000})))),
        (3_100, says("analyze", 2, "Revenue was AED 18.24 m against a plan of 17.50 m: 4.2 % above plan, carried by two large renewals in September.", &[])),
        (1, usage("analyze", 1_900, 3_140)),
        (1, EventKind::AgentCompleted { step: path("analyze"), agent: "data-analyzer".to_owned(), turns: 2 }),
        (1, completed("analyze", json!({"revenue": 18_240_000, "plan": 17_500_000, "delta": 0.042}))),
        (2, started("format", "agent", Some("Write the answer"), None)),
        (1, begins("format", "formatter", "Write for a busy reader.", "{\"revenue\": 18240000, \"plan\": 17500000}")),
        (2_000, says("format", 1, "Sales in Dubai came in at AED 18.24 m, 4.2 % above plan.", &[])),
        (1, usage("format", 620, 3_760)),
        (1, EventKind::AgentCompleted { step: path("format"), agent: "formatter".to_owned(), turns: 1 }),
        (1, completed("format", json!("Sales in Dubai came in at AED 18.24 m, 4.2 % above plan."))),
        (1, EventKind::ExecutionCompleted { output: value(json!("Sales in Dubai came in at AED 18.24 m, 4.2 % above plan.")) }),
    ]);
    events
}

fn analytics(failure: Option<Failure>) -> Vec<(u64, EventKind)> {
    let mut events = created("analytics", 12, 6, "Margins by product line, and what drives them");
    events.extend([
        (10, started("gather", "parallel", Some("Gather"), None)),
        (4, started("gather/orders", "tool", None, Some(json!({"tool": "warehouse.query"})))),
        (1, started("gather/costs", "tool", None, Some(json!({"tool": "warehouse.query"})))),
        (1, started("gather/market", "llm", Some("Market background"), None)),
        (5, calls("gather/orders", "warehouse.query", json!({"table": "orders"}))),
        (2, calls("gather/costs", "warehouse.query", json!({"table": "finance.ledger"}))),
        (1_300, answers("gather/orders", "warehouse.query", Ok(json!({"rows": 90_211})))),
        (1, completed("gather/orders", json!({"rows": 90_211}))),
    ]);
    if let Some(failure) = failure {
        events.extend([
            (800, answers("gather/costs", "warehouse.query", Err(failure.clone()))),
            (
                1,
                EventKind::StepFailed {
                    step: path("gather/costs"),
                    failure: failure.clone(),
                    handled: false,
                },
            ),
            (1, EventKind::StepFailed { step: path("gather"), failure: failure.clone(), handled: false }),
            (1, EventKind::ExecutionFailed { failure }),
        ]);
        return events;
    }
    events.extend([
        (900, answers("gather/costs", "warehouse.query", Ok(json!({"rows": 1_204})))),
        (1, completed("gather/costs", json!({"rows": 1_204}))),
        (2_100, says("gather/market", 1, "Input prices fell by about three percent over the year.", &[])),
        (1, usage("gather/market", 300, 300)),
        (1, completed("gather/market", json!("Input prices fell by about three percent over the year."))),
        (1, completed("gather", json!({"orders": {"rows": 90_211}, "costs": {"rows": 1_204}, "market": "…"}))),
        (2, started("check", "branch", None, None)),
        (1, completed("check", json!("explain"))),
        (2, started("explain", "agent", Some("Explain the margins"), None)),
        (1, begins("explain", "analyst", "Explain margins by product line.", "Margins by product line, and what drives them")),
        (5_200, says("explain", 1, "Coatings lead with 41 %, adhesives follow with 33 %. Falling input prices explain about half of the gain.", &[])),
        (1, usage("explain", 5_400, 5_700)),
        (1, EventKind::AgentCompleted { step: path("explain"), agent: "analyst".to_owned(), turns: 1 }),
        (1, completed("explain", json!({"coatings": 0.41, "adhesives": 0.33}))),
        (1, EventKind::ExecutionCompleted { output: value(json!({
            "content": "Coatings lead with 41 %, adhesives follow with 33 %.",
            "margins": {"coatings": 0.41, "adhesives": 0.33}
        })) }),
    ]);
    events
}

fn flaky() -> Vec<(u64, EventKind)> {
    let mut events = created("kpi-ops", 2, 2, "Which depots missed their targets?");
    events.extend([
        (
            5,
            started(
                "ask",
                "llm",
                Some("Ask the model"),
                Some(json!({"prompt": "Which depots missed their targets?"})),
            ),
        ),
        (900, retrying("ask", 2)),
        (6_000, retrying("ask", 3)),
        (8_000, says("ask", 1, "Jebel Ali and Al Quoz missed theirs.", &[])),
        (1, usage("ask", 800, 800)),
        (1, completed("ask", json!("Jebel Ali and Al Quoz missed theirs."))),
        (3, started("shape", "transform", None, None)),
        (1, completed("shape", json!({"depots": ["Jebel Ali", "Al Quoz"]}))),
        (1, EventKind::ExecutionCompleted { output: value(json!({"depots": ["Jebel Ali", "Al Quoz"]})) }),
    ]);
    events
}

fn reminder() -> Vec<(u64, EventKind)> {
    let mut events = created("invoice-reminder", 1, 3, "INV-2041");
    events.extend([
        (5, started("pause", "wait", Some("Wait for the due date"), None)),
        (
            1,
            EventKind::TimerStarted {
                step: path("pause"),
                fire_at: later(20_000),
                reason: TimerReason::Wait,
            },
        ),
        (9_000, EventKind::ExecutionCancelling { reason: Some("The invoice was paid".to_owned()) }),
        (1_500, EventKind::ExecutionCancelled { reason: Some("The invoice was paid".to_owned()) }),
    ]);
    events
}
