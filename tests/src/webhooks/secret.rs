//! What is secret is sealed in the database, and opens with the right key only.

use serde_json::json;

use super::world::{acme, delivery, register, run, secret, setup, world};
use crate::harness::{Receiver, Server, Setup, magone, magone_with, until};

const FIRST: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
const SECOND: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";

fn sealed(server: &Server) -> Vec<String> {
    server
        .data()
        .texts("SELECT id || ' ' || sealed || ' ' || coalesce(previous, '') FROM secrets ORDER BY id")
}

/// Why the server does not start.
fn refused(setup: Setup) -> String {
    let mut server = setup.start_unready();
    let status = until("the server ends", || server.ended());
    assert!(!status.success());
    server.finished_log()
}

#[test]
fn secrets_are_ciphertext_at_rest_and_a_swapped_one_opens_nothing() {
    let (server, receiver) = (world(), Receiver::content());
    let api = acme(&server);
    let endpoint = register(&api, &json!({"url": receiver.url("/")}));
    let secrets = [secret(&api, "default"), secret(&api, &endpoint)];
    let text = sealed(&server).join("\n");
    for secret in &secrets {
        assert!(!text.contains(secret.trim_start_matches("whsec_")), "{text}");
    }
    assert_eq!(text.matches(" v1.").count(), 3, "with the proof of the key: {text}");
    let swap = format!(
        "UPDATE secrets SET sealed = (SELECT sealed FROM secrets WHERE id = 'webhook:{endpoint}') \
         WHERE id LIKE 'webhook:ten_%'"
    );
    server.data().execute(&swap);
    let id = run(&api, &receiver.url("/own"));
    delivery(&api, &id, "is not signed", |delivery| {
        delivery["attempts"][0]["error"] == "the server could not sign it"
    });
    assert_eq!(receiver.posts().iter().filter(|post| post.path == "/own").count(), 0);
}

#[test]
fn a_new_key_seals_anew_and_a_wrong_one_does_not_start() {
    let start = |keys: &str, setup: Setup| setup.env("SECRETS_ENCRYPTION_KEY", keys);
    let mut server = start(FIRST, setup("127.0.0.1")).start();
    let own = secret(&acme(&server), "default");
    let first = sealed(&server);
    let plain = server.setup().clone();
    server.restart_with(start(&format!("{SECOND},{FIRST}"), plain.clone()));
    assert_eq!(secret(&acme(&server), "default"), own);
    let second = sealed(&server);
    assert!(first.iter().zip(&second).all(|(a, b)| a != b), "all are sealed anew");
    server.restart_with(start(SECOND, plain.clone()));
    assert_eq!(secret(&acme(&server), "default"), own);
    server.kill9();
    let why = refused(start(FIRST, plain.clone()));
    assert!(why.contains("SECRETS_ENCRYPTION_KEY is not the database's"), "{why}");
    assert!(!why.contains(FIRST) && !why.contains(SECOND), "{why}");
    let why = refused(start("short", plain));
    assert!(why.contains("SECRETS_ENCRYPTION_KEY has to be the base64 of 32 bytes"), "{why}");
}

#[test]
fn the_key_beside_a_file_is_made_once_and_missed_when_it_is_gone() {
    let mut server = world();
    if server.data().postgres().is_some() {
        server.kill9();
        let why = refused(server.setup().clone().env("SECRETS_ENCRYPTION_KEY", ""));
        assert!(why.contains("SECRETS_ENCRYPTION_KEY is not set"), "{why}");
        return;
    }
    let path = server.data().path().join("secrets-key");
    let own = secret(&acme(&server), "default");
    assert!(std::fs::read_to_string(&path).unwrap().len() > 40);
    server.restart();
    assert_eq!(secret(&acme(&server), "default"), own);
    let doctor = magone(server.data(), &["doctor"]);
    assert!(doctor.stdout.contains("sealed with the key in"), "{doctor:?}");
    server.kill9();
    std::fs::rename(&path, path.with_extension("away")).unwrap();
    let why = refused(server.setup().clone());
    assert!(why.contains("the key to the database's secrets is missing: put"), "{why}");
    assert!(!path.exists(), "no new key is made for what an old one sealed");
}

#[test]
fn the_command_line_shows_and_rotates_a_tenants_secret() {
    let server = world();
    let api = acme(&server);
    let own = secret(&api, "default");
    let command = ["--output", "json", "tenant", "webhook-secret", "acme"];
    assert_eq!(magone(server.data(), &command).json()["secret"], own.as_str());
    let rotate = [&command[..], &["--rotate", "--grace", "60"]].concat();
    let new = magone(server.data(), &rotate).json();
    assert!(new["previous_valid_until"].is_string() && new["secret"] != own.as_str());
    assert_eq!(secret(&api, "default"), new["secret"].as_str().unwrap());
    let nobody = magone_with(server.data(), &[], &["tenant", "webhook-secret", "nobody"]);
    assert_eq!(nobody.code, Some(4), "{nobody:?}");
    let long = magone(server.data(), &["tenant", "webhook-secret", "acme", "--rotate", "--grace", "9999999"]);
    assert!(long.stderr.contains("at most 2592000"), "{long:?}");
}
