//! What is declared is used: a library that nobody calls costs every build.

use std::collections::BTreeSet;

use super::manifest::{self, Manifest};
use super::source;
use super::tokens;
use super::violation::{Violation, none};

const MEND: &str =
    "take the line out; or, if it is here for a feature alone, add it to FEATURES_ONLY with the reason";

/// Libraries that are named for the sake of a feature or of a macro's expansion.
const FEATURES_ONLY: [(&str, &str); 0] = [];

/// Names that begin a path anywhere in the member's own folder.
fn roots_of(manifest: &Manifest, others: &[Manifest]) -> BTreeSet<&'static str> {
    let own = format!("{}/", manifest.folder);
    let inner: Vec<_> = others
        .iter()
        .map(|other| format!("{}/", other.folder))
        .filter(|other| *other != own && other.starts_with(&own))
        .collect();
    source::rust()
        .filter(|file| file.path.starts_with(&own))
        .filter(|file| !inner.iter().any(|inner| file.path.starts_with(inner)))
        .flat_map(|file| &tokens::of(file).roots)
        .map(|root| root.name.as_str())
        .collect()
}

fn unused(manifest: &Manifest, roots: &BTreeSet<&str>) -> Vec<Violation> {
    manifest
        .dependencies()
        .into_keys()
        .filter(|name| !roots.contains(name.replace('-', "_").as_str()))
        .filter(|name| !FEATURES_ONLY.iter().any(|(known, _)| known == name))
        .map(|name| Violation::new(manifest.path(), format!("{name} is not used"), MEND))
        .collect()
}

#[test]
fn members_use_what_they_name() {
    let members = manifest::members();
    none(
        "unused dependencies",
        members.iter().flat_map(|member| unused(member, &roots_of(member, &members))).collect(),
    );
}

#[test]
fn the_workspace_declares_what_members_name() {
    let (root, members) = (manifest::root(), manifest::members());
    let named: BTreeSet<_> = members.iter().flat_map(|member| member.dependencies().into_keys()).collect();
    let declared = root.table["workspace"]["dependencies"].as_table().unwrap().keys();
    let spare = declared
        .filter(|name| !named.contains(name.as_str()))
        .map(|name| Violation::new("Cargo.toml", format!("no member names {name}"), MEND));
    none("spare dependencies", spare.collect());
}

#[test]
fn a_library_that_nobody_calls_is_found() {
    let text = "[package]\nname = 'x'\n[dependencies]\nfutures-util.workspace = true\nserde.workspace = true";
    let found = unused(&Manifest::parse("x", text), &BTreeSet::from(["futures_util"]));
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].what, "serde is not used");
}
