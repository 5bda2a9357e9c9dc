//! Processes that bring one database up to date at the same time: replicas that start together.

use crate::harness::{Data, Output, Postgres, Server, Setup, chain, magone};

/// How many processes at once.
const PROCESSES: usize = 4;

#[test]
fn processes_that_migrate_at_once_take_turns() {
    let data = Data::on(&Postgres::shared());
    let outputs: Vec<Output> = std::thread::scope(|scope| {
        let migrate = || magone(&data, &["--output", "json", "migrate"]);
        let all: Vec<_> = (0..PROCESSES).map(|_| scope.spawn(migrate)).collect();
        all.into_iter().map(|process| process.join().unwrap()).collect()
    });
    let mut steps: Vec<_> = outputs.iter().map(|output| output.json()["steps"].as_u64().unwrap()).collect();
    steps.sort_unstable();
    let taken = steps.pop().unwrap();
    assert_eq!(steps, [0; PROCESSES - 1], "one of them did everything");
    let known = data.texts("SELECT count(*)::text FROM seaql_migrations");
    assert_eq!(known, [taken.to_string()]);
}

#[test]
fn servers_that_start_at_once_on_an_empty_database_all_serve() {
    let setup = Setup::on(&Postgres::shared());
    let servers: Vec<Server> = std::thread::scope(|scope| {
        let all: Vec<_> = (0..2).map(|_| scope.spawn(|| setup.clone().start())).collect();
        all.into_iter().map(|server| server.join().unwrap()).collect()
    });
    let setup = setup.tenant("acme").workflow("acme", "chain", &chain(1, "scripted/echo"));
    let key = setup.tenants()[0].key.clone();
    for server in servers {
        let view = server.with_key(&key).execute("chain", &serde_json::json!({"input": "x"})).expect(200);
        assert_eq!(view.json()["status"], "completed");
    }
}
