//! The import matrix holds: in manifests, and for what is confined to a folder also in paths.

use toml::Value;

use super::manifest::{self, Manifest};
use super::matrix::{self, CONFINED, CRATES};
use super::source::{self, File};
use super::tokens;
use super::violation::{Violation, none};

const UNKNOWN: &str = "add the crate to tests/src/rules/matrix.rs, with what it may import";
const INWARD: &str =
    "imports go inwards: move the code to the crate that may see this, or put a port into core";
const NEVER: &str = "this crate must not know that library: reach it through a port or a crate further out";

fn of_manifest(manifest: &Manifest) -> Vec<Violation> {
    let (name, place) = (manifest.name(), manifest.path());
    let Some(own) = CRATES.iter().find(|known| known.name == name) else {
        return vec![Violation::new(place, format!("{name} is not in the matrix"), UNKNOWN)];
    };
    let mut found = Vec::new();
    for dependency in manifest.dependencies().into_keys() {
        let ours = CRATES.iter().any(|known| known.name == dependency);
        if ours && !own.imports.contains(&dependency) {
            found.push(Violation::new(&place, format!("{name} must not depend on {dependency}"), INWARD));
        }
        if own.never.iter().any(|pattern| matrix::matches(pattern, dependency)) {
            found.push(Violation::new(&place, format!("{name} must never see {dependency}"), NEVER));
        }
    }
    found
}

fn of_file(file: &File) -> Vec<Violation> {
    let watched: Vec<_> = CONFINED
        .iter()
        .filter(|rule| file.path.starts_with(rule.within))
        .filter(|rule| !rule.only_in.iter().any(|folder| file.path.starts_with(folder)))
        .collect();
    if watched.is_empty() {
        return Vec::new();
    }
    let names = tokens::of(file);
    let types = names.all.iter().filter(|name| name.name.starts_with(char::is_uppercase));
    let mut found = Vec::new();
    for name in names.roots.iter().chain(types) {
        if let Some(rule) = watched.iter().find(|rule| rule.name == name.name) {
            let what = format!("`{}` does not belong here", name.name);
            let violation = Violation::at(&file.path, name.line, what, rule.mend);
            if !found.contains(&violation) {
                found.push(violation);
            }
        }
    }
    found
}

#[test]
fn crates_import_only_what_they_may() {
    none("imports", manifest::members().iter().flat_map(of_manifest).collect());
}

#[test]
fn confined_names_stay_where_they_belong() {
    none("confined names", source::rust().flat_map(of_file).collect());
}

#[test]
fn the_browser_gets_the_model_of_core_alone() {
    const MEND: &str =
        "a default feature cannot be taken back by a member: it would put the rules into the wasm";
    let root = manifest::root();
    let core = &root.table["workspace"]["dependencies"]["magone-core"];
    assert_eq!(core["default-features"].as_bool(), Some(false), "{MEND}");
    assert_eq!(core["features"].as_array().map(Vec::len), Some(1), "{MEND}");
    assert_eq!(core["features"][0].as_str(), Some("model"), "{MEND}");
    for manifest in manifest::members().iter().filter(|member| ["app", "frontend"].contains(&member.name())) {
        let features = manifest.table.get("features").and_then(Value::as_table);
        for (name, parts) in features.into_iter().flatten().filter(|(name, _)| *name != "ssr") {
            assert!(!parts.to_string().contains("magone-"), "{}: feature {name}: {MEND}", manifest.path());
        }
        let depends = manifest.dependencies();
        let always = depends.get("magone-core").is_some_and(|core| core.get("features").is_some());
        assert!(!always, "{}: {MEND}", manifest.path());
    }
}

#[test]
fn the_console_in_the_browser_never_meets_the_server() {
    let root = manifest::root();
    let members = root.table["workspace"]["default-members"].as_array().unwrap();
    assert!(
        !members.iter().any(|member| member.as_str() == Some("frontend")),
        "take `frontend` out of `default-members`: one cargo call would unify `ssr` and `hydrate`"
    );
}

#[test]
fn wrong_imports_are_found() {
    let text = "[package]\nname = 'magone-engine'\n[dependencies]\nmagone-core.workspace = true\n\
                magone-store.workspace = true\n[dev-dependencies]\nactix-rt.workspace = true\n\
                [target.'cfg(unix)'.dependencies]\nsqlx.workspace = true";
    let found: Vec<_> =
        of_manifest(&Manifest::parse("server/engine", text)).into_iter().map(|found| found.what).collect();
    assert_eq!(
        found,
        [
            "magone-engine must never see actix-rt",
            "magone-engine must not depend on magone-store",
            "magone-engine must never see sqlx"
        ]
    );
    let unknown = Manifest::parse("x", "[package]\nname = 'x'");
    assert_eq!(of_manifest(&unknown).len(), 1);
}

#[test]
fn escaped_names_are_found() {
    let text = "use actix::prelude::*;\nuse actix_web::web;\nfn f() { ::reqwest::Client::new(); }";
    let lines: Vec<_> =
        of_file(&File::made_up("server/src/api/x.rs", text)).into_iter().map(|found| found.place).collect();
    assert_eq!(lines, ["server/src/api/x.rs:1", "server/src/api/x.rs:3"]);
    assert!(of_file(&File::made_up("server/src/actors/x.rs", "use actix::Actor;")).is_empty());
    let state =
        File::made_up("server/core/src/interpreter/x.rs", "use std::collections::{BTreeMap, HashMap};");
    assert_eq!(of_file(&state).len(), 1);
}
