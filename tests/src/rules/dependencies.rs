//! Versions stand in one place, and each library there says why it is here.

use toml::Value;

use super::manifest::{self, Manifest};
use super::source::{self, File};
use super::violation::{Violation, none};

const IN_ROOT: &str =
    "name the version in the root's [workspace.dependencies] and write `workspace = true` here";
const WHY: &str = "say in a comment on its line, or above its group, what it is here for";
const SHARED: &str = "write `workspace = true`: lints and the package's facts are declared once";

fn of_member(manifest: &Manifest) -> Vec<Violation> {
    let mut found = Vec::new();
    for (name, value) in manifest.dependencies() {
        if value.get("workspace").and_then(Value::as_bool) != Some(true) {
            found.push(Violation::new(manifest.path(), format!("{name} has a version of its own"), IN_ROOT));
        }
    }
    let shared =
        |value: Option<&Value>| value.and_then(|value| value.get("workspace")?.as_bool()) == Some(true);
    if !shared(manifest.table.get("lints")) {
        found.push(Violation::new(manifest.path(), "lints of its own", SHARED));
    }
    for fact in ["version", "edition", "rust-version", "license", "publish"] {
        if !shared(manifest.table["package"].get(fact)) {
            found.push(Violation::new(manifest.path(), format!("{fact} of its own"), SHARED));
        }
    }
    found
}

/// Lines of the root's table of dependencies that nothing explains. A comment explains its line, or,
/// standing above, all lines up to the next empty one.
fn unexplained(root: &File) -> Vec<Violation> {
    let mut found = Vec::new();
    let (mut inside, mut explained, mut open) = (false, false, 0);
    for (number, line) in root.text.lines().enumerate().map(|(index, line)| (index + 1, line.trim())) {
        if line.starts_with('[') && open == 0 {
            inside = line == "[workspace.dependencies]";
        } else if line.is_empty() {
            explained = false;
        } else if line.starts_with('#') {
            explained = true;
        } else if inside {
            let begins = open == 0;
            open += line.matches('[').count();
            open -= line.matches(']').count().min(open);
            if begins && !explained && !line.contains(" #") {
                let name = line.split(['=', '.']).next().unwrap_or(line).trim();
                found.push(Violation::at(&root.path, number, format!("{name} is not explained"), WHY));
            }
        }
    }
    found
}

#[test]
fn versions_and_lints_are_declared_once() {
    none("manifests", manifest::members().iter().flat_map(of_member).collect());
}

#[test]
fn every_dependency_says_why_it_is_here() {
    let root = source::files().iter().find(|file| file.path == "Cargo.toml").unwrap();
    none("dependencies", unexplained(root));
}

#[test]
fn manifests_of_their_own_are_found() {
    let text = "[package]\nname = 'x'\nversion.workspace = true\nedition = '2021'\nrust-version.workspace = true\n\
                license.workspace = true\npublish.workspace = true\n[dependencies]\na = '1'\nb.workspace = true\n\
                [lints]\nworkspace = true";
    let found: Vec<_> = of_member(&Manifest::parse("x", text)).into_iter().map(|found| found.what).collect();
    assert_eq!(found, ["a has a version of its own", "edition of its own"]);
    let without = text.replace("[lints]\nworkspace = true", "");
    assert_eq!(of_member(&Manifest::parse("x", &without)).len(), 3);
}

#[test]
fn silent_dependencies_are_found() {
    let text = "[workspace.dependencies]\n# Group.\na = '1'\nb = { version = '1', features = [\n  'x',\n] }\n\n\
                c = '1'\nd = '1' # why\n[other]\ne = '1'";
    let found = unexplained(&File::made_up("Cargo.toml", text));
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].place, "Cargo.toml:8");
}
