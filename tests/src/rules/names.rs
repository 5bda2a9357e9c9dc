//! What modules are called. A drawer for whatever fits nowhere grows until nobody finds anything.

use super::source::{self, File};
use super::tokens;
use super::violation::{Violation, none};

const MEND: &str =
    "name it after what it holds, a noun of the domain; if that takes an `and`, make two modules";

/// Names that say nothing.
const DRAWERS: [&str; 11] = [
    "util",
    "utils",
    "utility",
    "utilities",
    "common",
    "helper",
    "helpers",
    "manager",
    "managers",
    "misc",
    "stuff",
];

fn drawers(file: &File) -> Vec<Violation> {
    let mut found: Vec<_> = file
        .path
        .split('/')
        .map(|part| part.split('.').next().unwrap_or(part))
        .flat_map(|part| part.split(['_', '-']))
        .filter(|word| DRAWERS.contains(word))
        .map(|word| Violation::new(&file.path, format!("`{word}` says nothing"), MEND))
        .collect();
    if file.is_rust() {
        for pair in tokens::of(file).all.windows(2).filter(|pair| pair[0].name == "mod") {
            if DRAWERS.contains(&pair[1].name.as_str()) {
                let what = format!("`mod {}` says nothing", pair[1].name);
                found.push(Violation::at(&file.path, pair[1].line, what, MEND));
            }
        }
    }
    found
}

#[test]
fn names_say_something() {
    none("names", source::files().iter().flat_map(drawers).collect());
}

#[test]
fn drawers_are_found() {
    assert_eq!(drawers(&File::made_up("a/utils/b.rs", "//! A.")).len(), 1);
    assert_eq!(drawers(&File::made_up("a/key_helpers.ts", "")).len(), 1);
    assert_eq!(drawers(&File::made_up("a/b.rs", "mod helpers { }\nmod store;")).len(), 1);
    assert_eq!(drawers(&File::made_up("a/commons_test.rs", "mod commonplace;")), []);
}
