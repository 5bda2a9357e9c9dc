//! `GET /executions` and `GET /executions/{id}`.

use serde_json::{Value, json};

use super::shape::{PROJECTION, assert_members};
use super::world::{acme, world};
use crate::harness::Api;

const LIST: &str = "/api/v1/external/executions";

fn ids(page: &Value) -> Vec<String> {
    let rows = page["executions"].as_array().unwrap_or_else(|| panic!("no list: {page}"));
    rows.iter().map(|row| row["execution_id"].as_str().unwrap().to_owned()).collect()
}

/// Finished runs in a session of their own, newest first.
fn runs(api: &Api, session: &str, count: usize) -> Vec<String> {
    let body = json!({"input": "x", "session_id": session});
    let run = |_| api.execute("quick", &body).expect(200).json()["execution_id"].as_str().unwrap().to_owned();
    let mut ids: Vec<String> = (0..count).map(run).collect();
    ids.reverse();
    ids
}

#[test]
fn rows_are_projections_without_their_results() {
    let server = world();
    let api = acme(&server);
    let expected = runs(&api, "rows", 2);
    let answer = api.get(&format!("{LIST}?session_id=rows")).expect(200);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("link"), None, "there is no further page");
    let page = answer.json();
    assert_members(&page, &["executions", "next_cursor"]);
    assert_eq!(page["next_cursor"], Value::Null);
    assert_eq!(ids(&page), expected, "newest first");
    let row = &page["executions"][0];
    let without: Vec<_> = PROJECTION.into_iter().filter(|member| *member != "result").collect();
    assert_members(row, &without);
    let whole = api.get(&format!("{LIST}?session_id=rows&include=result")).expect(200).json();
    assert_eq!(
        whole["executions"][0],
        api.execution(&expected[0]),
        "with its result a row is what GET shows"
    );
}

#[test]
fn pages_follow_each_other_without_gap_or_repetition() {
    let server = world();
    let api = acme(&server);
    let expected = runs(&api, "pages", 5);
    let mut next = Some(format!("{LIST}?session_id=pages&workflow=quick&limit=2"));
    let (mut found, mut pages) = (Vec::new(), 0);
    while let Some(path) = next {
        let answer = api.get(&path).expect(200);
        let page = answer.json();
        found.extend(ids(&page));
        pages += 1;
        next = answer.header("link").map(|link| {
            let target = link.strip_prefix('<').and_then(|link| link.split_once('>')).unwrap();
            assert_eq!(target.1, "; rel=\"next\"", "{link}");
            assert!(target.0.contains(page["next_cursor"].as_str().unwrap()), "{link}");
            target.0.to_owned()
        });
        assert_eq!(next.is_none(), page["next_cursor"].is_null());
    }
    assert_eq!((found, pages), (expected, 3));
}

#[test]
fn filters_narrow() {
    let server = world();
    let api = acme(&server);
    let done = runs(&api, "filters", 1);
    let failed = api.execute("fails", &json!({"input": "x", "session_id": "filters"})).expect(200).json();
    let failed = vec![failed["execution_id"].as_str().unwrap().to_owned()];
    let list = |query: &str| ids(&api.get(&format!("{LIST}?session_id=filters&{query}")).expect(200).json());
    assert_eq!(list("status=completed"), done);
    assert_eq!(list("status=failed"), failed);
    assert_eq!(list("status=running"), Vec::<String>::new());
    assert_eq!(list("workflow=quick"), done);
    assert_eq!(list("workflow=nothing"), Vec::<String>::new());
    let born = api.execution(&failed[0])["created_at"].as_str().unwrap().to_owned();
    assert!(list(&format!("created_after={born}")).contains(&failed[0]));
    assert_eq!(list("created_after=2999-01-01T00:00:00Z"), Vec::<String>::new());
}

#[test]
fn a_run_in_flight_is_in_the_list_as_it_is_now() {
    let server = world();
    let api = acme(&server);
    let id = api.start("waits", &json!({"input": "x", "session_id": "in-flight"}));
    let row = api.get(&format!("{LIST}?session_id=in-flight&status=running")).expect(200).json();
    assert_eq!(ids(&row), [id.as_str()]);
    assert_eq!(row["executions"][0]["state"], "waiting_timer");
    api.cancel(&id).expect(202);
}

#[test]
fn queries_that_cannot_be_understood() {
    let server = world();
    let api = acme(&server);
    for (query, pointers) in [
        ("status=done", &["/status"][..]),
        ("limit=0", &["/limit"]),
        ("limit=101", &["/limit"]),
        ("limit=many", &["/limit"]),
        ("created_after=yesterday", &["/created_after"]),
        ("cursor=nonsense", &["/cursor"]),
        ("status=x&limit=x&cursor=x&created_after=x", &["/status", "/created_after", "/limit", "/cursor"]),
    ] {
        let answer = api.get(&format!("{LIST}?{query}"));
        answer.problem(422, "validation");
        assert_eq!(answer.pointers(), pointers, "{query}");
    }
}

#[test]
fn an_unknown_run_is_named_in_the_first_apis_words() {
    let server = world();
    let problem = acme(&server).get(&format!("{LIST}/exec_nothing")).problem(404, "not_found");
    assert_eq!(problem["detail"], "Execution 'exec_nothing' not found");
    assert_eq!(problem["instance"], format!("{LIST}/exec_nothing"));
}
