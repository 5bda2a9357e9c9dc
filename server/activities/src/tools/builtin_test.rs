use magone_core::activity::ToolCall;
use magone_core::error::ErrorCode;
use magone_core::time::Timestamp;

use super::*;
use crate::tools::Toolbox;

async fn call(tool: &str, arguments: Value) -> Result<Value, Error> {
    let call = ToolCall { tool: tool.to_owned(), arguments: Arc::new(arguments) };
    Toolbox::builtin().unwrap().call(call).await
}

#[tokio::test]
async fn echo_sends_back_what_it_got_under_both_names() {
    for arguments in [json!({}), json!({"text": "x"}), json!({"text": 5, "more": {"deep": [1, null]}})] {
        for tool in ["builtin.echo", "echo"] {
            assert_eq!(call(tool, arguments.clone()).await.unwrap(), arguments);
        }
    }
}

#[tokio::test]
async fn current_time_is_now() {
    let before = Timestamp::from_offset(OffsetDateTime::now_utc()).millis() / 1_000;
    for tool in ["builtin.current_time", "current_time"] {
        let output = call(tool, json!({"timezone": "-09:30"})).await.unwrap();
        let text = output["time"].as_str().unwrap();
        let after = Timestamp::from_offset(OffsetDateTime::now_utc()).millis() / 1_000;
        let told = Timestamp::parse(text).unwrap().millis() / 1_000;
        assert!(text.ends_with("-09:30") && (before..=after).contains(&told), "{text}");
    }
}

#[test]
fn time_zones() {
    let now = OffsetDateTime::from_unix_timestamp(1_769_851_800).unwrap();
    for (timezone, expected) in [
        (None, "2026-01-31T09:30:00Z"),
        (Some("UTC"), "2026-01-31T09:30:00Z"),
        (Some("Z"), "2026-01-31T09:30:00Z"),
        (Some("+04:00"), "2026-01-31T13:30:00+04:00"),
        (Some("-09:30"), "2026-01-31T00:00:00-09:30"),
        (Some("+23:59"), "2026-02-01T09:29:00+23:59"),
    ] {
        assert_eq!(time_in(now, timezone.map(Value::from).as_ref()).unwrap()["time"], expected);
    }
    for timezone in
        ["", "+", "+4", "+04", "04:00", "+24:00", "+04:60", "+-4:00", "+٠٤:00", "Asia/Dubai", "+04:00:00"]
    {
        let error = time_in(now, Some(&json!(timezone))).unwrap_err();
        assert_eq!(error.code(), ErrorCode::ToolFailed);
        assert!(error.sentence().contains("+04:00"), "{timezone}");
    }
}

#[tokio::test]
async fn arguments_that_do_not_fit_are_told_so_that_a_model_can_mend_them() {
    for (tool, arguments, telling) in [
        ("echo", json!("s3cret"), "object"),
        ("builtin.echo", json!(["s3cret"]), "object"),
        ("current_time", json!({"timezone": ["s3cret"]}), "'/timezone': "),
        ("builtin.current_time", json!({"zone": "s3cret"}), "zone"),
        ("rm -rf", json!({}), "builtin.echo"),
    ] {
        let error = call(tool, arguments).await.unwrap_err();
        assert_eq!(error.code(), ErrorCode::ToolFailed);
        assert_eq!(error.retry(), magone_core::activity::RetryClass::Never);
        let sentence = error.sentence();
        assert!(sentence.contains(telling) && sentence.contains(tool), "{sentence}");
        assert!(!sentence.contains("s3cret"), "{sentence}");
    }
}

#[test]
fn every_tool_says_what_it_does_and_takes_an_object() {
    let toolbox = Toolbox::builtin().unwrap();
    assert_eq!(toolbox.names(), ["builtin.current_time", "builtin.echo", "current_time", "echo"]);
    for name in toolbox.names() {
        let spec = toolbox.spec(&name).unwrap();
        assert!(spec.name == name && !spec.description.is_empty() && spec.parameters["type"] == "object");
    }
    assert!(matches!(toolbox.spec("nope"), Err(Error::UnknownTool(_))));
}
