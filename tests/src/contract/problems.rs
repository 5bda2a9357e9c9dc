//! `GET /problems/{code}`: the page behind each problem's `type`.

use magone_core::error::ErrorCode;

use super::world::world;

#[test]
fn every_code_has_a_page_for_everybody() {
    let server = world();
    for code in ErrorCode::ALL {
        let answer = server.anonymous().get(&format!("/problems/{}", code.as_str())).expect(200);
        assert!(answer.header("content-type").unwrap().starts_with("text/markdown"), "{:?}", answer.headers);
        assert!(answer.text.starts_with(&format!("# {}\n", code.info().title)), "{}", answer.text);
    }
}

#[test]
fn a_problem_leads_to_its_page_and_an_unknown_code_to_none() {
    let server = world();
    let problem = server.anonymous().get("/api/v1/external/workflows").problem(401, "key_missing");
    server.anonymous().get(problem["type"].as_str().unwrap()).expect(200);
    server.anonymous().get("/problems/no_such_code").problem(404, "not_found");
}
