//! No answer, a late one, or too much of it.

use std::time::Duration;

use magone_activities::http::CallLimits;
use magone_core::activity::{ActivityError, RetryClass};
use magone_core::error::ErrorCode;
use magone_core::ports::Activities;
use serde_json::json;
use tokio::net::{TcpListener, TcpSocket, TcpStream};

use crate::server::{Reply, Server};
use crate::{activities, ask, call, code_of, completion, limits};

const HEAD: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
const SHORT: Duration = Duration::from_millis(50);

fn expect(error: ActivityError, retry: RetryClass, sentence: &str) {
    assert_eq!(code_of(&error), ErrorCode::ProviderError, "{error:?}");
    assert_eq!(error.retry, retry, "{error:?}");
    assert_eq!(error.failure.error, sentence);
    assert!(error.failure.detail.is_some());
}

#[tokio::test]
async fn a_server_that_is_down() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = ask(&url, limits()).await.unwrap_err();
    expect(error, RetryClass::Backoff, "The model provider cannot be reached");
}

#[tokio::test]
async fn a_name_that_nobody_has() {
    let error = ask("http://nobody.invalid", limits()).await.unwrap_err();
    expect(error, RetryClass::Backoff, "The model provider cannot be reached");
}

#[tokio::test]
async fn a_head_that_does_not_come() {
    let mut server = Server::start([Reply::Stuck(String::new())]).await;
    let error = ask(&server.url, CallLimits { total: SHORT, ..limits() }).await.unwrap_err();
    expect(error, RetryClass::Backoff, "The model provider did not answer in time");
    assert!(server.ended().await.is_some(), "the connection is closed");
}

#[tokio::test]
async fn a_body_that_stops_in_the_middle() {
    let begun = format!("{HEAD}Content-Length: 1000\r\n\r\n{{\"choices\":");
    for (limits, telling) in [
        (CallLimits { idle: SHORT, ..limits() }, "no byte of the body arrived"),
        (CallLimits { total: SHORT, ..limits() }, "timed out"),
    ] {
        let mut server = Server::start([Reply::Stuck(begun.clone())]).await;
        let error = ask(&server.url, limits).await.unwrap_err();
        assert!(error.failure.detail.clone().unwrap().contains(telling), "{error:?}");
        expect(error, RetryClass::Backoff, "The model provider did not answer in time");
        assert!(server.ended().await.is_some(), "the connection is closed");
    }
}

/// Linux drops what does not fit into the queue of connections that nobody accepts.
#[tokio::test]
async fn a_server_that_accepts_nobody() {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let _queue = [TcpStream::connect(address).await.unwrap(), TcpStream::connect(address).await.unwrap()];
    let limits = CallLimits { connect: SHORT, ..limits() };
    let error = ask(&format!("http://{address}"), limits).await.unwrap_err();
    expect(error, RetryClass::Backoff, "The model provider did not answer in time");
}

#[tokio::test]
async fn a_connection_that_breaks() {
    for bytes in [
        String::new(),
        "HTTP/1.1 200".to_owned(),
        "I speak no HTTP\r\n\r\n".to_owned(),
        format!("{HEAD}Content-Length: 1000\r\n\r\n{{\"choices\":"),
        format!("{HEAD}Transfer-Encoding: chunked\r\n\r\nzz\r\n"),
    ] {
        let server = Server::start([Reply::Cut(bytes)]).await;
        let error = ask(&server.url, limits()).await.unwrap_err();
        expect(error, RetryClass::Backoff, "The connection to the model provider broke");
    }
}

#[tokio::test]
async fn a_body_of_ten_gibibytes_is_read_up_to_the_cap_and_cut_off() {
    let chunk = format!("4000\r\n{}\r\n", "x".repeat(0x4000));
    let head = format!("{HEAD}Transfer-Encoding: chunked\r\n\r\n");
    let mut server = Server::start([Reply::Endless(head, chunk)]).await;
    let error = ask(&server.url, limits()).await.unwrap_err();
    expect(error, RetryClass::Never, "The answer of the model provider is too large");
    let written = server.ended().await.expect("the client breaks off");
    // Beyond the cap of 64 KiB only what the two sockets hold.
    assert!(written < 32 << 20, "{written}");
}

#[tokio::test]
async fn a_body_that_announces_ten_gibibytes_is_not_read_at_all() {
    let head = format!("{HEAD}Content-Length: {}\r\n\r\n", 10_u64 << 30);
    let mut server = Server::start([Reply::Stuck(head)]).await;
    let error = ask(&server.url, limits()).await.unwrap_err();
    expect(error, RetryClass::Never, "The answer of the model provider is too large");
    assert!(server.ended().await.is_some(), "the connection is closed");
}

#[tokio::test]
async fn an_endless_head_is_cut_off() {
    let line = format!("x-more: {}\r\n", "x".repeat(0x4000));
    let mut server = Server::start([Reply::Endless(HEAD.to_owned(), line)]).await;
    let error = ask(&server.url, limits()).await.unwrap_err();
    expect(error, RetryClass::Backoff, "The connection to the model provider broke");
    let written = server.ended().await.expect("the client breaks off");
    assert!(written < 32 << 20, "{written}");
}

#[tokio::test]
async fn an_endless_error_is_told_by_its_beginning() {
    let mut server =
        Server::start([Reply::Endless("HTTP/1.1 400 X\r\n\r\n".to_owned(), "too much ".repeat(1_000))]).await;
    let error = ask(&server.url, limits()).await.unwrap_err();
    expect(error.clone(), RetryClass::Never, "The model provider rejected the request");
    let detail = error.failure.detail.unwrap();
    assert!(detail.contains("400: too much too much") && detail.len() < 600, "{detail}");
    assert!(server.ended().await.is_some(), "the client breaks off");
}

#[tokio::test]
async fn rubbish_is_told_as_such() {
    for body in [
        "",
        "<html>busy</html>",
        "[]",
        "{}",
        r#"{"choices":[]}"#,
        r#"{"choices":[{"message":{"content":1}}]}"#,
    ] {
        let server = Server::start([Reply::with_headers(200, "", body)]).await;
        let error = ask(&server.url, limits()).await.unwrap_err();
        expect(error, RetryClass::Backoff, "The model provider gave an answer that is not understood");
    }
}

#[tokio::test]
async fn filtered_answers_are_not_tried_again() {
    let body = json!({"choices": [{"message": {"content": "x"}, "finish_reason": "content_filter"}]});
    let server = Server::start([Reply::json(200, &body)]).await;
    let error = ask(&server.url, limits()).await.unwrap_err();
    expect(error, RetryClass::Never, "The content filter of the model provider stopped the answer");
}

#[tokio::test]
async fn a_call_that_is_dropped_closes_its_connection() {
    let mut server = Server::start([Reply::Stuck(String::new())]).await;
    let running = tokio::spawn(activities(&server.url, limits()).call(call(completion())));
    server.arrival().await;
    running.abort();
    assert!(server.ended().await.is_some(), "the connection is closed");
}
