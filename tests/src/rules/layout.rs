//! What stands where: a module says first why it exists; `lib.rs` and `mod.rs` show what there is and
//! do nothing themselves.

use syn::spanned::Spanned;
use syn::{Attribute, Item};

use super::source::{self, File};
use super::violation::{Violation, none};

const DOC: &str = "begin the file with `//!`: why the module exists, and what always holds in it";
const INDEX: &str =
    "lib.rs and mod.rs hold docs, `mod` and `use` (and public constants): move this to a module of its own";

/// Files that only show what there is.
const INDEXES: [&str; 2] = ["lib.rs", "mod.rs"];

/// Tests that got a file of their own say nothing: they belong to the module beside them.
fn without_doc(file: &File) -> Option<Violation> {
    let first = file.text.lines().next().unwrap_or_default();
    let silent = !first.starts_with("//! ") && !file.name().ends_with("_test.rs");
    silent.then(|| Violation::at(&file.path, 1, "no module documentation", DOC))
}

fn beyond_index(file: &File) -> Vec<Violation> {
    if !INDEXES.contains(&file.name()) {
        return Vec::new();
    }
    let parsed =
        syn::parse_file(&file.text).unwrap_or_else(|error| panic!("{} is no Rust: {error}", file.path));
    parsed
        .items
        .iter()
        .filter(|item| !belongs(item))
        .map(|item| Violation::at(&file.path, item.span().start().line, "more than docs and names", INDEX))
        .collect()
}

fn belongs(item: &Item) -> bool {
    match item {
        Item::Mod(module) => module.content.is_none(),
        Item::Use(_) | Item::ExternCrate(_) => true,
        Item::Const(constant) => matches!(constant.vis, syn::Visibility::Public(_)),
        // Macros that are named by others must stand before their modules.
        Item::Macro(made) => made.ident.is_some(),
        // What a toolchain calls by name.
        Item::Fn(function) => function.attrs.iter().any(is_entry),
        _ => false,
    }
}

fn is_entry(attribute: &Attribute) -> bool {
    attribute.path().segments.last().is_some_and(|segment| segment.ident == "wasm_bindgen")
}

#[test]
fn modules_say_why_they_exist() {
    none("module documentation", source::rust().filter_map(without_doc).collect());
}

#[test]
fn indexes_hold_docs_and_names() {
    none("lib.rs and mod.rs", source::rust().flat_map(beyond_index).collect());
}

#[test]
fn code_in_an_index_is_found() {
    let good = "//! Why.\n\nmod a;\npub mod b;\n#[cfg(test)]\nmod t;\npub use a::A;\npub const C: u8 = 1;\n";
    assert_eq!(beyond_index(&File::made_up("x/mod.rs", good)), []);
    let bad = "//! Why.\nstruct A;\nmod b { }\nconst C: u8 = 1;\nfn f() {}\nx!();\n#[wasm_bindgen(start)]\nfn g() {}\n";
    assert_eq!(beyond_index(&File::made_up("x/lib.rs", bad)).len(), 5);
    assert_eq!(beyond_index(&File::made_up("x/other.rs", bad)), []);
}

#[test]
fn a_file_without_docs_is_found() {
    assert!(without_doc(&File::made_up("a.rs", "use b;\n//! Late.")).is_some());
    assert!(without_doc(&File::made_up("a.rs", "")).is_some());
    assert!(without_doc(&File::made_up("a.rs", "//! Why.")).is_none());
    assert!(without_doc(&File::made_up("a_test.rs", "use b;")).is_none());
}
