//! The contract that is committed is the one that the server has.

use super::source;

#[test]
fn the_committed_contract_is_the_servers() {
    let path = source::root().join("clients/openapi.json");
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    let differing = committed.lines().zip(server::api::openapi::text().lines()).find(|(old, new)| old != new);
    assert!(
        committed == server::api::openapi::text(),
        "clients/openapi.json is not what the server says (first difference: {differing:?}); run `make openapi` \
         and look at what changed for callers"
    );
}
