//! What becomes of a delivery, whatever its receiver does. A run never notices.

use serde_json::{Value, json};

use super::world::{PREFIX, acme, delivered, deliveries, delivery, register, run, setup, tried, world};
use crate::harness::{Reaction, Receiver, until};

#[test]
fn the_body_is_the_first_apis_and_the_projection_beside_it() {
    let (server, receiver) = (world(), Receiver::content());
    let api = acme(&server);
    let id = run(&api, &receiver.url("/hook?x=y"));
    let post = receiver.wait_for(1).remove(0);
    let body = post.json();
    assert_eq!(post.path, "/hook?x=y");
    let view = api.ended(&id);
    for member in ["execution_id", "status", "result", "error"] {
        assert_eq!(body[member], view[member], "{member}");
    }
    assert_eq!((&body["type"], &body["data"]), (&json!("execution.completed"), &view));
    let delivery = delivery(&api, &id, "is delivered", delivered);
    assert_eq!(delivery["id"], post.id());
    assert_eq!(delivery["attempts"][0]["status"], 204);
    let row = api.get(&format!("{PREFIX}/webhook-deliveries/{}", post.id())).expect(200).json();
    assert_eq!(row["payload"], body);
    let sent = "SELECT id FROM workflow_executions WHERE webhook_sent";
    assert_eq!(server.data().texts(sent), [id], "the first schema's column says so");
}

#[test]
fn receivers_that_do_not_take_it_change_no_run_and_are_tried_again() {
    let receiver = Receiver::start(|post, _| match post.path.as_str() {
        "/500" => Reaction::status(500),
        "/redirect" => Reaction::Answer(
            307,
            vec![("Location", "http://169.254.169.254/latest/meta-data/".to_owned())],
            String::new(),
        ),
        "/close" => Reaction::Close,
        "/inside" => Reaction::CloseInside,
        "/later" => Reaction::Answer(503, vec![("Retry-After", "7200".to_owned())], "x".repeat(9_000)),
        "/endless" => Reaction::Endless,
        _ => Reaction::status(410),
    });
    let server = world();
    let api = acme(&server);
    let refused = "http://127.0.0.1:1/".to_owned();
    for (url, status, error) in [
        (refused, Value::Null, "no connection"),
        (receiver.url("/500"), json!(500), "the receiver answered 500"),
        (receiver.url("/redirect"), json!(307), "redirects are not followed"),
        (receiver.url("/close"), Value::Null, ""),
        (receiver.url("/inside"), json!(500), "the receiver answered 500"),
        (receiver.url("/later"), json!(503), "the receiver answered 503"),
        (receiver.url("/endless"), json!(500), "the receiver answered 500"),
    ] {
        let id = run(&api, &url);
        assert_eq!(api.ended(&id)["status"], "completed", "{url}");
        let delivery = delivery(&api, &id, "is to be tried again", |delivery| {
            tried(delivery) && delivery["next_attempt_at"].as_str() > delivery["attempts"][0]["at"].as_str()
        });
        let attempt = &delivery["attempts"][0];
        assert_eq!(delivery["status"], "pending", "{url}: {delivery}");
        assert_eq!(attempt["status"], status, "{url}: {attempt}");
        assert!(attempt["error"].as_str().unwrap().contains(error), "{url}: {attempt}");
        assert!(attempt["response"].as_str().unwrap_or_default().len() <= 4_096, "{url}");
    }
    assert!(receiver.written() < 64 << 20, "{} bytes of an endless answer", receiver.written());
    let gone = run(&api, &receiver.url("/gone"));
    delivery(&api, &gone, "is a dead letter", |delivery| delivery["status"] == "dead");
    let none = "SELECT id FROM workflow_executions WHERE webhook_sent";
    assert_eq!(server.data().texts(none), Vec::<String>::new());
}

#[test]
fn a_receiver_that_hangs_or_drips_is_given_up_after_fifteen_seconds() {
    let receiver = Receiver::start(|post, _| match post.path.as_str() {
        "/hang" => Reaction::Hang,
        "/drip" => Reaction::Drip(200),
        _ => Reaction::Drip(500),
    });
    let server = world();
    let api = acme(&server);
    let runs = ["/hang", "/drip", "/drip-500"].map(|path| run(&api, &receiver.url(path)));
    let [hang, drip, refused] = runs.each_ref().map(|id| delivery(&api, id, "was tried", tried));
    for delivery in [&hang, &drip, &refused] {
        let took = delivery["attempts"][0]["duration_ms"].as_u64().unwrap();
        assert!(took >= 14_000, "{took}");
    }
    assert!(hang["attempts"][0]["error"].as_str().unwrap().contains("timed out"), "{hang}");
    assert_eq!((&drip["status"], &drip["attempts"][0]["status"]), (&json!("delivered"), &json!(200)));
    assert_eq!((&refused["status"], &refused["attempts"][0]["status"]), (&json!("pending"), &json!(500)));
}

#[test]
fn the_next_attempt_has_the_same_id_and_a_new_time() {
    let receiver = Receiver::start(|_, before| Reaction::status(if before == 0 { 500 } else { 200 }));
    let server = world();
    let api = acme(&server);
    let id = run(&api, &receiver.url("/"));
    let posts = receiver.wait_for(2);
    assert_eq!((posts[0].id(), &posts[0].text), (posts[1].id(), &posts[1].text));
    assert!(posts[0].headers["webhook-timestamp"] < posts[1].headers["webhook-timestamp"]);
    let delivery = delivery(&api, &id, "is delivered", delivered);
    let statuses: Vec<_> =
        delivery["attempts"].as_array().unwrap().iter().map(|a| a["status"].clone()).collect();
    assert_eq!(statuses, [500, 200]);
    assert_eq!(delivery["attempts"][1]["response"], "said 200");
}

#[test]
fn what_was_not_posted_before_a_crash_is_posted_after_it_under_the_same_id() {
    let receiver = Receiver::content();
    for (workflow, point) in [("talk", "after-last-commit"), ("do", "after-first-commit")] {
        let dying = setup("127.0.0.1").env("MAGONE_BREAKPOINT", point);
        let mut server = dying.start_unready();
        let api = server.api("acme");
        let before = receiver.posts().len();
        let call = api.call("POST", &format!("{PREFIX}/execute/{workflow}/async"));
        let body = json!({"input": "x", "webhook_url": receiver.url(&format!("/{point}"))});
        // The process dies inside the call.
        let _ = crate::harness::block_on(call.json(&body).try_send());
        until("the server dies", || server.ended());
        let ids = server.data().texts("SELECT id FROM webhook_deliveries WHERE status = 'pending'");
        assert_eq!((ids.len(), receiver.posts().len()), (1, before), "{point}");
        let again = server.setup().clone().env("MAGONE_BREAKPOINT", "");
        drop(server);
        let server = again.start();
        let post = receiver.wait_for(before + 1).remove(before);
        assert_eq!(post.id(), ids[0]);
        let run = post.json()["execution_id"].as_str().unwrap().to_owned();
        delivery(&acme(&server), &run, "is delivered", delivered);
    }
}

#[test]
fn a_process_that_dies_inside_an_attempt_posts_again() {
    let receiver =
        Receiver::start(|_, before| if before == 0 { Reaction::Hang } else { Reaction::status(200) });
    let mut server = world();
    run(&server.api("acme"), &receiver.url("/"));
    let first = receiver.wait_for(1).remove(0);
    server.restart();
    let again = receiver.wait_for(2).remove(1);
    assert_eq!((first.id(), &first.text), (again.id(), &again.text));
}

#[test]
fn a_delivery_can_be_sent_again() {
    let (server, receiver) = (world(), Receiver::content());
    let api = acme(&server);
    let id = run(&api, &receiver.url("/"));
    let first = delivery(&api, &id, "is delivered", delivered);
    let path = format!("{PREFIX}/webhook-deliveries/{}/redeliver", first["id"].as_str().unwrap());
    let again = api.call("POST", &path).send().expect(202).json();
    assert_eq!((&again["id"], &again["status"]), (&first["id"], &json!("pending")));
    let posts = receiver.wait_for(2);
    assert_eq!(posts[0].id(), posts[1].id());
    delivery(&api, &id, "is delivered again", |delivery| {
        delivered(delivery) && delivery["attempts"].as_array().unwrap().len() == 2
    });
}

#[test]
fn lists_are_filtered_and_paged() {
    let (server, receiver) = (world(), Receiver::content());
    let api = acme(&server);
    let endpoint = register(&api, &json!({"url": receiver.url("/e")}));
    let ids: Vec<_> = (0..3).map(|_| run(&api, &receiver.url("/"))).collect();
    receiver.wait_for(6);
    for id in &ids {
        until("both are delivered", || {
            (deliveries(&api, &format!("execution={id}&status=delivered")).len() == 2).then_some(())
        });
    }
    assert_eq!(deliveries(&api, &format!("endpoint={endpoint}")).len(), 3);
    assert_eq!(deliveries(&api, "event=execution.failed").len(), 0);
    let mut path = format!("{PREFIX}/webhook-deliveries?limit=4");
    let mut seen = Vec::new();
    loop {
        let answer = api.get(&path).expect(200);
        let page = answer.json();
        seen.extend(page["webhook_deliveries"].as_array().unwrap().iter().map(|row| row["id"].clone()));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        assert!(answer.header("link").unwrap().contains(cursor));
        path = format!("{PREFIX}/webhook-deliveries?limit=4&cursor={cursor}");
    }
    assert_eq!(seen.len(), 6);
    seen.dedup();
    assert_eq!(seen.len(), 6);
    let wrong = api.get(&format!("{PREFIX}/webhook-deliveries?status=lost&limit=0&cursor=exec_1"));
    wrong.problem(422, "validation");
    assert_eq!(wrong.pointers(), ["/status", "/limit", "/cursor"]);
}
