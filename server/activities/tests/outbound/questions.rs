//! What is asked, and what comes back when all is well.

use magone_activities::llm::openai::OpenAiSettings;
use magone_activities::{RealActivities, Settings};
use magone_core::activity::RetryClass;
use magone_core::error::ErrorCode;
use magone_core::execution::Usage;
use magone_core::message::{Message, Role};
use magone_core::ports::{Activities, ActivityCall};
use serde_json::{Value, json};

use crate::server::{Reply, Server};
use crate::{KEY, activities, ask, call, code_of, complete, completion, limits, object};

fn text(content: &str) -> Reply {
    Reply::json(
        200,
        &json!({"model": "gpt-4o-mini-2024-07-18",
            "choices": [{"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 12, "completion_tokens": 3, "total_tokens": 15}}),
    )
}

fn asks_for(tool: &str, arguments: &str) -> Reply {
    let call =
        json!({"id": "call_a", "type": "function", "function": {"name": tool, "arguments": arguments}});
    Reply::json(
        200,
        &json!({"choices": [{"message": {"role": "assistant", "content": null, "tool_calls": [call]},
            "finish_reason": "tool_calls"}], "usage": {"prompt_tokens": 1, "completion_tokens": 1}}),
    )
}

#[tokio::test]
async fn a_question_and_its_answer() {
    let server = Server::start([text("Much.")]).await;
    let (message, usage, model) = ask(&server.url, limits()).await.unwrap();
    assert_eq!(message, Message::text(Role::Assistant, "Much."));
    assert_eq!(usage, Usage { input_tokens: 12, output_tokens: 3, cost_micros: 0 });
    assert_eq!(model, "openai/gpt-4o-mini-2024-07-18");

    let seen = &server.seen()[0];
    assert!(seen.head.starts_with("POST /v1/chat/completions HTTP/1.1"), "{}", seen.head);
    assert_eq!(seen.header("authorization"), Some(format!("Bearer {KEY}").as_str()));
    assert_eq!(seen.header("idempotency-key"), Some("exec_1:analyze#t1@1"));
    assert_eq!(seen.header("content-type"), Some("application/json"));
    assert_eq!(seen.header("user-agent"), Some(concat!("magone/", env!("CARGO_PKG_VERSION"))));
    assert_eq!(seen.header("accept-encoding"), None);
    assert_eq!(
        seen.body,
        json!({"model": "gpt-4o-mini", "messages": [
            {"role": "system", "content": "Be brief."}, {"role": "user", "content": "How much is sold?"}]})
    );
}

#[tokio::test]
async fn a_tool_call_in_between() {
    let server = Server::start([asks_for("builtin__echo", r#"{"text":"a"}"#), text("It said a.")]).await;
    let activities = activities(&server.url, limits());
    let mut completion = completion();
    completion.tools = vec!["builtin.echo".to_owned()];
    let (asked, _, model) = complete(&activities, completion.clone()).await.unwrap();
    let request = asked.tool_calls[0].clone();
    assert_eq!((request.id.as_str(), request.tool.as_str()), ("call_a", "builtin.echo"));
    assert_eq!(*request.arguments, json!({"text": "a"}));
    assert_eq!(model, "openai/gpt-4o-mini");

    completion.messages.push(asked);
    completion.messages.push(Message::tool_answer(request.id, r#"{"text":"a"}"#));
    assert_eq!(complete(&activities, completion).await.unwrap().0.content, "It said a.");
    let body = &server.seen()[1].body;
    assert_eq!(body["tools"][0]["function"]["name"], "builtin__echo");
    assert_eq!(body["messages"][2]["content"], Value::Null);
    assert_eq!(body["messages"][2]["tool_calls"][0]["function"]["name"], "builtin__echo");
    assert_eq!(
        body["messages"][3],
        json!({"role": "tool", "tool_call_id": "call_a", "content": r#"{"text":"a"}"#})
    );
}

#[tokio::test]
async fn arguments_that_are_rubbish_are_worth_another_attempt() {
    let server = Server::start([asks_for("builtin__echo", "{text: a}")]).await;
    let error = ask(&server.url, limits()).await.unwrap_err();
    assert_eq!((code_of(&error), error.retry), (ErrorCode::ProviderError, RetryClass::Backoff));
}

#[tokio::test]
async fn structured_answers_bounds_and_temperature() {
    let server = Server::start([text(r#"{"n":1}"#)]).await;
    let mut completion = completion();
    let schema = json!({"type": "object", "required": ["n"]});
    completion.output_schema = Some(object(schema.clone()));
    completion.temperature = Some(0.5);
    completion.max_tokens = Some(9);
    let (message, ..) = complete(&activities(&server.url, limits()), completion).await.unwrap();
    assert_eq!(message.content, r#"{"n":1}"#);
    let body = &server.seen()[0].body;
    assert_eq!(body["response_format"]["json_schema"]["schema"], schema);
    assert_eq!((&body["temperature"], &body["max_tokens"]), (&json!(0.5), &json!(9)));
}

#[tokio::test]
async fn a_server_that_asks_for_no_key_gets_none() {
    let server = Server::start([text("Hi")]).await;
    let openai = OpenAiSettings::from_parts(Some(server.url.clone()), None);
    let settings = Settings { openai, model_override: None };
    complete(&RealActivities::new(settings).unwrap(), completion()).await.unwrap();
    assert_eq!(server.seen()[0].header("authorization"), None);
}

#[tokio::test]
async fn a_provider_that_is_not_configured_says_so_to_the_tenant_and_how_to_the_operator() {
    let activities = RealActivities::new(Settings::default()).unwrap();
    for (model, telling) in
        [("openai/gpt-4o-mini", "OPENAI_API_KEY"), ("anthropic/claude", "anthropic"), ("acme/x", "acme")]
    {
        let mut completion = completion();
        completion.model = model.to_owned();
        let error = complete(&activities, completion).await.unwrap_err();
        assert_eq!((code_of(&error), error.retry), (ErrorCode::ProviderAuth, RetryClass::Never));
        assert_eq!(error.failure.error, "The model provider is not configured");
        assert!(error.failure.detail.unwrap().contains(telling));
    }
}

#[tokio::test]
async fn forced_runs_never_leave_and_the_override_replaces_the_demo_alone() {
    let server = Server::start([text("From outside.")]).await;
    let settings = Settings {
        openai: OpenAiSettings::from_parts(Some(server.url.clone()), None),
        model_override: Some("openai/real".to_owned()),
    };
    let activities = RealActivities::new(settings).unwrap();
    for (model, scripted, expected, arrives) in [
        ("scripted/demo", false, "openai/gpt-4o-mini-2024-07-18", true),
        ("openai/other", false, "openai/gpt-4o-mini-2024-07-18", true),
        ("scripted/echo", false, "scripted/echo", false),
        ("scripted/demo", true, "scripted/demo", false),
        ("scripted/echo", true, "scripted/echo", false),
        ("openai/other", true, "scripted/demo", false),
    ] {
        let before = server.seen().len();
        let mut completion = completion();
        completion.model = model.to_owned();
        let output = activities.call(ActivityCall { scripted, ..call(completion) }).await.unwrap();
        let output = serde_json::to_value(output).unwrap();
        assert_eq!(output["model"], expected, "{model} {scripted}");
        assert_eq!(server.seen().len() > before, arrives, "{model} {scripted}");
    }
    assert_eq!(server.seen()[0].body["model"], "real");
}

#[tokio::test]
async fn set_up_errors_name_the_setting() {
    let openai =
        |base: &str, key: &str| OpenAiSettings::from_parts(Some(base.to_owned()), Some(key.to_owned()));
    for (settings, telling) in [
        (Settings { openai: openai("nowhere", "k"), model_override: None }, "OPENAI_BASE_URL must"),
        (Settings { openai: openai("http://h", "two\nlines"), model_override: None }, "OPENAI_API_KEY must"),
        (Settings { openai: None, model_override: Some("gpt".to_owned()) }, "--model must"),
        (Settings { openai: None, model_override: Some("openai/gpt".to_owned()) }, "set OPENAI_API_KEY"),
    ] {
        let error = RealActivities::new(settings).err().expect("must not start").to_string();
        assert!(
            error.contains(telling) && !error.contains("nowhere") && !error.contains("lines\n"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn tools_that_do_not_exist_are_not_offered() {
    let activities = RealActivities::new(Settings::default()).unwrap();
    let mut completion = completion();
    completion.model = "scripted/demo".to_owned();
    completion.tools = vec!["crm.query".to_owned()];
    let error = complete(&activities, completion).await.unwrap_err();
    assert_eq!((code_of(&error), error.retry), (ErrorCode::DefinitionError, RetryClass::Never));
    assert_eq!(activities.tools(), ["builtin.current_time", "builtin.echo", "current_time", "echo"]);
}
