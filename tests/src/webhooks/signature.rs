//! Signatures, judged by the reference implementation of Standard Webhooks from its own package.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};

use serde_json::json;

use super::world::{PREFIX, acme, register, run, secret, world};
use crate::harness::{Post, Receiver, python};

/// The verifier, one post after the other.
struct Verifier {
    child: Child,
    verdicts: BufReader<std::process::ChildStdout>,
}

impl Verifier {
    fn start() -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/standardwebhooks/verify.py");
        let mut command = Command::new(python::environment("standardwebhooks").join("bin/python3"));
        let mut child = command.arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let verdicts = BufReader::new(child.stdout.take().unwrap());
        Self { child, verdicts }
    }

    fn judge(&mut self, secret: &str, headers: &BTreeMap<String, String>, body: &str) -> String {
        let post = json!({"secret": secret, "headers": headers, "body": body});
        writeln!(self.child.stdin.as_mut().unwrap(), "{post}").unwrap();
        let mut verdict = String::new();
        self.verdicts.read_line(&mut verdict).unwrap();
        verdict.trim().to_owned()
    }

    fn is_good(&mut self, secret: &str, post: &Post) -> bool {
        self.judge(secret, &post.headers, &post.text) == "good"
    }
}

impl Drop for Verifier {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_reference_implementation_takes_what_is_posted_and_nothing_else() {
    let (server, receiver, mut verifier) = (world(), Receiver::content(), Verifier::start());
    let api = acme(&server);
    run(&api, &receiver.url("/own"));
    let own = secret(&api, "default");
    let post = receiver.wait_for(1).remove(0);
    assert!(verifier.is_good(&own, &post), "{post:?}");
    assert_eq!(post.headers["content-type"], "application/json");

    let changed = post.text.replacen("Done", "Gone", 1);
    assert_ne!(changed, post.text);
    assert_eq!(verifier.judge(&own, &post.headers, &changed), "No matching signature found");
    let mut late = post.headers.clone();
    let seconds: i64 = late["webhook-timestamp"].parse().unwrap();
    late.insert("webhook-timestamp".to_owned(), (seconds - 360).to_string());
    assert_eq!(verifier.judge(&own, &late, &post.text), "Message timestamp too old");
    let mut other = post.headers.clone();
    other.insert("webhook-id".to_owned(), "whd_other".to_owned());
    assert_eq!(verifier.judge(&own, &other, &post.text), "No matching signature found");

    let endpoint = register(&api, &json!({"url": receiver.url("/endpoint")}));
    let its = secret(&api, &endpoint);
    assert!(its != own && its.starts_with("whsec_"));
    api.start("do", &json!({"input": "x"}));
    let post = receiver.wait_for(2).remove(1);
    assert!(verifier.is_good(&its, &post) && !verifier.is_good(&own, &post));
}

#[test]
fn during_a_rotation_old_and_new_secret_both_verify() {
    let (server, receiver, mut verifier) = (world(), Receiver::content(), Verifier::start());
    let api = acme(&server);
    let endpoint = register(&api, &json!({"url": receiver.url("/")}));
    let old = secret(&api, &endpoint);
    let rotate = format!("{PREFIX}/webhook-endpoints/{endpoint}/secret/rotate");
    let answer = api.post(&rotate, &json!({"grace_seconds": 3600})).expect(200);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let rotated = answer.json();
    let new = rotated["secret"].as_str().unwrap();
    assert!(rotated["previous_valid_until"].is_string() && new != old);
    assert_eq!(secret(&api, &endpoint), new);
    api.start("do", &json!({"input": "x"}));
    let post = receiver.wait_for(1).remove(0);
    assert_eq!(post.headers["webhook-signature"].matches("v1,").count(), 2);
    assert!(verifier.is_good(&old, &post) && verifier.is_good(new, &post));

    api.post(&rotate, &json!({"grace_seconds": 0})).expect(200);
    api.start("do", &json!({"input": "x"}));
    let post = receiver.wait_for(2).remove(1);
    assert_eq!(post.headers["webhook-signature"].matches("v1,").count(), 1);
    assert!(!verifier.is_good(new, &post) && verifier.is_good(&secret(&api, &endpoint), &post));
    assert_eq!(api.post(&rotate, &json!({"grace_seconds": "soon"})).pointers(), ["/grace_seconds"]);
}
