use super::*;
use crate::time::Timestamp;

const MINUTE: u64 = 60_000;

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(1_770_000_000_000 + millis)
}

#[test]
fn the_contracts_vector() {
    let secret = SigningSecret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
    let (id, time, body) = ("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, br#"{"test": 2432232314}"#);
    let expected = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
    assert_eq!(secret.sign(id, time, body), expected);
    let newer = SigningSecret::from_random([7; 32]);
    let both = signatures(&[newer.clone(), secret.clone()], id, time, body);
    assert_eq!(both, format!("{} {expected}", newer.sign(id, time, body)));
    assert_ne!(secret.sign(id, time, br#"{"test": 2432232315}"#), expected);
    assert_ne!(secret.sign(id, time + 1, body), expected);
}

#[test]
fn secrets_round_trip_and_print_as_nothing() {
    let secret = SigningSecret::from_random([9; 32]);
    assert_eq!(SigningSecret::parse(&secret.reveal()), Ok(secret.clone()));
    assert_eq!(SigningSecret::from_bytes(secret.bytes().to_vec()), secret);
    assert_eq!(format!("{secret:?}"), "SigningSecret(…)");
    for wrong in ["", "whsec_", "whsec_c2hvcnQ=", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_ä"] {
        assert_eq!(SigningSecret::parse(wrong), Err(MalformedSecret), "{wrong}");
    }
}

#[test]
fn the_schedule_by_a_virtual_clock() {
    let minutes = [5, 30, 120, 300, 600, 840, 1_200, 1_440].map(|minutes| minutes * MINUTE);
    let pauses = [[5_000].as_slice(), &minutes].concat();
    let mut now = at(0);
    for (tried, pause) in (1..).zip(pauses) {
        for random in [0, 1, 17, u64::MAX] {
            let Verdict::Again(next) = judge(Outcome::Broken, tried, now, random) else { panic!("{tried}") };
            let waited = next.millis_since(now);
            assert!((pause..=pause + pause / 5).contains(&waited), "{tried}: {waited}");
        }
        assert_eq!(judge(Outcome::Broken, tried, now, 0), Verdict::Again(now.plus_millis(pause)));
        now = now.plus_millis(pause);
    }
    assert_eq!(judge(Outcome::Broken, ATTEMPTS, now, 0), Verdict::Dead);
    assert_eq!(judge(Outcome::Broken, u32::MAX, now, 0), Verdict::Dead);
}

#[test]
fn statuses() {
    let answered = |status| judge(Outcome::Answered { status, retry_after_ms: None }, 1, at(0), 0);
    for status in [200, 201, 204, 299] {
        assert_eq!(answered(status), Verdict::Delivered, "{status}");
    }
    for status in [100, 199, 300, 301, 302, 307, 308, 400, 401, 404, 409, 429, 500, 503, 599] {
        assert_eq!(answered(status), Verdict::Again(at(5_000)), "{status}");
    }
    assert_eq!(answered(410), Verdict::Gone);
}

#[test]
fn retry_after_is_obeyed_and_has_an_end() {
    let wish = |seconds: u64, tried| {
        let outcome = Outcome::Answered { status: 503, retry_after_ms: Some(seconds * 1_000) };
        judge(outcome, tried, at(0), 0)
    };
    assert_eq!(wish(60, 1), Verdict::Again(at(60_000)));
    assert_eq!(wish(1, 1), Verdict::Again(at(5_000)), "it makes no pause shorter");
    assert_eq!(wish(u64::MAX / 1_000, 1), Verdict::Again(at(86_400_000)));
    assert_eq!(wish(60, ATTEMPTS), Verdict::Dead);
}

#[test]
fn an_endpoint_has_five_days() {
    let day = 86_400_000;
    assert!(!is_hopeless(at(0), at(5 * day - 1)) && is_hopeless(at(0), at(5 * day)));
    assert!(!is_hopeless(at(day), at(0)), "a clock that was set back switches nobody off");
}

#[test]
fn events_have_words_of_their_own() {
    for event in WebhookEvent::ASKED {
        assert_eq!(WebhookEvent::asked(event.as_str()), Some(event));
        assert_eq!(serde_json::to_value(event).unwrap(), event.as_str());
    }
    assert_eq!(WebhookEvent::asked("webhook.test"), None, "nobody asks for tests");
    assert_eq!(WebhookEvent::asked("execution.*"), None);
}
