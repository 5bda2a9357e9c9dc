use std::sync::Arc;
use std::time::Duration;

use magone_core::activity::{Completion, RetryClass};
use magone_core::workflow::schema;
use serde_json::{Value, json};

use super::*;
use crate::tools::Toolbox;

const QUESTION: &str = "Show me Q4 sales KPIs for Dubai region";

fn request(script: &str, agent: Option<&str>) -> Request {
    Request {
        model: script.to_owned(),
        completion: Completion {
            model: format!("scripted/{script}"),
            messages: vec![Message::text(Role::System, "Be brief."), Message::text(Role::User, QUESTION)],
            tools: Vec::new(),
            knowledge: Vec::new(),
            output_schema: None,
            temperature: None,
            max_tokens: None,
            agent: agent.map(str::to_owned),
        },
        tools: Vec::new(),
        idempotency_key: "exec_1:a#t1@1".to_owned(),
        speech: Default::default(),
    }
}

fn with_tool(mut request: Request, tool: &str) -> Request {
    request.completion.tools.push(tool.to_owned());
    request.tools.push(Toolbox::builtin().unwrap().spec(tool).unwrap());
    request
}

async fn said(request: Request) -> String {
    Scripted.complete(request).await.unwrap().message.content
}

async fn said_as_json(request: Request) -> Value {
    serde_json::from_str(&said(request).await).unwrap()
}

#[tokio::test]
async fn echo_repeats_the_user() {
    assert_eq!(said(request("echo", None)).await, QUESTION);
    let answer = Scripted.complete(request("echo", None)).await.unwrap();
    assert_eq!((answer.usage.input_tokens, answer.usage.output_tokens), (10, 8));
    assert_eq!(answer.model, "echo");
}

#[tokio::test]
async fn the_formatter_answers_in_the_documented_shape_and_always_the_same() {
    let answer = said_as_json(request("demo", Some("formatter"))).await;
    let names: Vec<_> = answer["kpis"].as_array().unwrap().iter().map(|kpi| &kpi["name"]).collect();
    assert_eq!(names, ["Total Sales", "Units Sold", "Avg Price"]);
    for kpi in answer["kpis"].as_array().unwrap() {
        assert!(kpi["value"].as_u64().unwrap() > 0 && kpi["unit"].is_string());
        assert!(kpi["change"].as_str().unwrap().ends_with('%'));
    }
    assert!(answer["summary"].as_str().unwrap().starts_with("Q4 2024 shows"));
    assert_eq!(answer["chart_data"]["labels"][3], "Q4 2024");
    assert_eq!(answer, said_as_json(request("demo", Some("formatter"))).await);
}

#[tokio::test]
async fn agents_after_each_other_tell_the_same_numbers() {
    let calculated = said(request("demo", Some("kpi-calculator"))).await;
    let mut format = request("demo", Some("formatter"));
    format.completion.messages = vec![Message::text(Role::User, calculated.clone())];
    let calculated: Value = serde_json::from_str(&calculated).unwrap();
    assert_eq!(said_as_json(format).await["kpis"], calculated["kpis"]);
}

#[tokio::test]
async fn every_agent_of_the_demo_has_an_answer_of_its_own() {
    let agents = [
        "data-analyzer",
        "kpi-calculator",
        "formatter",
        "ops-agent",
        "calculator",
        "data-agent",
        "trend-analyst",
        "forecaster",
        "chart-gen",
        "report-writer",
    ];
    let mut answers = Vec::new();
    for agent in agents {
        let answer = said_as_json(request("demo", Some(agent))).await;
        assert_eq!(answer["region"], "Dubai", "{agent}");
        assert!(!answers.contains(&answer), "{agent}");
        answers.push(answer);
    }
}

#[tokio::test]
async fn a_tool_is_asked_for_once_and_then_the_answer_follows() {
    for (tool, arguments) in [("builtin.echo", json!({"text": QUESTION})), ("current_time", json!({}))] {
        let mut request = with_tool(request("demo", Some("formatter")), tool);
        let asked = Scripted.complete(request.clone()).await.unwrap();
        let call = &asked.message.tool_calls[0];
        assert_eq!((call.tool.as_str(), &*call.arguments), (tool, &arguments));
        assert!(asked.message.content.is_empty() && asked.usage.output_tokens > 0);
        request.completion.messages.push(asked.message.clone());
        request.completion.messages.push(Message::tool_answer(&call.id, "{}"));
        assert!(said_as_json(request).await["kpis"].is_array());
    }
}

#[tokio::test]
async fn the_tool_loop_never_ends() {
    let mut request = with_tool(request("tool-loop", None), "builtin.echo");
    let mut ids = Vec::new();
    for _ in 0..5 {
        let answer = Scripted.complete(request.clone()).await.unwrap();
        let call = answer.message.tool_calls[0].clone();
        assert!(!ids.contains(&call.id));
        request.completion.messages.push(answer.message);
        request.completion.messages.push(Message::tool_answer(&call.id, "{}"));
        ids.push(call.id);
    }
    request.tools.clear();
    let made_up = Scripted.complete(request).await.unwrap();
    assert_eq!(made_up.message.tool_calls[0].tool, "builtin.echo");
}

#[tokio::test]
async fn answers_fit_the_schema_whoever_is_asked() {
    let schemas = [
        json!({"type": "object", "required": ["kpis", "summary"]}),
        json!({"type": "object", "required": ["kpis", "verdict"], "properties": {"verdict": {"enum": ["good"]}}}),
        json!({"type": "object", "properties": {"kpis": {"type": "string"}}, "required": ["kpis"], "additionalProperties": false}),
        json!({"type": "array", "items": {"type": "integer"}}),
    ];
    for output in schemas {
        let compiled = schema::compile(&output).unwrap();
        for agent in [None, Some("formatter"), Some("somebody-else")] {
            let mut request = request("demo", agent);
            request.completion.output_schema = Some(Arc::new(output.clone()));
            let answer = said_as_json(request).await;
            assert!(compiled.problems(&answer).is_empty(), "{output} does not take {answer}");
        }
    }
}

#[tokio::test]
async fn unknown_agents_without_a_schema_answer_in_words() {
    assert!(said(request("demo", Some("somebody-else"))).await.contains(QUESTION));
    assert!(said(request("demo", None)).await.contains(QUESTION));
}

#[tokio::test]
async fn rubbish_fits_no_schema() {
    assert!(serde_json::from_str::<Value>(&said(request("rubbish", None)).await).is_err());
}

#[tokio::test]
async fn failures_are_as_named() {
    for (script, code, retry) in [
        ("fail-provider_error", ErrorCode::ProviderError, RetryClass::Backoff),
        ("fail-provider_rate_limited", ErrorCode::ProviderRateLimited, RetryClass::Backoff),
        ("fail-provider_auth", ErrorCode::ProviderAuth, RetryClass::Never),
        ("no-such-script", ErrorCode::DefinitionError, RetryClass::Never),
    ] {
        let error = Scripted.complete(request(script, None)).await.unwrap_err();
        assert_eq!((error.code(), error.retry()), (code, retry), "{script}");
    }
}

#[tokio::test]
async fn flaky_models_fail_by_the_attempt_and_hold_no_state() {
    let outcome = async |attempt: u32| {
        let mut request = request("flaky-2", None);
        request.idempotency_key = format!("exec_1:a#t1@{attempt}");
        Scripted.complete(request).await.is_ok()
    };
    for _ in 0..2 {
        assert_eq!([outcome(1).await, outcome(2).await, outcome(3).await], [false, false, true]);
    }
}

#[tokio::test(start_paused = true)]
async fn slow_models_take_their_time() {
    let started = tokio::time::Instant::now();
    assert!(!said(request("slow-1500", None)).await.is_empty());
    assert_eq!(started.elapsed(), Duration::from_millis(1_500));
}
