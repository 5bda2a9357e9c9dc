//! Endpoints that tenants register.

use serde_json::{Value, json};

use super::world::{PREFIX, acme, deliveries, register, world};
use crate::harness::{Reaction, Receiver, until};

fn path(rest: &str) -> String {
    format!("{PREFIX}/webhook-endpoints{rest}")
}

#[test]
fn endpoints_are_registered_changed_and_deleted() {
    let server = world();
    let api = acme(&server);
    let body =
        json!({"url": "https://hooks.example.com/x", "description": "Mine", "events": ["execution.failed"]});
    let made = api.post(&path(""), &body).expect(201).json();
    let own = path(&format!("/{}", made["id"].as_str().unwrap()));
    assert_eq!((&made["enabled"], &made["events"]), (&json!(true), &json!(["execution.failed"])));
    assert!(made.get("secret").is_none());
    assert_eq!(api.get(&own).expect(200).json(), made);
    let listed = api.get(&path("")).expect(200).json();
    assert_eq!(listed, json!({"total": 1, "webhook_endpoints": [made]}));
    let patch = json!({"events": null, "enabled": false});
    let changed = api.call("PATCH", &own).json(&patch).send().expect(200).json();
    assert_eq!((&changed["events"], &changed["enabled"]), (&Value::Null, &json!(false)));
    assert_eq!((&changed["description"], &changed["disabled_reason"]), (&json!("Mine"), &json!("request")));
    api.call("POST", &format!("{own}/test")).send().problem(409, "conflict");
    api.call("DELETE", &own).send().expect(204);
    api.get(&own).problem(404, "not_found");
    api.call("DELETE", &own).send().problem(404, "not_found");
}

#[test]
fn what_is_no_endpoint_is_refused_with_its_pointers() {
    let server = world();
    let api = acme(&server);
    for (body, pointers) in [
        (json!({}), vec!["/url"]),
        (
            json!({"url": 1, "events": ["all"], "description": "x".repeat(256), "x": 1}),
            vec!["/url", "/description", "/events", "/x"],
        ),
        (json!({"url": "ftp://hooks.example.com"}), vec!["/url"]),
        (json!([]), vec![""]),
    ] {
        let answer = api.post(&path(""), &body);
        answer.problem(422, "validation");
        assert_eq!(answer.pointers(), pointers, "{body}");
    }
    let denied = api.post(&path(""), &json!({"url": "https://10.0.0.1/"}));
    denied.problem(422, "egress_denied");
    assert_eq!(denied.pointers(), ["/url"]);
    let id = register(&api, &json!({"url": "https://hooks.example.com/"}));
    let own = path(&format!("/{id}"));
    api.call("PATCH", &own).json(&json!({"url": "https://[::1]/"})).send().problem(422, "egress_denied");
    for _ in 1..20 {
        register(&api, &json!({"url": "https://hooks.example.com/"}));
    }
    api.post(&path(""), &json!({"url": "https://hooks.example.com/"})).problem(409, "conflict");
}

#[test]
fn each_endpoint_gets_the_events_that_it_asks_for() {
    let (server, receiver) = (world(), Receiver::content());
    let api = acme(&server);
    register(&api, &json!({"url": receiver.url("/all")}));
    register(&api, &json!({"url": receiver.url("/failed"), "events": ["execution.failed"]}));
    register(
        &api,
        &json!({"url": receiver.url("/asked"), "events": ["approval.required", "execution.cancelled"]}),
    );
    let told = |count: usize| {
        let mut told: Vec<_> = receiver
            .wait_for(count)
            .iter()
            .map(|post| format!("{} {}", post.path, post.json()["type"].as_str().unwrap()))
            .collect();
        told.sort();
        told
    };
    api.start("do", &json!({"input": "x"}));
    told(1);
    api.start("do", &json!({"input": "fail"}));
    told(3);
    let asking = api.start("ask", &json!({"input": "this"}));
    told(5);
    api.cancel(&asking).expect(202);
    let parent = api.start("parent", &json!({"input": "x"}));
    api.ended(&parent);
    assert_eq!(
        told(8),
        [
            "/all approval.required",
            "/all execution.cancelled",
            "/all execution.completed",
            "/all execution.completed",
            "/all execution.failed",
            "/asked approval.required",
            "/asked execution.cancelled",
            "/failed execution.failed",
        ],
        "a child tells nothing"
    );
    let asked = receiver.posts().into_iter().find(|post| post.json()["type"] == "approval.required").unwrap();
    let body = asked.json();
    assert_eq!((&body["execution_id"], &body["status"]), (&json!(asking), &json!("running")));
    assert_eq!(body["data"]["state"], "waiting_approval");
    assert_eq!(body["data"]["approval"]["prompt"], "Go on with this?");
    assert_eq!(body["data"]["approval"]["approval_id"], "ask");
}

#[test]
fn an_endpoint_is_tried_and_one_that_is_gone_is_switched_off() {
    let receiver = Receiver::start(|_, before| Reaction::status(if before == 0 { 200 } else { 410 }));
    let server = world();
    let api = acme(&server);
    let id = register(&api, &json!({"url": receiver.url("/"), "events": ["execution.failed"]}));
    let test = format!("{}/test", path(&format!("/{id}")));
    let made = api.call("POST", &test).send().expect(202).json();
    assert_eq!((&made["event"], &made["execution_id"]), (&json!("webhook.test"), &Value::Null));
    let post = receiver.wait_for(1).remove(0);
    assert_eq!((post.id(), &post.json()["type"]), (made["id"].as_str().unwrap(), &json!("webhook.test")));
    api.call("POST", &test).send().expect(202);
    let own = path(&format!("/{id}"));
    let off = until("the endpoint is switched off", || {
        let own = api.get(&own).expect(200).json();
        (own["enabled"] == false).then_some(own)
    });
    assert_eq!(off["disabled_reason"], "gone");
    assert_eq!(deliveries(&api, "status=dead").len(), 1);
    let dead = deliveries(&api, "status=dead").remove(0);
    let again = format!("{PREFIX}/webhook-deliveries/{}/redeliver", dead["id"].as_str().unwrap());
    api.call("POST", &again).send().problem(409, "conflict");
    api.start("do", &json!({"input": "fail"}));
    let on = api.call("PATCH", &own).json(&json!({"enabled": true})).send().expect(200).json();
    assert_eq!(
        (&on["enabled"], &on["disabled_reason"], &on["failing_since"]),
        (&json!(true), &Value::Null, &Value::Null)
    );
    api.call("POST", &again).send().expect(202);
    receiver.wait_for(3);
    assert_eq!(receiver.posts().iter().filter(|post| post.json()["type"] == "execution.failed").count(), 0);
}

#[test]
fn what_is_another_tenants_is_nobodys() {
    let server = super::world::setup("127.0.0.1").tenant("rival").start();
    let api = acme(&server);
    let create = ["--output", "json", "key", "create", "rival", "all", "--scope", "webhooks:manage"];
    let rival = crate::harness::magone(server.data(), &create).json();
    let rival = server.with_key(rival["key"].as_str().unwrap());
    let id = register(&api, &json!({"url": "https://hooks.example.com/"}));
    let made = api.call("POST", &format!("{}/test", path(&format!("/{id}")))).send().expect(202).json();
    let delivery = made["id"].as_str().unwrap();
    for (method, rest) in [
        ("GET", ""),
        ("PATCH", ""),
        ("DELETE", ""),
        ("POST", "/test"),
        ("GET", "/secret"),
        ("POST", "/secret/rotate"),
    ] {
        let of = |id: &str| {
            let answer = rival.call(method, &path(&format!("/{id}{rest}"))).json(&json!({})).send();
            answer.problem(404, "not_found")["detail"].as_str().unwrap().replace(id, "<id>")
        };
        assert_eq!(of(&id), of("whe_01k00000000000000000000000"), "{method} {rest}");
    }
    for (method, rest) in [("GET", ""), ("POST", "/redeliver")] {
        let path = format!("{PREFIX}/webhook-deliveries/{delivery}{rest}");
        rival.call(method, &path).send().problem(404, "not_found");
    }
    assert_eq!(deliveries(&rival, "").len(), 0);
    assert_eq!(api.get(&path(&format!("/{id}"))).expect(200).json()["enabled"], true);
    assert_ne!(super::world::secret(&api, "default"), super::world::secret(&rival, "default"));
}
