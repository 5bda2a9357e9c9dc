//! The command line beside a server: what is refused, and the exit codes that scripts rely on.

use serde_json::{Value, json};

use crate::harness::{Output, Server, Setup, chain, magone, magone_with};

fn remote(server: &Server, key: &str, arguments: &[&str]) -> Output {
    magone_with(server.data(), &[("MAGONE_URL", server.url()), ("MAGONE_API_KEY", key)], arguments)
}

fn world() -> Server {
    let slow = chain(1, "scripted/slow-600000").replace("id: chain", "id: slow");
    let setup = Setup::new().tenant("acme").workflow("acme", "chain", &chain(2, "scripted/echo"));
    setup.workflow("acme", "slow", &slow).start()
}

#[test]
fn a_run_is_started_followed_shown_and_cancelled() {
    let server = world();
    let key = server.tenant("acme").key.clone();
    let run = |arguments: &[&str]| remote(&server, &key, arguments);
    let ran = run(&["--output", "json", "workflow", "run", "chain", "--input", "hello"]).json();
    assert_eq!([&ran["status"], &ran["result"]["content"]], ["completed", "hello"]);
    let id = ran["execution_id"].as_str().unwrap();
    assert_eq!(run(&["--output", "json", "execution", "show", id]).json(), ran);
    let followed = run(&["workflow", "run", "chain", "--input", "hello", "--follow"]);
    followed.succeeded();
    assert!((followed.stdout + &followed.stderr).contains("execution.completed"));
    run(&["execution", "follow", id]).succeeded();
    let slow = server.api("acme").start("slow", &json!({"input": "x"}));
    run(&["execution", "cancel", &slow]).succeeded();
    assert_eq!(server.api("acme").ended(&slow)["state"], "cancelled");
    assert_eq!(run(&["execution", "follow", &slow]).code, Some(1), "the run did not succeed");
    assert_eq!(run(&["execution", "cancel", id]).code, Some(5));
    run(&["health"]).succeeded();
}

#[test]
fn refusals_have_their_exit_codes() {
    let server = world();
    let key = server.tenant("acme").key.clone();
    let code = |key: &str, arguments: &[&str]| {
        let output = remote(&server, key, arguments);
        assert!(output.stderr.contains("error: "), "{output:?}");
        output.code
    };
    assert_eq!(code("wrong", &["execution", "show", "exec_x"]), Some(3));
    assert_eq!(code(&key, &["execution", "show", "exec_x"]), Some(4));
    assert_eq!(code(&key, &["workflow", "run", "nothing", "--input", "x"]), Some(4));
    assert_eq!(code(&key, &["tenant", "create", "Acme", "acme"]), Some(5));
    assert_eq!(code(&key, &["tenant", "create", "Acme", "No Slug"]), Some(1));
    assert_eq!(code(&key, &["tenant", "suspend", "nobody"]), Some(4));
    assert_eq!(code(&key, &["workflow", "assign", "acme", "nothing", "slug"]), Some(4));
    assert_eq!(code(&key, &["no-such-command"]), Some(2));
    assert_eq!(code(&key, &["execution", "show"]), Some(2));
}

#[test]
fn without_a_server_and_without_a_database() {
    let setup = Setup::new();
    let gone = magone_with(setup.data(), &[("MAGONE_URL", "http://127.0.0.1:9")], &["health"]);
    assert_eq!(gone.code, Some(1), "{gone:?}");
    assert!(gone.stderr.contains("http://127.0.0.1:9"), "{gone:?}");
    let none = magone(setup.data(), &["tenant", "list"]);
    assert_eq!(none.code, Some(1));
    assert!(none.stderr.contains("magone migrate"), "{none:?}");
    assert!(!setup.data().path().join("magone.db").exists(), "looking makes nothing");
}

#[test]
fn settings_are_shown_without_their_secrets() {
    let setup = Setup::new();
    let env = [("OPENAI_API_KEY", "sk-hunter2"), ("DATABASE_URL", "postgres://me:hunter2@db:5432/magone")];
    let shown = magone_with(setup.data(), &env, &["--output", "json", "config", "show"]);
    let rows: Value = shown.json();
    assert!(!shown.stdout.contains("hunter2"), "{}", shown.stdout);
    let row = |name: &str| rows.as_array().unwrap().iter().find(|row| row["name"] == name).unwrap().clone();
    assert_eq!(row("OPENAI_API_KEY")["origin"], "environment");
    assert_eq!(row("MAGONE_LISTEN")["origin"], "default");
}
