//! Wrong keys, many of them: they cost little, hold nobody up who has a right one, and fill nothing.

use std::io::{BufRead, BufReader};

use magone_core::key::{ApiKey, KeyMode};
use magone_core::slug::Slug;

use crate::harness::proxy::{Proxy, Way};
use crate::harness::raw::{connect, request, send};
use crate::harness::{Postgres, Setup, seeds, until};

const WORKFLOWS: &str = "/api/v1/external/workflows";
/// Wrong keys that one address is told about in a minute.
const TOLD: usize = 30;

/// A key that nobody made, of the right form and with the right checksum.
fn unknown(number: u64) -> String {
    let mut random = [7; 32];
    random[..8].copy_from_slice(&number.to_be_bytes());
    let slug = Slug::parse("acme".to_owned()).unwrap();
    ApiKey::from_random(&slug, KeyMode::Live, random).reveal().to_owned()
}

#[test]
fn of_wrong_keys_an_address_is_told_so_many_times_and_a_right_one_is_never_held_up() {
    let server = Setup::new().tenant("acme").start();
    for number in 0..TOLD {
        let key = if number % 2 == 0 {
            unknown(u64::try_from(number).unwrap())
        } else {
            format!("nonsense-{number}")
        };
        server.with_key(&key).get(WORKFLOWS).problem(401, "key_invalid");
    }
    for key in [unknown(0), unknown(99), "nonsense".to_owned()] {
        // What a caller claims about where it comes from is not believed.
        let claims = server.with_key(&key).anywhere().get(WORKFLOWS);
        for refused in [server.with_key(&key).get(WORKFLOWS), claims] {
            refused.problem(429, "rate_limited");
            let wait: u64 = refused.header("retry-after").unwrap().parse().unwrap();
            assert!((1..=61).contains(&wait), "{wait}");
            assert_eq!(refused.header("cache-control"), Some("no-store"));
        }
        server.api("acme").get(WORKFLOWS).expect(200);
    }
    server.anonymous().get(WORKFLOWS).problem(401, "key_missing");
}

#[test]
fn behind_a_proxy_each_caller_is_counted_for_itself() {
    let server = Setup::new().behind_proxies().tenant("acme").start();
    let from = |address: &str| {
        let wrong = server.with_key("nonsense").call("GET", WORKFLOWS);
        wrong.header("x-forwarded-for", address).send().status
    };
    for _ in 0..TOLD {
        assert_eq!(from("203.0.113.9, 198.51.100.7"), 401);
    }
    assert_eq!(from("198.51.100.7"), 429, "what a client put in front is not believed");
    assert_eq!(from("198.51.100.8"), 401);
    assert_eq!((from("2001:db8::1"), from("203.0.113.9")), (401, 401));
    for host in 2..=TOLD {
        assert_eq!(from(&format!("2001:db8::{host:x}")), 401);
    }
    assert_eq!(from("2001:db8::ffff"), 429, "one network is one address");
    assert_eq!(from("2001:db8:0:1::1"), 401);
}

#[test]
fn a_wrong_checksum_and_a_known_key_cost_no_query() {
    let setup = Setup::on(&Postgres::shared()).tenant("acme");
    let proxy = Proxy::before(setup.data());
    let server = setup.env("DATABASE_URL", proxy.url()).env("MAGONE_DATABASE_TIMEOUT_SECONDS", "1").start();
    let api = server.api("acme");
    api.get(WORKFLOWS).expect(200);
    server.with_key(&unknown(1)).get(WORKFLOWS).problem(401, "key_invalid");
    proxy.turn(Way::Blocked);
    // Until a look at the database fails, and after.
    until("the database is away", || server.log().contains("revision cannot be read").then_some(()));
    api.get(WORKFLOWS).expect(200);
    let key = &server.tenant("acme").key;
    let mistyped = format!("{}{}", &key[..key.len() - 1], if key.ends_with('0') { '1' } else { '0' });
    server.with_key(&mistyped).get(WORKFLOWS).problem(401, "key_invalid");
    server.with_key(&unknown(1)).get(WORKFLOWS).problem(401, "key_invalid");
    // Somebody who has not been here has to be looked up.
    server.with_key(&unknown(2)).get(WORKFLOWS).problem(503, "overloaded");
    proxy.turn(Way::Open);
}

/// Sends so many requests with keys from `first` on over one connection, and reads the answers.
fn flood(url: &str, first: u64, number: u64) {
    /// Requests that are under way at once.
    const AHEAD: u64 = 50;
    let mut socket = connect(url);
    let mut answers = BufReader::new(socket.try_clone().unwrap()).lines().map(Result::unwrap);
    let mut next = first..first + number;
    while !next.is_empty() {
        let some = next.by_ref().take(usize::try_from(AHEAD).unwrap());
        let batch: Vec<_> = some.map(unknown).collect();
        let ask = |key: &String| request("HEAD", WORKFLOWS, &[("x-api-key", key)], "");
        send(&mut socket, batch.iter().map(ask).collect::<String>().as_bytes());
        for _ in &batch {
            let status = answers.next().expect("an answer");
            assert!(status.starts_with("HTTP/1.1 401") || status.starts_with("HTTP/1.1 429"), "{status}");
            assert!(answers.any(|line| line.is_empty()), "the head's end");
        }
    }
}

#[test]
fn a_flood_of_unknown_keys_fills_no_memory() {
    /// More than what was asked about last is remembered.
    const SETTLES: u64 = 12_000;
    /// What allocators and caches breathe.
    const BREATH: u64 = 24 << 20;
    let server = Setup::new().tenant("acme").start();
    flood(server.url(), 0, SETTLES);
    let before = server.resident();
    // A million of them where there is time.
    let many = if seeds(1) > 1 { 1_000_000 } else { 10_000 };
    flood(server.url(), SETTLES, many);
    let after = server.resident();
    assert!(after < before + BREATH, "{before} grew to {after}");
    server.api("acme").get(WORKFLOWS).expect(200);
}
