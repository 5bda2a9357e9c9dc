//! `GET /workflows` and `GET /workflows/{slug}`.

use serde_json::{Value, json};

use super::shape::assert_members;
use super::world::{acme, world};

const LIST: &str = "/api/v1/external/workflows";
const MEMBERS: [&str; 6] = ["description", "input_schema", "name", "output_schema", "slug", "version"];

#[test]
fn a_tenant_sees_its_own() {
    let server = world();
    let page = acme(&server).get(LIST).expect(200).json();
    assert_members(&page, &["total", "workflows"]);
    let workflows = page["workflows"].as_array().unwrap();
    assert_eq!(page["total"], workflows.len());
    let slugs: Vec<_> = workflows.iter().map(|workflow| workflow["slug"].as_str().unwrap()).collect();
    assert_eq!(
        slugs,
        ["delegate", "endless", "fails", "family", "help", "quick", "review", "talk", "typed", "waits"]
    );
    workflows.iter().for_each(|workflow| assert_members(workflow, &MEMBERS));
    assert_eq!(server.api("rival").get(LIST).expect(200).json(), json!({"total": 0, "workflows": []}));
}

#[test]
fn one_tells_what_it_takes_and_gives() {
    let server = world();
    let workflow = acme(&server).get(&format!("{LIST}/typed")).expect(200).json();
    assert_members(&workflow, &MEMBERS);
    assert_eq!([&workflow["slug"], &workflow["version"]], [&json!("typed"), &json!(1)]);
    assert_eq!(workflow["input_schema"]["required"], json!(["count"]));
    assert_eq!(workflow["output_schema"]["type"], "object");
    let quick = acme(&server).get(&format!("{LIST}/quick")).expect(200).json();
    assert_eq!([&quick["name"], &quick["description"]], ["Quick", "Gives back what it is asked"]);
    assert_eq!([&quick["input_schema"], &quick["output_schema"]], [&Value::Null; 2]);
}

#[test]
fn an_unknown_one_is_named_in_the_first_apis_words() {
    let server = world();
    for path in [format!("{LIST}/nothing"), format!("{LIST}/No%20Slug%21")] {
        acme(&server).get(&path).problem(404, "not_found");
    }
    let problem = acme(&server).get(&format!("{LIST}/nothing")).problem(404, "not_found");
    assert_eq!(problem["detail"], "Workflow 'nothing' not found");
    let problem = acme(&server).execute("nothing", &json!({"input": "x"})).problem(404, "not_found");
    assert_eq!(problem["detail"], "Workflow 'nothing' not found");
}
