//! Starts that cannot work: one sentence that names the setting and the mend, and an exit code.

use std::net::TcpListener;

use serde_json::json;

use crate::harness::{Setup, chain, magone, until};

/// The start is refused with this exit code, in one sentence with these words. What was said.
#[track_caller]
fn refused(setup: Setup, code: i32, words: &[&str]) -> String {
    let mut server = setup.start_unready();
    let status = until("the start is refused", || server.ended());
    let said = server.finished_log();
    assert_eq!(status.code(), Some(code), "{said}");
    // The log is JSON, a line an event; the sentence is for people.
    let lines: Vec<_> = said.lines().filter(|line| !line.starts_with('{')).collect();
    assert_eq!(lines.len(), 1, "{said}");
    assert!(lines[0].starts_with("error: "), "{said}");
    words.iter().for_each(|word| assert!(lines[0].contains(word), "'{word}' is not in: {said}"));
    said
}

#[test]
fn settings_that_are_wrong() {
    for (name, value, words) in [
        ("LOG_LEVEL", "loud", &["LOG_LEVEL", "'loud'", "debug"][..]),
        ("RUST_LOG", "a=b=c", &["log filter"]),
        ("MAGONE_DRAIN_SECONDS", "soon", &["MAGONE_DRAIN_SECONDS", "'soon'", "0 to 3600"]),
        ("DATABASE_POOL_SIZE", "0", &["DATABASE_POOL_SIZE", "1 to"]),
        ("MAGONE_DATABASE_TIMEOUT_SECONDS", "0", &["MAGONE_DATABASE_TIMEOUT_SECONDS", "1 to 3600"]),
        ("OPENAI_BASE_URL", "nonsense", &["OPENAI_BASE_URL", "https://"]),
        ("OPENAI_API_KEY_FILE", "/nowhere/key", &["OPENAI_API_KEY_FILE", "/nowhere/key"]),
        ("CORS_ORIGINS", "*", &["CORS_ORIGINS", "'*'", "https://"]),
        ("CORS_ORIGINS", "https://a.example/", &["CORS_ORIGINS", "'https://a.example/'"]),
        ("MAGONE_METRICS_LISTEN", "9100", &["MAGONE_METRICS_LISTEN", "127.0.0.1:9100"]),
        ("MAGONE_REQUESTS_MOST", "0", &["MAGONE_REQUESTS_MOST", "1 to"]),
        ("TEMPORAL_HOST", "localhost:7233", &["TEMPORAL_HOST", "unset it"]),
        ("MAGONE_BREAKPOINT", "nowhere", &["MAGONE_BREAKPOINT"]),
    ] {
        refused(Setup::new().env(name, value), 2, words);
    }
    let both = Setup::new().env("DATABASE_URL", "sqlite:a.db").env("DATABASE_URL_FILE", "b");
    refused(both, 2, &["DATABASE_URL and DATABASE_URL_FILE are both set"]);
}

#[test]
fn database_urls_that_are_none() {
    for url in
        ["mysql://root:hunter2@db/x", "hunter2", "sqlite:", "postgres://me:hunter2@:0/", "sqlite::memory:"]
    {
        let said = refused(Setup::new().env("DATABASE_URL", url), 2, &["DATABASE_URL"]);
        assert!(!said.contains("hunter2"), "the URL may hold a password: {said}");
    }
}

#[test]
fn a_database_that_is_away() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let url = format!("postgres://me:hunter2@127.0.0.1:{port}/magone");
    let said =
        refused(Setup::new().env("DATABASE_URL", &url), 1, &["cannot reach the database", "127.0.0.1"]);
    assert!(!said.contains("hunter2"), "{said}");
}

#[test]
fn a_port_that_is_taken() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let api = Setup::new().argument("--listen").argument(&address);
    refused(api, 1, &[&address, "MAGONE_LISTEN"]);
    let console = Setup::new().argument("--console-listen").argument(&address);
    refused(console, 1, &[&address, "MAGONE_CONSOLE_LISTEN"]);
    refused(Setup::new().argument("--listen").argument("nowhere"), 2, &["MAGONE_LISTEN", "'nowhere'"]);
}

#[test]
fn a_database_that_another_server_has() {
    let setup = Setup::new().tenant("acme").workflow("acme", "chain", &chain(1, "scripted/slow-600000"));
    let mut server = setup.clone().start();
    let id = server.api("acme").start("chain", &json!({"input": "x"}));
    refused(setup.clone(), 1, &["another server", "magone.db", "MAGONE_DATA_DIR"]);
    assert_eq!(server.api("acme").log(&id).len(), 3, "the run was left alone");
    magone(setup.data(), &["tenant", "list"]).succeeded();
    // Whoever is killed owns nothing any more.
    server.restart();
    assert_eq!(server.api("acme").execution(&id)["status"], "running");
}

#[test]
fn a_data_directory_that_cannot_be_written() {
    let setup = Setup::new();
    let file = setup.data().file("file", "").join("below");
    refused(setup.env("MAGONE_DATA_DIR", file.to_str().unwrap()), 1, &["data directory", "MAGONE_DATA_DIR"]);
    // Not even root writes there.
    refused(
        Setup::new().env("MAGONE_DATA_DIR", "/proc"),
        1,
        &["cannot write the database", "/proc/magone.db"],
    );
}

#[test]
fn a_file_that_is_no_database() {
    let setup = Setup::new();
    let text = "this is a letter, and a long one, too\n".repeat(200);
    let file = setup.data().file("magone.db", &text);
    refused(setup.clone(), 1, &["is not an SQLite database", "magone.db"]);
    assert_eq!(std::fs::read_to_string(file).unwrap(), text, "it is left alone");
}

#[test]
fn a_schema_of_a_newer_version() {
    let setup = Setup::new().tenant("acme").workflow("acme", "chain", &chain(1, "scripted/echo"));
    let server = setup.clone().start();
    let view = server.api("acme").execute("chain", &json!({"input": "x"})).expect(200).json();
    drop(server);
    setup
        .data()
        .execute("INSERT INTO seaql_migrations (version, applied_at) VALUES ('m29990101_000001_next', 0)");
    refused(setup.clone(), 1, &["newer version", "m29990101_000001_next"]);
    for arguments in [&["tenant", "list"][..], &["migrate"]] {
        let output = magone(setup.data(), arguments);
        assert_eq!(output.code, Some(1), "{output:?}");
        assert!(output.stderr.contains("newer version"), "{output:?}");
    }
    setup.data().execute("DELETE FROM seaql_migrations WHERE version = 'm29990101_000001_next'");
    let server = setup.start();
    assert_eq!(server.api("acme").execution(view["execution_id"].as_str().unwrap()), view, "nothing is lost");
}

#[test]
fn demo_models_that_are_none() {
    let demo = |model: &str| Setup::new().argument("--demo").argument("--model").argument(model);
    refused(demo("gpt"), 2, &["--model", "provider/name"]);
    refused(demo("openai/gpt-4o-mini"), 2, &["OPENAI_API_KEY"]);
    refused(demo("nobody/model").env("OPENAI_API_KEY", "sk-x"), 2, &["nobody"]);
}
