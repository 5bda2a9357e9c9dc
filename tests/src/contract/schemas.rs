//! `GET /api/v1/schemas/workflow.json`.

use super::world::world;

#[test]
fn the_format_of_definitions_is_there_for_everybody() {
    let server = world();
    let answer = server.anonymous().get("/api/v1/schemas/workflow.json").expect(200);
    assert_eq!(answer.header("content-type"), Some("application/schema+json"));
    let schema = answer.json();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    assert!(schema["properties"]["entry_step"]["description"].is_string(), "{schema}");
}
