//! How a PostgreSQL database is named, and what is said where it cannot be had.

use crate::harness::{Data, Postgres, magone, magone_with};

#[test]
fn the_first_schemas_forms_name_the_same_database() {
    let data = Data::on(&Postgres::shared());
    magone(&data, &["migrate"]).succeeded();
    magone(&data, &["tenant", "create", "Acme", "acme"]).succeeded();
    let url = data.postgres().unwrap().url();
    let (_, place) = url.split_once("://").unwrap();
    for (scheme, option) in
        [("postgres", ""), ("postgresql", "?sslmode=disable"), ("postgresql+asyncpg", "?ssl=disable")]
    {
        let url = format!("{scheme}://{place}{option}");
        let listed = magone_with(&data, &[("DATABASE_URL", &url)], &["--output", "json", "tenant", "list"]);
        assert_eq!(listed.json()[0]["slug"], "acme", "{url}");
    }
}

#[test]
fn a_database_that_is_not_there_and_one_that_is_empty() {
    let data = Data::on(&Postgres::shared());
    let empty = magone(&data, &["tenant", "list"]);
    assert_eq!(empty.code, Some(1), "{empty:?}");
    assert!(empty.stderr.contains("magone migrate"), "{empty:?}");
    let url = format!("{}_nowhere", data.postgres().unwrap().url());
    for command in [&["tenant", "list"][..], &["migrate"], &["serve", "--listen", "127.0.0.1:0"]] {
        let missing = magone_with(&data, &[("DATABASE_URL", &url)], command);
        assert_eq!(missing.code, Some(1), "{missing:?}");
        assert!(missing.stderr.contains("cannot reach the database"), "{missing:?}");
        assert!(missing.stderr.contains("does not exist"), "{missing:?}");
    }
}
