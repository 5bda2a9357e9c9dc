//! Manifests of the workspace's members.

use std::collections::BTreeMap;

use toml::{Table, Value};

use super::source;

/// Sections of a manifest that name dependencies.
const SECTIONS: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];

/// A member of the workspace.
#[derive(Debug)]
pub(super) struct Manifest {
    /// Its folder, from the root of the tree.
    pub folder: String,
    /// Its manifest.
    pub table: Table,
}

impl Manifest {
    /// For the tests of the rules, too.
    pub(super) fn parse(folder: &str, text: &str) -> Self {
        let table = text.parse().unwrap_or_else(|error| panic!("{folder}/Cargo.toml: {error}"));
        Self { folder: folder.to_owned(), table }
    }

    /// Name of the package.
    pub(super) fn name(&self) -> &str {
        self.table["package"]["name"].as_str().unwrap()
    }

    /// Path of the manifest.
    pub(super) fn path(&self) -> String {
        format!("{}/Cargo.toml", self.folder)
    }

    /// Everything that it depends on, in whatever section.
    pub(super) fn dependencies(&self) -> BTreeMap<&str, &Value> {
        let targets = self.table.get("target").and_then(Value::as_table);
        let by_target = targets.into_iter().flat_map(|targets| targets.values().filter_map(Value::as_table));
        std::iter::once(&self.table)
            .chain(by_target)
            .flat_map(|table| SECTIONS.iter().filter_map(|section| table.get(*section)?.as_table()))
            .flatten()
            .map(|(name, value)| (name.as_str(), value))
            .collect()
    }
}

/// The root's manifest.
pub(super) fn root() -> Manifest {
    let file = source::files().iter().find(|file| file.path == "Cargo.toml").unwrap();
    Manifest::parse("", &file.text)
}

/// Manifests of all members, in the order of their folders.
pub(super) fn members() -> Vec<Manifest> {
    let manifests = source::files().iter().filter_map(|file| {
        let folder = file.path.strip_suffix("/Cargo.toml")?;
        Some(Manifest::parse(folder, &file.text))
    });
    manifests.collect()
}

#[test]
fn every_manifest_is_a_member() {
    let root = root();
    let named: Vec<_> = root.table["workspace"]["members"].as_array().unwrap().iter().collect();
    for member in members() {
        assert!(
            named.iter().any(|name| name.as_str() == Some(member.folder.as_str())),
            "{} is in no workspace: add its folder to `members` in the root's Cargo.toml",
            member.path()
        );
    }
}
