//! D6: every connection that reads is taken, by somebody else's lock.

use sea_orm::{ConnectionTrait, TransactionTrait};
use serde_json::json;

use super::outage::assert_away;
use crate::harness::{Postgres, Setup, block_on, chain};

const LIST: &str = "/api/v1/external/executions";
const CALLERS: usize = 6;

#[test]
fn callers_are_refused_while_no_connection_is_free_and_served_afterwards() {
    let setup = Setup::on(&Postgres::shared()).tenant("acme");
    let setup = setup.workflow("acme", "chain", &chain(1, "scripted/echo"));
    let limits = [("DATABASE_POOL_SIZE", "1"), ("MAGONE_DATABASE_TIMEOUT_SECONDS", "1")];
    let server = limits.iter().fold(setup, |setup, (name, value)| setup.env(name, value)).start();
    let api = server.api("acme");
    let before = api.execute("chain", &json!({"input": "x"})).expect(200).json();

    let connection = server.data().connect();
    let lock = block_on(connection.begin()).unwrap();
    block_on(lock.execute_unprepared("LOCK TABLE workflow_executions IN ACCESS EXCLUSIVE MODE")).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..CALLERS {
            scope.spawn(|| assert_away(&api.get(LIST)));
        }
        scope.spawn(|| assert_away(&api.execute("chain", &json!({"input": "x"}))));
    });
    server.anonymous().get("/livez").expect(200);
    block_on(lock.rollback()).unwrap();
    block_on(connection.close()).unwrap();

    let listed = api.get(LIST).expect(200).json();
    assert_eq!(listed["executions"][0]["execution_id"], before["execution_id"]);
    let after = api.execute("chain", &json!({"input": "x"})).expect(200).json();
    assert_eq!(after["status"], "completed");
}
