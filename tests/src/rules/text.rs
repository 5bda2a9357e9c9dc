//! Words that must not stand in the tree: silenced checks, unfinished work, somebody's machine.

use super::source::{self, File};
use super::violation::{Violation, none};

/// A text that must not stand in files of some endings; none: in all files.
struct Forbidden {
    text: &'static str,
    endings: &'static [&'static str],
    mend: &'static str,
}

const RUST: &[&str] = &["rs"];
const SCRIPT: &[&str] = &["ts", "tsx", "js", "mjs"];
const REMOVE: &str = "take the code out: what nobody calls is no part of the product";
const RUN: &str = "a test that does not run proves nothing: mend it or take it out";
const FINISH: &str = "finish it, or leave the feature out until it is whole";
const MACHINE: &str = "a path of one machine means nothing on the next: use a relative path or a variable";

/// Written in two parts, or this file would break its own rule.
const FORBIDDEN: [Forbidden; 13] = [
    Forbidden { text: concat!("allow(dead", "_code"), endings: RUST, mend: REMOVE },
    Forbidden { text: concat!("allow(unused", ")"), endings: RUST, mend: REMOVE },
    Forbidden { text: concat!("#[ign", "ore"), endings: RUST, mend: RUN },
    Forbidden { text: concat!("to", "do!("), endings: RUST, mend: FINISH },
    Forbidden { text: concat!("unimple", "mented!("), endings: RUST, mend: FINISH },
    Forbidden { text: concat!("test", ".skip("), endings: SCRIPT, mend: RUN },
    Forbidden { text: concat!("test", ".only("), endings: SCRIPT, mend: RUN },
    Forbidden { text: concat!("test", ".fixme("), endings: SCRIPT, mend: RUN },
    Forbidden { text: concat!("FIX", "ME"), endings: &[], mend: FINISH },
    Forbidden { text: concat!("XX", "X "), endings: &[], mend: FINISH },
    Forbidden { text: concat!("/ro", "ot/"), endings: &[], mend: MACHINE },
    Forbidden { text: concat!("/wo", "rk/"), endings: &[], mend: MACHINE },
    Forbidden { text: concat!("/tmp/", "bash_jobs"), endings: &[], mend: MACHINE },
];

fn forbidden(file: &File) -> Vec<Violation> {
    let rules: Vec<_> = FORBIDDEN
        .iter()
        .filter(|rule| rule.endings.is_empty() || rule.endings.contains(&file.ending()))
        .collect();
    let mut found = Vec::new();
    for (index, line) in file.text.lines().enumerate() {
        for rule in rules.iter().filter(|rule| line.contains(rule.text)) {
            found.push(Violation::at(&file.path, index + 1, format!("`{}`", rule.text), rule.mend));
        }
    }
    found
}

#[test]
fn nothing_is_silenced_or_left_unfinished() {
    none("words", source::files().iter().flat_map(forbidden).collect());
}

#[test]
fn each_word_is_found() {
    for rule in &FORBIDDEN {
        let ending = rule.endings.first().unwrap_or(&"yaml");
        let file = File::made_up(&format!("a.{ending}"), &format!("first\n  {}\n", rule.text));
        let found = forbidden(&file);
        assert_eq!(found.len(), 1, "{}", rule.text);
        assert_eq!(found[0].place, format!("a.{ending}:2"));
    }
    assert_eq!(forbidden(&File::made_up("a.rs", "fn work() {}")), []);
}
