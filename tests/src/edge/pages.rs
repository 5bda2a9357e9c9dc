//! What the API shows to people.

use magone_core::error::ErrorCode;

use crate::harness::{Answer, Setup, raw};

/// A page that needs no script and nothing from elsewhere.
fn page(answer: Answer) -> String {
    let answer = answer.expect(200);
    assert!(answer.header("content-type").unwrap().starts_with("text/html"), "{:?}", answer.headers);
    let policy = answer.header("content-security-policy").unwrap();
    assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    for outside in ["<script", " src=", "href=\"http", "style=\"", "javascript:"] {
        assert!(!answer.text.contains(outside), "{outside}");
    }
    answer.text
}

#[test]
fn the_contract_is_a_page_that_names_every_endpoint() {
    let server = Setup::new().start();
    let browser =
        |path: &str| server.anonymous().call("GET", path).header("accept", "text/html,*/*;q=0.8").send();
    let text = page(browser("/docs"));
    for endpoint in server::api::endpoints() {
        assert!(text.contains(endpoint.path), "{}", endpoint.path);
    }
    for anchor in text.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(text.contains(&format!("id=\"{anchor}\"")), "#{anchor} leads nowhere");
    }
    let style = server.anonymous().get("/docs.css").expect(200);
    assert!(style.header("content-type").unwrap().starts_with("text/css"));
    let markdown = server.anonymous().get("/docs").expect(200);
    assert!(markdown.header("content-type").unwrap().starts_with("text/markdown"));
    assert!(markdown.text.contains("`GET /api/v1/external/workflows`"));
}

#[test]
fn every_problem_is_a_page_for_browsers() {
    let server = Setup::new().start();
    for code in ErrorCode::ALL {
        let path = format!("/problems/{}", code.as_str());
        let text = page(server.anonymous().call("GET", &path).header("accept", "text/html").send());
        assert!(text.contains("<h2>What to do</h2>") && text.contains(code.info().title), "{text}");
    }
}

#[test]
fn long_answers_are_compressed_for_who_takes_that() {
    let server = Setup::new().start();
    let ask = |path: &str| server.anonymous().call("GET", path).header("accept-encoding", "gzip").send();
    let compressed = |answer: &Answer| answer.header("content-encoding").map(str::to_owned);
    // The tests' client unpacks nothing, so only the head is looked at.
    let mut socket = raw::connect(server.url());
    let request = raw::request("GET", "/openapi.json", &[("Accept-Encoding", "gzip")], "");
    raw::send(&mut socket, request.as_bytes());
    let head = raw::read_head(&mut socket).to_lowercase();
    assert!(head.contains("content-encoding: gzip"), "{head}");
    assert_eq!(compressed(&ask("/health")), None, "too short to gain");
}
