//! Admins in a tenant's place: the tenant's own endpoints below an address that names it, with a token.

use serde_json::{Value, json};

use super::world::{PREFIX, acme, register, secret, setup, world};
use crate::harness::{Answer, Receiver, magone};

const TENANT: &str = "/api/v1/tenants/acme";
const URL: &str = "https://hooks.example.com/";
const NOBODYS: &str = "whe_01k00000000000000000000000";

fn text(body: &Value, name: &str) -> String {
    body[name].as_str().unwrap_or_else(|| panic!("{name} in {body}")).to_owned()
}

#[test]
fn an_admin_does_what_the_tenant_does_and_the_audit_log_says_so() {
    let (server, receiver) = (world(), Receiver::content());
    let (api, admin) = (acme(&server), server.admin(&["webhooks:read", "webhooks:write", "audit:read"]));
    let theirs = register(&api, &json!({"url": URL}));
    let endpoints = format!("{TENANT}/webhook-endpoints");
    let made = admin.post(&endpoints, &json!({"url": receiver.url("/")})).expect(201).json();
    let own = format!("{endpoints}/{}", text(&made, "id"));
    let listed = admin.get(&endpoints).expect(200).json();
    assert_eq!(listed, api.get(&format!("{PREFIX}/webhook-endpoints")).expect(200).json());
    assert_eq!(
        (&listed["webhook_endpoints"][0]["id"], &listed["webhook_endpoints"][1]),
        (&json!(theirs), &made)
    );

    let first = text(&admin.get(&format!("{own}/secret")).expect(200).json(), "secret");
    assert_eq!(first, secret(&api, made["id"].as_str().unwrap()));
    let rotated =
        admin.post(&format!("{own}/secret/rotate"), &json!({"grace_seconds": 60})).expect(200).json();
    assert_eq!(rotated["secret"], secret(&api, made["id"].as_str().unwrap()));
    assert!(rotated["secret"] != first && rotated["previous_valid_until"].is_string(), "{rotated}");

    let tests = [(); 2].map(|()| admin.call("POST", &format!("{own}/test")).send().expect(202).json());
    receiver.wait_for(2);
    let page = admin.get(&format!("{TENANT}/webhook-deliveries?limit=1")).expect(200);
    let next =
        format!("<{TENANT}/webhook-deliveries?limit=1&cursor={}>; rel=\"next\"", text(&tests[1], "id"));
    assert_eq!(page.header("link"), Some(next.as_str()));
    let delivery = format!("{TENANT}/webhook-deliveries/{}", text(&tests[0], "id"));
    assert_eq!(admin.get(&delivery).expect(200).json()["payload"]["type"], "webhook.test");
    admin.call("POST", &format!("{delivery}/redeliver")).send().expect(202);
    receiver.wait_for(3);

    let off = admin.call("PATCH", &own).json(&json!({"enabled": false})).send().expect(200).json();
    assert_eq!(off["disabled_reason"], "request");
    admin.call("POST", &format!("{own}/test")).send().problem(409, "conflict");
    admin.call("DELETE", &own).send().expect(204);
    admin.get(&own).problem(404, "not_found");

    let log = admin.get("/api/v1/audit").expect(200);
    assert!(!log.text.contains("whsec_"), "{}", log.text);
    let entries = log.json()["entries"].as_array().unwrap().clone();
    let entries: Vec<_> =
        entries.iter().filter(|entry| text(entry, "action").starts_with("webhook")).collect();
    let actions: Vec<_> = entries.iter().rev().map(|entry| text(entry, "action")).collect();
    let expected =
        ["created", "tested", "tested", "updated", "deleted"].map(|did| format!("webhook_endpoint.{did}"));
    let mut expected = expected.to_vec();
    expected.insert(1, "webhook_secret.rotated".to_owned());
    expected.insert(4, "webhook.redelivered".to_owned());
    assert_eq!(actions, expected, "what the tenant did itself is not among them");
    let tenant = api.get(&format!("{PREFIX}/me")).expect(200).json()["tenant"]["id"].clone();
    for entry in &entries {
        assert_eq!(entry["object_id"], tenant, "{entry}");
        assert!(text(entry, "actor").starts_with("tok_"), "{entry}");
    }
    assert_eq!([&entries[1]["before"]["enabled"], &entries[1]["after"]["enabled"]], [true, false]);
    assert_eq!(entries[0]["before"]["url"], made["url"]);
}

#[test]
fn both_doors_refuse_in_the_same_words() {
    let server = world();
    let (api, admin) = (acme(&server), server.admin(&["webhooks:read", "webhooks:write"]));
    let own = format!("/webhook-endpoints/{}", register(&api, &json!({"url": URL})));
    let said = |answer: &Answer| {
        let body = answer.json();
        (answer.status, body["code"].clone(), body["detail"].clone(), body["errors"].clone())
    };
    for (method, rest, body, status) in [
        ("POST", "/webhook-endpoints", json!({}), 422),
        ("POST", "/webhook-endpoints", json!({"url": 1, "events": ["all"], "x": 1}), 422),
        ("POST", "/webhook-endpoints", json!({"url": "https://10.0.0.1/"}), 422),
        ("POST", "/webhook-endpoints", json!([]), 422),
        ("PATCH", own.as_str(), json!({"enabled": "yes", "x": 1}), 422),
        ("PATCH", own.as_str(), json!({"url": "https://[::1]/"}), 422),
        ("PATCH", &format!("/webhook-endpoints/{NOBODYS}"), json!({"x": 1}), 404),
        ("GET", "/webhook-endpoints/nothing/secret", json!({}), 404),
        ("POST", &format!("{own}/secret/rotate"), json!({"grace_seconds": -1}), 422),
        ("GET", "/webhook-deliveries?status=lost&limit=0&cursor=x", json!({}), 422),
        ("GET", "/webhook-deliveries/whd_nothing", json!({}), 404),
        ("POST", "/webhook-deliveries/whd_nothing/redeliver", json!({}), 404),
    ] {
        let theirs = api.call(method, &format!("{PREFIX}{rest}")).json(&body).send();
        let named = admin.call(method, &format!("{TENANT}{rest}")).json(&body).send();
        assert_eq!((named.status, said(&named)), (status, said(&theirs)), "{method} {rest} {body}");
    }
    let broken = admin.call("POST", &format!("{TENANT}/webhook-endpoints")).body("application/json", "{");
    broken.send().problem(400, "malformed_request");
}

#[test]
fn who_may_read_changes_nothing_and_sees_no_secret() {
    let server = setup("127.0.0.1").tenant("rival").start();
    let (api, viewer) = (acme(&server), server.admin(&["webhooks:read"]));
    let admin = server.admin(&["webhooks:read", "webhooks:write"]);
    let id = register(&api, &json!({"url": URL}));
    let test = api.call("POST", &format!("{PREFIX}/webhook-endpoints/{id}/test")).send().expect(202).json();
    let (to, sent) =
        (format!("/webhook-endpoints/{id}"), format!("/webhook-deliveries/{}", text(&test, "id")));
    for rest in ["/webhook-endpoints", &to, "/webhook-deliveries", &sent] {
        viewer.get(&format!("{TENANT}{rest}")).expect(200);
    }
    let (one, rotate, again) =
        (format!("{to}/secret"), format!("{to}/secret/rotate"), format!("{sent}/redeliver"));
    let tried = format!("{to}/test");
    let writes = [
        ("PATCH", &to),
        ("DELETE", &to),
        ("POST", &tried),
        ("GET", &one),
        ("POST", &rotate),
        ("POST", &again),
    ];
    for (method, rest) in writes {
        let refused = viewer.call(method, &format!("{TENANT}{rest}")).json(&json!({})).send();
        let problem = refused.problem(403, "insufficient_scope");
        assert_eq!(problem["detail"], "This needs the scope 'webhooks:write'", "{method} {rest}");
        // Below another tenant's address there is no such thing.
        let elsewhere = admin.call(method, &format!("/api/v1/tenants/rival{rest}")).json(&json!({})).send();
        elsewhere.problem(404, "not_found");
    }
    assert_eq!(api.get(&format!("{PREFIX}{to}")).expect(200).json()["enabled"], true);
    let nobody = admin.get("/api/v1/tenants/nobody/webhook-endpoints").problem(404, "not_found");
    assert_eq!(nobody["detail"], "Tenant 'nobody' not found");
    api.get(&format!("{TENANT}/webhook-endpoints")).problem(401, "key_invalid");
    let shown = magone(server.data(), &["--output", "json", "tenant", "webhook-secret", "acme"]).json();
    assert_eq!(shown["secret"], secret(&api, "default"));
    let over_http = admin.get(&format!("{TENANT}/webhook-endpoints/default/secret")).expect(200).json();
    assert_eq!(over_http["secret"], shown["secret"]);
}
