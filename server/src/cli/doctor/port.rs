//! The ports: free, or a server of ours is there already.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};

use super::finding::Finding;
use crate::cli::remote::{Client, ServerArguments};
use crate::config::{Config, Environment};

const API: &str = "api port";
const CONSOLE: &str = "console port";

/// Both ports.
pub(super) async fn check(config: &Config) -> [Finding; 2] {
    let (api, console) = (config.listen.api, config.listen.console);
    let running = running(api).await;
    [one(API, api, "MAGONE_LISTEN", running), one(CONSOLE, console, "MAGONE_CONSOLE_LISTEN", running)]
}

fn one(check: &'static str, address: SocketAddr, variable: &str, running: bool) -> Finding {
    match TcpListener::bind(address).map_err(|error| (error.kind(), error)) {
        Ok(_) => Finding::ok(check, format!("{address} is free")),
        Err((ErrorKind::AddrInUse, _)) if running => {
            Finding::ok(check, format!("{address} is served by Magone"))
        }
        Err((ErrorKind::AddrInUse, _)) => Finding::problem(
            check,
            format!("something else listens on {address}; stop it, or name another address in {variable}"),
        ),
        Err((ErrorKind::PermissionDenied, _)) => Finding::problem(
            check,
            format!("{address} may not be listened on by this user; name a port from 1024 in {variable}"),
        ),
        Err((_, error)) => {
            Finding::problem(check, format!("cannot listen on {address}: {error}; correct {variable}"))
        }
    }
}

/// Whether a server of ours answers for the API.
async fn running(api: SocketAddr) -> bool {
    let host = match api.ip() {
        ip if ip.is_unspecified() => format!("127.0.0.1:{}", api.port()),
        _ => api.to_string(),
    };
    let arguments = ServerArguments { url: Some(format!("http://{host}")) };
    let Ok(client) = Client::open(&arguments, &Environment::default()) else {
        return false;
    };
    let health = client.get_at(&["health"]).await;
    health.is_ok_and(|health| health.get("service").is_some_and(|service| service == "magone"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_a_problem_unless_we_took_it() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = taken.local_addr().unwrap();
        let told = one(API, address, "MAGONE_LISTEN", false);
        assert!(!told.ok && told.detail.contains("MAGONE_LISTEN"), "{told:?}");
        assert!(one(API, address, "MAGONE_LISTEN", true).ok);
        drop(taken);
        assert!(one(API, address, "MAGONE_LISTEN", false).ok);
    }

    #[test]
    fn an_address_of_another_machine_is_a_problem() {
        // TEST-NET-1 (RFC 5737): no machine has it.
        let told = one(CONSOLE, "192.0.2.1:3000".parse().unwrap(), "MAGONE_CONSOLE_LISTEN", false);
        assert!(!told.ok && told.detail.ends_with("correct MAGONE_CONSOLE_LISTEN"), "{told:?}");
    }
}
