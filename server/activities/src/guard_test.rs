use std::net::Ipv4Addr;

use reqwest::header::HeaderMap;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;
use crate::http::{CallLimits, Outbound, Purpose};

/// Listens and counts; answers every request with that head.
async fn canary(address: Ipv4Addr, port: u16, answer: &'static str) -> (u16, Arc<Mutex<u32>>) {
    let listener = TcpListener::bind((address, port)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let seen = Arc::<Mutex<u32>>::default();
    let count = Arc::clone(&seen);
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            *count.lock().unwrap() += 1;
            let mut head = [0; 4096];
            let _ = socket.read(&mut head).await;
            let _ = socket.write_all(answer.as_bytes()).await;
        }
    });
    (port, seen)
}

const DONE: &str = "HTTP/1.1 204 X\r\n\r\n";

fn outbound(openings: &str, names: &str) -> Outbound {
    let guard = Guard::new(
        Arc::new(Egress::opened(openings).unwrap()),
        Arc::new(ScriptedNames::parse(names).unwrap()),
    );
    Outbound::new(Purpose::Guarded(guard), CallLimits::default()).unwrap()
}

async fn post(outbound: &Outbound, url: &str) -> Result<u16, Fault> {
    let url = Url::parse(url).unwrap();
    outbound.post(url, HeaderMap::new(), b"{}".to_vec()).await.map(|reply| reply.status())
}

#[tokio::test]
async fn a_name_that_changes_its_address_is_vetted_at_each_connect() {
    let (port, seen) = canary(Ipv4Addr::LOCALHOST, 0, DONE).await;
    let names = "rebind.test=127.0.0.2/127.0.0.1/169.254.169.254/0.0.0.0/::ffff:127.0.0.1";
    let (_, opened) = canary(Ipv4Addr::new(127, 0, 0, 2), port, DONE).await;
    let outbound = outbound(&format!("127.0.0.2:{port}"), names);
    let url = format!("https://rebind.test:{port}/");
    // The first answer is admitted: the call fails only because the canary speaks no TLS.
    assert!(matches!(post(&outbound, &url).await, Err(Fault::Unreachable(_))));
    assert_eq!(*opened.lock().unwrap(), 1);
    for _ in 0..5 {
        assert!(matches!(post(&outbound, &url).await, Err(Fault::NotAllowed(_))));
    }
    assert_eq!((*opened.lock().unwrap(), *seen.lock().unwrap()), (1, 0));
}

#[tokio::test]
async fn of_mixed_answers_only_what_was_vetted_is_connected() {
    let (port, inside) = canary(Ipv4Addr::LOCALHOST, 0, DONE).await;
    let (_, opened) = canary(Ipv4Addr::new(127, 0, 0, 2), port, DONE).await;
    let outbound = outbound(
        &format!("127.0.0.2:{port}"),
        "mixed.test=::1+127.0.0.1+127.0.0.2+fe80::1,inside.test=::1+127.0.0.1",
    );
    let _ = post(&outbound, &format!("https://mixed.test:{port}/")).await;
    assert_eq!((*opened.lock().unwrap(), *inside.lock().unwrap()), (1, 0));
    let refused = post(&outbound, &format!("https://inside.test:{port}/")).await;
    let Err(Fault::NotAllowed(why)) = refused else { panic!("{refused:?}") };
    assert!(!why.contains("127.0.0.1"), "{why}");
    assert_eq!(*inside.lock().unwrap(), 0);
}

#[tokio::test]
async fn redirects_are_answers() {
    let (port, seen) = canary(Ipv4Addr::LOCALHOST, 0, DONE).await;
    let to: &'static str = Box::leak(
        format!("HTTP/1.1 302 X\r\nLocation: http://127.0.0.1:{port}/\r\nContent-Length: 0\r\n\r\n")
            .into_boxed_str(),
    );
    let (from, _) = canary(Ipv4Addr::new(127, 0, 0, 2), 0, to).await;
    let outbound = outbound(&format!("127.0.0.2:{from}"), "");
    assert_eq!(post(&outbound, &format!("http://127.0.0.2:{from}/")).await, Ok(302));
    assert_eq!(*seen.lock().unwrap(), 0);
}

#[tokio::test]
async fn literal_addresses_are_vetted_as_well() {
    let (port, seen) = canary(Ipv4Addr::LOCALHOST, 0, DONE).await;
    let outbound = outbound("", "");
    for host in ["127.0.0.1", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]", "[::1]", "localhost", "0"] {
        for scheme in ["http", "https"] {
            let refused = post(&outbound, &format!("{scheme}://{host}:{port}/")).await;
            assert!(matches!(refused, Err(Fault::NotAllowed(_))), "{scheme} {host}: {refused:?}");
        }
    }
    assert_eq!(*seen.lock().unwrap(), 0);
}

#[test]
fn scripts_of_names_are_checked() {
    assert!(ScriptedNames::parse("a.test=127.0.0.1+::1/10.0.0.1,b.test=::1").is_ok());
    for wrong in ["a.test", "a.test=x", "a.test=1.1.1.1+"] {
        assert!(ScriptedNames::parse(wrong).is_err(), "{wrong}");
    }
}
