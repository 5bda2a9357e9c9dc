//! What a model says while it says it: frames without ids, which are in no log.

use serde_json::{Value, json};

use crate::harness::{Api, Frame, Server, Setup, Stream};

/// A model that says what it is asked, a word every so many milliseconds.
fn world(millis: u32) -> Server {
    let says = format!(
        "id: says\nentry_step: say\nsteps: [{{ id: say, type: llm, model: scripted/drip-{millis}, prompt: '{{{{ input }}}}' }}]\n"
    );
    Setup::new().tenant("acme").workflow("acme", "says", &says).start()
}

fn words(count: usize) -> String {
    (0..count).map(|n| format!("word{n} ")).collect()
}

fn is_speech(frame: &Frame) -> bool {
    matches!(frame.event.as_deref(), Some("message.delta" | "message.snapshot"))
}

/// A piece: whether it is everything so far, and its text.
fn piece(frame: &Frame) -> (bool, String) {
    assert_eq!(frame.id, None, "nobody asks for it again");
    let document = frame.document();
    assert_eq!([&document["data"]["step"], &document["data"]["turn"]], [&json!("say"), &json!(1)]);
    assert_eq!(document["type"].as_str(), frame.event.as_deref());
    let snapshot = document["type"] == "message.snapshot";
    (snapshot, document["data"]["text"].as_str().unwrap().to_owned())
}

fn next_piece(stream: &Stream) -> (bool, String) {
    loop {
        let frame = stream.next().expect("the model speaks");
        if is_speech(&frame) {
            return piece(&frame);
        }
    }
}

fn begin(api: &Api, text: &str) -> (String, Stream) {
    let stream = api.post_stream("/api/v1/external/execute/says/stream", &json!({"input": text}), &[]);
    let place = stream.headers["location"].to_str().unwrap();
    (place.rsplit('/').next().unwrap().to_owned(), stream)
}

#[test]
fn pieces_come_before_the_message_and_are_in_no_log() {
    let server = world(40);
    let api = server.api("acme");
    let text = words(12);
    let (id, stream) = begin(&api, &text);
    let frames = stream.rest();
    let said = frames.iter().position(|frame| frame.event.as_deref() == Some("message.completed")).unwrap();
    let pieces: Vec<_> = frames.iter().filter(|frame| is_speech(frame)).map(piece).collect();
    assert!(!pieces.is_empty() && pieces.iter().all(|(snapshot, _)| !snapshot), "{pieces:?}");
    let heard: String = pieces.into_iter().map(|(_, text)| text).collect();
    assert!(text.starts_with(&heard), "{heard}");
    assert!(!frames[said..].iter().any(is_speech), "what is complete is not told in pieces");
    assert_eq!(frames[said].document()["data"]["content"], text, "the final text is in the log");
    let told: Vec<Value> = frames.iter().filter(|frame| frame.id.is_some()).map(Frame::document).collect();
    let log = api.log(&id);
    assert_eq!(told, log);
    assert!(log.iter().all(|event| !event["type"].as_str().unwrap().starts_with("message.d")));
}

#[test]
fn whoever_comes_late_gets_the_text_so_far() {
    let server = world(20);
    let api = server.api("acme");
    let text = words(30_000);
    let (id, first) = begin(&api, &text);
    let mut heard = String::new();
    for _ in 0..3 {
        let (snapshot, text) = next_piece(&first);
        assert!(!snapshot, "whoever was there from the start needs none");
        heard.push_str(&text);
    }
    // One comes late, one comes back in the middle of the message.
    let path = format!("/api/v1/external/executions/{id}/events");
    for headers in [&[][..], &[("last-event-id", "3")]] {
        let late = api.stream(&path, headers);
        let (snapshot, mut so_far) = next_piece(&late);
        assert!(snapshot && so_far.starts_with(&heard), "{so_far}");
        for _ in 0..2 {
            let (snapshot, text) = next_piece(&late);
            assert!(!snapshot, "one is enough");
            so_far.push_str(&text);
        }
        assert!(text.starts_with(&so_far), "without a gap, without a repetition: {so_far}");
    }
    api.cancel(&id).expect(202);
    let rest = first.rest();
    assert_eq!(rest.last().unwrap().event.as_deref(), Some("execution.cancelled"));
}
