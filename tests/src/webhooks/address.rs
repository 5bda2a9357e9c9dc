//! Where posts never go: every place where a tenant names a URL, against every spelling of an address
//! that is not the public's.

use serde_json::json;

use super::world::{PREFIX, acme, delivered, delivery, register, run, setup, tried};
use crate::harness::{Reaction, Receiver};

const REFUSED: &str = include_str!("../../../server/core/src/egress/refused_urls.txt");

/// Ways to write this machine's address, for a port.
const HERE: [&str; 10] = [
    "http://127.0.0.1",
    "https://127.0.0.1",
    "https://localhost",
    "https://127.1",
    "https://2130706433",
    "https://0x7f.1",
    "https://[::ffff:127.0.0.1]",
    "https://0",
    "https://%6cocalhost",
    "https://localhost.",
];

#[test]
fn every_url_of_the_table_is_refused_wherever_a_tenant_names_one() {
    let canary = Receiver::content();
    let server = setup("").start();
    let api = acme(&server);
    let id = register(&api, &json!({"url": "https://hooks.example.com/"}));
    let own = format!("{PREFIX}/webhook-endpoints/{id}");
    let table = REFUSED.lines().filter(|line| !line.starts_with('#')).map(str::to_owned);
    let here = HERE.iter().map(|here| format!("{here}:{}/", canary.port()));
    let urls: Vec<_> = table.chain(here).collect();
    assert!(urls.len() >= 45);
    for url in urls {
        let in_run = json!({"input": "x", "webhook_url": url});
        for (pointer, answer) in [
            ("/webhook_url", api.post(&format!("{PREFIX}/execute/do"), &in_run)),
            ("/webhook_url", api.post(&format!("{PREFIX}/execute/do/async"), &in_run)),
            ("/url", api.post(&format!("{PREFIX}/webhook-endpoints"), &json!({"url": url}))),
            ("/url", api.call("PATCH", &own).json(&json!({"url": url})).send()),
        ] {
            assert_eq!(answer.status, 422, "{url}: {}", answer.text);
            assert!(matches!(answer.json()["code"].as_str(), Some("egress_denied" | "validation")), "{url}");
            assert_eq!(answer.pointers(), [pointer], "{url}");
        }
    }
    assert_eq!(canary.connections(), 0);
    assert_eq!(api.get(&format!("{PREFIX}/executions")).expect(200).json()["executions"], json!([]));
}

#[test]
fn a_name_is_vetted_when_it_is_connected_and_not_only_before() {
    let canary = Receiver::content();
    let opened = Receiver::at(&format!("127.0.0.2:{}", canary.port()), |_, _| Reaction::status(200));
    let port = canary.port();
    let names = "rebind.test=127.0.0.1,mixed.test=127.0.0.1+127.0.0.2+::1,turns.test=127.0.0.2/127.0.0.1";
    let allow = format!("127.0.0.2:{port}");
    // A proxy would be asked before anything is vetted.
    let proxy = canary.url("/");
    let server = setup(&allow)
        .env("MAGONE_NAMES", names)
        .env("HTTP_PROXY", &proxy)
        .env("HTTPS_PROXY", &proxy)
        .env("ALL_PROXY", &proxy)
        .start();
    let api = acme(&server);
    let id = run(&api, &format!("https://rebind.test:{port}/"));
    let refused = delivery(&api, &id, "was tried", tried);
    let why = refused["attempts"][0]["error"].as_str().unwrap();
    assert_eq!(why, "This server does not call that address: the host's address is not a public one");
    // Those that are admitted fail only because the receiver speaks no TLS.
    for name in ["mixed.test", "turns.test"] {
        let before = opened.connections();
        let id = run(&api, &format!("https://{name}:{port}/"));
        delivery(&api, &id, "was tried", tried);
        assert_eq!(opened.connections(), before + 1, "{name}");
    }
    assert_eq!(canary.connections(), 0);
}

#[test]
fn what_the_operator_opens_is_reached_over_plain_http_and_nothing_beside_it() {
    let (receiver, canary) = (Receiver::content(), Receiver::content());
    let server = setup(&format!("receiver.test:{}", receiver.port()))
        .env("MAGONE_NAMES", "receiver.test=127.0.0.1")
        .start();
    let api = acme(&server);
    let id = run(&api, &format!("http://receiver.test:{}/", receiver.port()));
    delivery(&api, &id, "is delivered", delivered);
    for beside in [
        format!("http://receiver.test:{}/", canary.port()),
        receiver.url("/"),
        format!("http://other.test:{}/", receiver.port()),
    ] {
        let body = json!({"input": "x", "webhook_url": beside});
        api.post(&format!("{PREFIX}/execute/do"), &body).problem(422, "egress_denied");
    }
    assert_eq!((receiver.connections(), canary.connections()), (1, 0));
}

#[test]
fn templates_and_commands_in_what_is_posted_stay_text() {
    let receiver = Receiver::content();
    let server = setup("127.0.0.1").start();
    let api = acme(&server);
    let input = "{{7*7}} ${HOME} $(id) `id` <script>";
    api.start("do", &json!({"input": input, "webhook_url": receiver.url("/{{7*7}}$(id)")}));
    let post = receiver.wait_for(1).remove(0);
    assert_eq!(post.json()["result"]["content"], format!("Done with {input}"));
    assert!(post.path.contains("7*7") && post.path.contains("$(id)"), "{}", post.path);
}
