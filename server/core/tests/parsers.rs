//! What comes from outside and is taken apart, with texts that nobody would think of: random ones, and
//! pieces of valid ones in any order. Nothing may panic, and what is accepted keeps what it promises.

use magone_core::egress::{Egress, kind_of_refused};
use magone_core::idempotency::IdempotencyKey;
use magone_core::ids::ExecutionId;
use magone_core::json::Json;
use magone_core::key::{ApiKey, KeyMode};
use magone_core::slug::Slug;
use magone_core::time::Timestamp;
use magone_core::workflow::template::{self, Scope};
use magone_core::workflow::validate::{self, Known};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::json;

/// Pieces in any order, with anything in between.
fn pieces(of: &'static [&'static str]) -> impl Strategy<Value = String> {
    let odd = vec(any::<char>(), 0..3).prop_map(String::from_iter);
    let piece = prop_oneof![4 => select(of).prop_map(str::to_owned), 1 => odd];
    vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

fn any_text() -> impl Strategy<Value = String> {
    vec(any::<char>(), 0..60).prop_map(String::from_iter)
}

const OF_URLS: &[&str] = &[
    "https://",
    "http://",
    "//",
    "@",
    ":",
    "[",
    "]",
    "::1",
    "::ffff:",
    "127.0.0.1",
    "0x7f.1",
    "2130706433",
    "0177.0.0.1",
    "169.254.169.254",
    "64:ff9b::7f00:1",
    "example.com",
    "localhost",
    ".",
    "%2e",
    "%00",
    "/",
    "?",
    "#",
    "\\",
    ":443",
    ":80",
    ":65536",
    "user",
    "xn--",
    "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ",
    "。",
    " ",
    "\t",
    "10.0.0.1",
    "internal",
];

const OF_DEFINITIONS: &[&str] = &[
    "id: a\n",
    "name: A\n",
    "entry_step: s\n",
    "steps:\n",
    "  - ",
    "{ ",
    " }",
    "id: s, ",
    "type: tool, ",
    "type: transform, ",
    "tool: x.y, ",
    "value: 1",
    "next: s, ",
    "type: map, items: [1], as: x, steps: [s]",
    "limits: { max_steps: 1 }\n",
    "input_schema: { type: string }\n",
    "&a ",
    "*a ",
    "<<: ",
    "!!binary ",
    "|\n",
    "\"",
    "'",
    "[",
    "]",
    ":",
    "\n",
    "  ",
    "- ",
    "~",
    "1e999",
    "0x",
    "\u{0}",
    "{{ steps.s.output }}",
];

const OF_TEMPLATES: &[&str] = &[
    "{{ ",
    " }}",
    "{% ",
    " %}",
    "{# ",
    " #}",
    "input",
    "context.",
    "steps.a.output",
    "| upper",
    "| length",
    "if ",
    "endif",
    "for x in ",
    "endfor",
    "range(",
    ")",
    "(",
    "[",
    "]",
    "0",
    "9999999999",
    "'",
    "\"",
    "~",
    "*",
    "+",
    ".",
    "not ",
    "is defined",
    "namespace",
    "set x = ",
    "macro ",
    "raw",
    "endraw",
    "}}",
    "{{",
];

const OF_TIMES: &[&str] = &[
    "2024",
    "-",
    "02",
    "29",
    "30",
    "T",
    "t",
    "23",
    ":",
    "59",
    "60",
    ".",
    "999999999",
    "Z",
    "z",
    "+",
    "24:00",
    " ",
];

proptest! {
    #[test]
    fn keys(text in any_text(), random in any::<[u8; 32]>(), at in any::<prop::sample::Index>(), to in any::<char>()) {
        if let Ok(key) = ApiKey::parse(&text) {
            prop_assert_eq!(key.reveal(), text.as_str());
        }
        let slug = Slug::parse("acme-1").unwrap();
        let key = ApiKey::from_random(&slug, KeyMode::Live, random);
        prop_assert_eq!(ApiKey::parse(key.reveal()).unwrap().hash(), key.hash());
        // One character changed: the checksum says so.
        let mut letters: Vec<char> = key.reveal().chars().collect();
        let at = at.index(letters.len());
        prop_assume!(letters[at] != to);
        letters[at] = to;
        let edited: String = letters.into_iter().collect();
        prop_assert!(ApiKey::parse(&edited).is_err(), "{}", edited);
    }

    #[test]
    fn urls(text in prop_oneof![any_text(), pieces(OF_URLS)], list in pieces(OF_URLS)) {
        if let Ok(target) = Egress::default().judge(&text) {
            prop_assert!(text.to_lowercase().starts_with("https:"), "{}", text);
            prop_assert_eq!(target.address().and_then(kind_of_refused), None);
            prop_assert!(target.port() == 443 || target.port() >= 1024);
        }
        if let Ok(opened) = Egress::opened(&list) {
            let _ = opened.judge(&text);
        }
    }

    #[test]
    fn definitions(text in prop_oneof![any_text(), pieces(OF_DEFINITIONS)]) {
        if let Err(problems) = validate::read_definition(&text, Known::ANYTHING) {
            prop_assert!(!problems.is_empty());
        }
        if let Err(problems) = validate::read_agent(&text, Known::ANYTHING) {
            prop_assert!(!problems.is_empty());
        }
    }

    #[test]
    fn templates(text in prop_oneof![any_text(), pieces(OF_TEMPLATES)]) {
        let (input, context) = (Json::new(json!("x")), Json::new(json!({"region": "dubai"})));
        let (config, session) = (Json::new(json!({})), Json::new(json!(null)));
        let scope = Scope {
            input: &input,
            context: &context,
            config: &config,
            session: &session,
            locals: &|_| None,
            steps: &|_| None,
        };
        let _ = template::check_expression(&text);
        let checked = template::check(&text);
        match template::render_text(&text, &scope) {
            Ok(rendered) => prop_assert!(rendered.len() <= template::MAX_OUTPUT_BYTES),
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
        if !template::is_template(&text) {
            prop_assert!(checked.is_ok_and(|names| names.is_empty()));
        }
    }

    #[test]
    fn names_times_and_cursors(text in prop_oneof![any_text(), pieces(OF_TIMES)], bits in any::<u128>()) {
        if let Ok(slug) = Slug::parse(text.clone()) {
            prop_assert_eq!(slug.as_str(), text.as_str());
        }
        if let Some(time) = Timestamp::parse(&text) {
            prop_assert_eq!(Timestamp::parse(&time.to_string()), Some(time));
        }
        let _ = ExecutionId::from_text(text).made_at();
        let id = ExecutionId::from_uuid(bits);
        prop_assert_eq!(ExecutionId::from_text(id.as_str()).made_at(), id.made_at());
    }

    #[test]
    fn idempotency_keys(value in vec(any::<u8>(), 0..300)) {
        if let Ok(key) = IdempotencyKey::parse(&value) {
            prop_assert!((1..=255).contains(&key.as_str().chars().count()));
        }
    }
}
