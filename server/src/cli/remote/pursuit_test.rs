//! Against a server that is nothing but a list of answers, one for each connection.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread::JoinHandle;

use serde_json::json;

use super::*;
use crate::cli::remote::ServerArguments;
use crate::config::Environment;

/// Serves each answer once and closes the connection; what was asked for, at the end.
fn server(answers: Vec<String>) -> (Client, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let serving = std::thread::spawn(move || {
        let mut asked = Vec::new();
        for answer in answers {
            let (mut connection, _) = listener.accept().unwrap();
            let (mut head, mut byte) = (Vec::new(), [0]);
            while !head.ends_with(b"\r\n\r\n") {
                connection.read_exact(&mut byte).unwrap();
                head.extend(byte);
            }
            asked.push(String::from_utf8(head).unwrap().to_lowercase());
            connection.write_all(answer.as_bytes()).unwrap();
        }
        asked
    });
    let env = Environment::default().with("MAGONE_API_KEY", "magure_live_x");
    let client = Client::with_key(&ServerArguments { url: Some(url) }, &env).unwrap();
    (client, serving)
}

fn stream(body: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\nretry: 2000\n\n{body}"
    )
}

fn problem(status: u16, code: &str) -> String {
    let body = json!({"code": code, "detail": "No."}).to_string();
    let length = body.len();
    format!("HTTP/1.1 {status} X\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}")
}

fn event(seq: u64, kind: &str) -> String {
    let document = json!({"seq": seq, "type": kind, "data": {"status": "completed", "of": seq}});
    format!("id: {seq}\nevent: {kind}\ndata: {document}\n\n")
}

async fn pursue(client: &Client) -> (Result<Value, Failure>, Vec<u64>) {
    let pursuit =
        Pursuit { client, execution: "exec_1", after: 0, pause: Duration::ZERO, tries: 0, met: false };
    let mut seen = Vec::new();
    let mut see = |event: &Value| {
        seen.extend(event.get("seq").and_then(Value::as_u64));
        Ok(())
    };
    let ended = pursuit.run(&mut see).await;
    (ended, seen)
}

#[tokio::test]
async fn a_broken_stream_goes_on_where_it_ended_and_nothing_is_seen_twice() {
    let half = event(3, "step.started");
    let answers = vec![
        stream(
            &[event(1, "execution.created"), event(2, "execution.started"), half[..9].to_owned()].concat(),
        ),
        problem(503, "draining"),
        stream(
            &[event(2, "execution.started"), event(3, "step.started"), event(4, "execution.completed")]
                .concat(),
        ),
    ];
    let (client, serving) = server(answers);
    let (ended, seen) = pursue(&client).await;
    assert_eq!(ended.unwrap(), json!({"status": "completed", "of": 4}));
    assert_eq!(seen, [1, 2, 3, 4]);
    let asked = serving.join().unwrap();
    for (head, last) in asked.iter().zip(["0", "2", "2"]) {
        assert!(head.starts_with("get /api/v1/external/executions/exec_1/events "), "{head}");
        assert!(head.contains(&format!("last-event-id: {last}\r\n")), "{head}");
        assert!(head.contains("x-api-key: magure_live_x\r\n"), "{head}");
    }
}

#[tokio::test]
async fn where_everything_was_read_before_the_run_itself_is_asked_for() {
    let view = json!({"status": "failed"}).to_string();
    let answers = vec![
        "HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n".to_owned(),
        format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{view}", view.len()),
    ];
    let (client, serving) = server(answers);
    let (ended, seen) = pursue(&client).await;
    assert_eq!((ended.unwrap(), seen), (json!({"status": "failed"}), Vec::new()));
    assert!(serving.join().unwrap()[1].starts_with("get /api/v1/external/executions/exec_1 "));
}

#[tokio::test]
async fn what_does_not_pass_ends_at_once() {
    for (answers, exit) in [
        (vec![problem(404, "not_found")], Exit::NotFound),
        // Nobody was met yet: a server that is overloaded from the start is told as it is.
        (vec![problem(503, "overloaded")], Exit::Failed),
        (vec![stream(&event(1, "execution.created")), problem(401, "key_invalid")], Exit::Auth),
        (vec![stream("data: no json\n\n")], Exit::Failed),
    ] {
        let (client, serving) = server(answers);
        assert_eq!(pursue(&client).await.0.unwrap_err().exit, exit);
        serving.join().unwrap();
    }
}

#[tokio::test]
async fn patience_ends() {
    let answers = vec![stream(""); usize::try_from(PATIENCE).unwrap() + 1];
    let (client, serving) = server(answers);
    let failure = pursue(&client).await.0.unwrap_err();
    assert!(failure.sentence.contains("cannot be read to their end"), "{}", failure.sentence);
    serving.join().unwrap();
}
