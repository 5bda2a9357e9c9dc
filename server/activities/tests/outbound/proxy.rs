//! Proxies of the environment.

use std::process::Command;

use crate::server::{Reply, Server};
use crate::{ask, limits};

const TARGET: &str = "MAGONE_TEST_TARGET";

/// The environment of a process cannot be changed safely while it runs, so the test runs itself
/// again, in an environment with proxies.
#[tokio::test]
async fn proxies_of_the_environment_are_ignored() {
    if let Ok(target) = std::env::var(TARGET) {
        ask(&target, limits()).await.expect_err("the target answers 400");
        return;
    }
    let target = Server::start([Reply::with_headers(400, "", "")]).await;
    let proxy = Server::start([Reply::with_headers(502, "", "")]).await;
    let mut again = Command::new(std::env::current_exe().unwrap());
    again.args(["--exact", "proxy::proxies_of_the_environment_are_ignored"]).env(TARGET, &target.url);
    for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        again.env(name, proxy.url.trim_end_matches("/v1"));
    }
    again.env_remove("NO_PROXY").env_remove("no_proxy");
    let output = tokio::task::spawn_blocking(move || again.output().unwrap()).await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert_eq!((target.seen().len(), proxy.seen().len()), (1, 0));
}
