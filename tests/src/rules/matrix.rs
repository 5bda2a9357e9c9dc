//! Who may import whom. The order of the crates is the order of the layers, from the inside out.

/// What a crate may and must never import.
#[derive(Debug)]
pub(super) struct Crate {
    /// Name of the package.
    pub name: &'static str,
    /// Packages of this workspace that it may depend on.
    pub imports: &'static [&'static str],
    /// Packages from outside that it must never depend on; a star at the end stands for anything.
    pub never: &'static [&'static str],
}

/// Every crate of the workspace.
pub(super) const CRATES: [Crate; 13] = [
    Crate {
        name: "magone-core",
        imports: &[],
        never: &[
            "actix*",
            "async-*",
            "chrono",
            "futures*",
            "getrandom",
            "hyper*",
            "leptos*",
            "rand*",
            "reqwest",
            "sea-orm*",
            "sqlx*",
            "temporalio*",
            "tokio*",
        ],
    },
    Crate { name: "migration", imports: &[], never: &["actix*", "leptos*", "reqwest", "temporalio*"] },
    Crate {
        name: "magone-store",
        imports: &["magone-core", "migration"],
        never: &["actix*", "leptos*", "reqwest", "temporalio*"],
    },
    Crate {
        name: "magone-engine",
        imports: &["magone-core"],
        never: &["actix*", "leptos*", "reqwest", "sea-orm*", "sqlx*", "temporalio*"],
    },
    Crate {
        name: "magone-temporal",
        imports: &["magone-core"],
        never: &["actix*", "leptos*", "reqwest", "sea-orm*", "sqlx*"],
    },
    Crate {
        name: "magone-activities",
        imports: &["magone-core"],
        never: &["actix*", "leptos*", "sea-orm*", "sqlx*", "temporalio*"],
    },
    Crate {
        name: "magone-service",
        imports: &["magone-core", "magone-store"],
        never: &["actix*", "leptos*", "reqwest", "sea-orm*", "sqlx*", "temporalio*"],
    },
    Crate {
        name: "app",
        imports: &["magone-core", "magone-service"],
        never: &["reqwest", "sea-orm*", "sqlx*", "temporalio*"],
    },
    Crate {
        name: "frontend",
        imports: &["app"],
        never: &["actix*", "reqwest", "sea-orm*", "sqlx*", "temporalio*", "tokio*"],
    },
    Crate { name: "console-build", imports: &[], never: &["actix*", "reqwest", "sea-orm*", "tokio*"] },
    Crate {
        name: "server",
        imports: &[
            "app",
            "magone-activities",
            "magone-core",
            "magone-engine",
            "magone-service",
            "magone-store",
            "magone-temporal",
            "migration",
        ],
        never: &["reqwest", "sea-orm*", "sqlx*", "temporalio*"],
    },
    // They drive the real thing from outside, and look at what it left behind.
    // Actors cannot be seen from outside: their benchmarks make them with the server's library. One
    // benchmark stands beside a bare actix-web server.
    Crate { name: "bench", imports: &["magone-core", "magone-store", "server"], never: &["leptos*"] },
    Crate {
        name: "tests",
        imports: &["bench", "magone-core", "magone-engine", "magone-store", "magone-temporal", "server"],
        never: &["leptos*"],
    },
];

/// A name that belongs into some files only, although the crate may have it.
#[derive(Debug)]
pub(super) struct Confined {
    /// How a path begins, or a type is called.
    pub name: &'static str,
    /// Where the rule holds.
    pub within: &'static str,
    /// Where the name may stand nevertheless.
    pub only_in: &'static [&'static str],
    /// Where it belongs.
    pub mend: &'static str,
}

/// Names that are confined.
pub(super) const CONFINED: [Confined; 5] = [
    Confined {
        name: "actix",
        within: "server/src/",
        only_in: &["server/src/actors/"],
        mend: "actors live in server/src/actors: give callers a handle from there",
    },
    Confined {
        name: "reqwest",
        within: "server/",
        only_in: &["server/activities/src/", "server/activities/tests/"],
        mend: "all outbound HTTP goes through the client of server/activities/src/http.rs",
    },
    Confined {
        name: "ClientBuilder",
        within: "server/",
        only_in: &["server/activities/src/http.rs"],
        mend: "there is one builder of HTTP clients, in server/activities/src/http.rs: extend that one",
    },
    Confined {
        name: "HashMap",
        within: "server/core/src/interpreter/",
        only_in: &[],
        mend: "a run must go the same way on every machine: use a BTreeMap",
    },
    Confined {
        name: "HashSet",
        within: "server/core/src/interpreter/",
        only_in: &[],
        mend: "a run must go the same way on every machine: use a BTreeSet",
    },
];

/// Whether a package is meant by a pattern.
pub(super) fn matches(pattern: &str, package: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => package.starts_with(start),
        None => pattern == package,
    }
}

#[test]
fn a_star_stands_for_anything() {
    assert!(matches("actix*", "actix") && matches("actix*", "actix-web"));
    assert!(matches("reqwest", "reqwest") && !matches("reqwest", "reqwest-middleware"));
}
