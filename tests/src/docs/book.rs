//! The pages, each followed from its first line to its last.

use std::collections::BTreeSet;

use super::page;
use super::session::{follow, follow_with_scopes};

/// The page without blocks: it names the others.
const INDEX: &str = "README.md";
/// The pages that a test follows.
const FOLLOWED: [&str; 6] =
    ["first-call.md", "keys.md", "limits.md", "retries.md", "streams.md", "webhooks.md"];

#[test]
fn every_page_is_followed_and_named_in_the_index() {
    let files = std::fs::read_dir(page::folder()).unwrap().map(|file| file.unwrap().file_name());
    let pages: BTreeSet<_> = files.map(|name| name.into_string().unwrap()).collect();
    let pages: BTreeSet<_> = pages.iter().map(String::as_str).filter(|name| name.ends_with(".md")).collect();
    assert_eq!(pages, FOLLOWED.into_iter().chain([INDEX]).collect());
    let index = std::fs::read_to_string(page::folder().join(INDEX)).unwrap();
    for name in FOLLOWED {
        assert!(index.contains(&format!("({name})")), "{INDEX} does not name {name}");
        assert!(!page::blocks(name).is_empty(), "{name} has no block");
    }
}

#[test]
fn the_first_call() {
    follow("first-call.md");
}

#[test]
fn watching_a_run() {
    follow("streams.md");
}

#[test]
fn calls_that_may_be_repeated() {
    follow("retries.md");
}

#[test]
fn being_told() {
    follow_with_scopes("webhooks.md", "execute,read,webhooks:manage");
}

#[test]
fn your_keys() {
    follow_with_scopes("keys.md", "execute,read,keys:manage");
}

#[test]
fn what_you_may_use() {
    follow("limits.md");
}
