use std::net::IpAddr;

use super::*;

fn judged(text: &str) -> Result<Target, Refusal> {
    Egress::default().judge(text)
}

#[test]
fn what_the_policy_refuses_at_once() {
    for url in include_str!("refused_urls.txt").lines().filter(|line| !line.starts_with('#')) {
        assert!(judged(url).is_err(), "{url}");
    }
}

#[test]
fn what_may_be_called() {
    for url in [
        "https://hooks.example.com/x",
        "https://hooks.example.com:8443/x?y=z#part",
        "https://HOOKS.example.com./x",
        "https://93.184.216.34/",
        "https://[2606:2800:220:1:248:1893:25c8:1946]/",
        "https://receiver.invalid/hook",
        "https://bücher.example/",
        "https://localhost.example.com/",
        "https://internal-hooks.example.com/",
    ] {
        assert!(judged(url).is_ok(), "{url}: {:?}", judged(url));
    }
}

/// One or more a line.
const NOT_PUBLIC: &str = "
    0.0.0.0 10.1.2.3 100.64.0.1 100.100.100.200 127.0.0.1 127.255.255.254 168.63.129.16 169.254.169.254
    172.16.0.1 172.31.255.255 192.0.0.192 192.0.2.1 192.88.99.1 192.168.0.1 198.18.0.1 198.19.255.255
    198.51.100.7 203.0.113.9 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255
    :: ::1 ::7f00:1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 64:ff9b::7f00:1 64:ff9b::a9fe:a9fe 64:ff9b:1::1 100::1
    2001::1 2001:2::1 2001:10::1 2001:db8::1 2002:7f00:1:: 3fff::1 4000::1 5f00::1 fc00::1 fd00:ec2::254
    fe80::1 fec0::1 ff02::1";

const PUBLIC: &str = "
    1.1.1.1 8.8.8.8 100.63.255.255 100.128.0.0 172.15.0.1 172.32.0.1 192.0.1.1 198.17.255.255 198.20.0.0
    223.255.255.255 2606:4700::1111 2a00:1450::1 ::ffff:8.8.8.8 64:ff9b::808:808 2001:4860:4860::8888 2003::1";

#[test]
fn addresses_that_are_not_public() {
    let of = |text: &str| kind_of_refused(text.parse::<IpAddr>().unwrap());
    for refused in NOT_PUBLIC.split_whitespace() {
        assert!(of(refused).is_some(), "{refused}");
    }
    for public in PUBLIC.split_whitespace() {
        assert_eq!(of(public), None, "{public}");
    }
}

#[test]
fn what_is_opened_is_open_and_nothing_beside_it() {
    let egress = Egress::opened("localhost:9000, 10.0.0.0/8 ,[fd00::]/8:8443x").unwrap_err();
    assert!(egress.contains("'[fd00::]/8:8443x'"), "{egress}");
    let egress = Egress::opened("localhost:9000, 10.0.0.0/8 ,[fd00::/8]:8443,backend,::1,").unwrap();
    for open in [
        "http://localhost:9000/x",
        "http://LOCALHOST.:9000/x",
        "https://localhost:9000/x",
        "http://10.1.2.3/x",
        "https://10.1.2.3:22/x",
        "http://[fd12::1]:8443/",
        "http://backend:1/",
        "http://[::1]/",
    ] {
        assert!(egress.judge(open).is_ok(), "{open}: {:?}", egress.judge(open));
    }
    for closed in [
        "http://localhost:9001/x",
        "http://127.0.0.1:9000/x",
        "http://a.localhost:9000/",
        "http://11.0.0.1/x",
        "http://[fd12::1]/",
        "http://hooks.example.com/",
        "ftp://backend/",
        "http://user@backend/",
    ] {
        assert!(egress.judge(closed).is_err(), "{closed}");
    }
}

#[test]
fn an_address_is_judged_whatever_name_led_there() {
    let egress = Egress::opened("10.0.0.0/8:8443,named.example").unwrap();
    let local: IpAddr = "127.0.0.1".parse().unwrap();
    let inside: IpAddr = "10.0.0.7".parse().unwrap();
    let mapped: IpAddr = "::ffff:10.0.0.7".parse().unwrap();
    let public: IpAddr = "8.8.8.8".parse().unwrap();
    let of = |url: &str| egress.judge(url).unwrap();
    let (plain, port) = (of("https://a.example/"), of("https://a.example:8443/"));
    assert!(egress.admit(&plain, public).is_ok());
    assert!(egress.admit(&plain, local).is_err() && egress.admit(&plain, inside).is_err());
    assert!(egress.admit(&port, inside).is_ok() && egress.admit(&port, mapped).is_ok());
    assert!(egress.admit(&port, local).is_err());
    assert!(egress.admit(&of("http://named.example/"), local).is_ok(), "the name itself was opened");
}

#[test]
fn entries_that_are_none() {
    for wrong in
        ["http://localhost", "a b", "10.0.0.0/33", "[::1", "host:0", "host:70000", "host:", "*", "a/b"]
    {
        let why = Egress::opened(wrong).unwrap_err();
        assert!(why.starts_with("has the entry '"), "{wrong}: {why}");
    }
    assert_eq!(Egress::opened(" , "), Ok(Egress::default()));
}

#[test]
fn sentences_say_what_to_mend_and_nothing_of_the_network() {
    let told = |url: &str| judged(url).unwrap_err().to_string();
    assert!(told("http://hooks.example.com/").ends_with("the URL has to begin with https://"));
    assert!(told("https://127.1/").ends_with("the host is a loopback address"));
    assert!(told("https://hooks.example.com:25/").ends_with("port 25 is none for webhooks"));
    assert_eq!(told("https://u:p@x.example/"), "has to be an absolute http or https URL without credentials");
}
