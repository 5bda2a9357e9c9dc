//! Where the database is. A URL may carry a password, so this type never prints one.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use sea_orm::sqlx::postgres::PgConnectOptions;

use crate::error::OpenError;

/// A database that can be opened: an SQLite file, or a PostgreSQL server.
#[derive(Clone)]
pub struct DatabaseUrl(Place);

#[derive(Clone)]
pub(crate) enum Place {
    /// A file, relative to the working directory or absolute.
    Sqlite(PathBuf),
    /// A server, with the password inside.
    Postgres(Box<PgConnectOptions>),
}

impl DatabaseUrl {
    /// Reads `sqlite:relative`, `sqlite://relative`, `sqlite:///absolute`,
    /// `postgres://user:password@host:port/database`, and the same with `postgresql` or
    /// `postgresql+asyncpg` in front.
    ///
    /// # Errors
    /// [`OpenError::Url`] with a sentence that says what is expected; it repeats nothing of the
    /// text, which may hold a password.
    pub fn parse(text: &str) -> Result<Self, OpenError> {
        match text.trim().split_once(':') {
            Some(("sqlite", rest)) => sqlite(rest),
            Some(("postgres" | "postgresql" | "postgresql+asyncpg", rest)) => postgres(rest),
            _ => Err(OpenError::Url("it must begin with sqlite:, postgres:// or postgresql://".to_owned())),
        }
    }

    /// The SQLite file at `path`.
    #[must_use]
    pub fn sqlite(path: impl Into<PathBuf>) -> Self {
        Self(Place::Sqlite(path.into()))
    }

    /// The file, where it is one.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        match &self.0 {
            Place::Sqlite(path) => Some(path),
            Place::Postgres(_) => None,
        }
    }

    pub(crate) fn place(&self) -> &Place {
        &self.0
    }
}

fn sqlite(rest: &str) -> Result<DatabaseUrl, OpenError> {
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let path = path.strip_prefix("//").unwrap_or(path);
    if path.is_empty() || path == ":memory:" {
        return Err(OpenError::Url("sqlite: must be followed by the path of a file".to_owned()));
    }
    // Other tools ask for a missing file to be made with this word; here it always is.
    if !matches!(query, "" | "mode=rwc") {
        return Err(OpenError::Url("sqlite: takes no options after the path".to_owned()));
    }
    Ok(DatabaseUrl::sqlite(path))
}

fn postgres(rest: &str) -> Result<DatabaseUrl, OpenError> {
    // asyncpg says `ssl` where every other client says `sslmode`.
    let url = format!("postgresql:{}", rest.replace("?ssl=", "?sslmode=").replace("&ssl=", "&sslmode="));
    let has_host = rest.strip_prefix("//").is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'));
    match PgConnectOptions::from_str(&url) {
        Ok(options) if has_host => Ok(DatabaseUrl(Place::Postgres(Box::new(options)))),
        _ => Err(OpenError::Url(
            "PostgreSQL is named as postgres://user:password@host:port/database, with special characters of \
             the password percent-encoded"
                .to_owned(),
        )),
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Place::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Place::Postgres(options) => {
                write!(f, "postgres://{}@", options.get_username())?;
                match options.get_socket() {
                    Some(folder) => write!(f, "{}", folder.display())?,
                    None => write!(f, "{}:{}", options.get_host(), options.get_port())?,
                }
                options.get_database().map_or(Ok(()), |database| write!(f, "/{database}"))
            }
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sqlite_forms_name_relative_and_absolute_files() {
        for (text, path) in [
            ("sqlite:magone.db", "magone.db"),
            ("sqlite:./data/magone.db", "./data/magone.db"),
            ("sqlite://magone.db", "magone.db"),
            ("sqlite:///srv/magone.db", "/srv/magone.db"),
            ("sqlite:/srv/magone.db?mode=rwc", "/srv/magone.db"),
        ] {
            assert_eq!(DatabaseUrl::parse(text).unwrap().file(), Some(Path::new(path)), "{text}");
        }
    }

    #[test]
    fn postgres_forms_are_understood_and_never_print_the_password() {
        for text in [
            "postgres://magone:pa%24s@db:5433/prod",
            "postgresql://magone:pa%24s@db:5433/prod?sslmode=disable",
            "postgresql+asyncpg://magone:pa%24s@db:5433/prod?ssl=require",
        ] {
            let url = DatabaseUrl::parse(text).unwrap();
            assert_eq!(url.to_string(), "postgres://magone@db:5433/prod", "{text}");
            assert_eq!(format!("{url:?}"), "DatabaseUrl(postgres://magone@db:5433/prod)");
            assert_eq!(url.file(), None);
        }
    }

    #[test]
    fn a_postgres_behind_a_socket_is_named_by_its_folder() {
        for text in
            ["postgres://magone@%2Frun%2Fpostgresql/prod", "postgres://magone@db/prod?host=/run/postgresql"]
        {
            let url = DatabaseUrl::parse(text).unwrap();
            assert_eq!(url.to_string(), "postgres://magone@/run/postgresql/prod", "{text}");
        }
    }

    #[test]
    fn what_is_no_database_is_refused_without_repeating_it() {
        for text in [
            "",
            "magone.db",
            "mysql://root:hunter2@db/x",
            "sqlite:",
            "sqlite::memory:",
            "sqlite:x.db?cache=shared",
            "postgres://",
            "postgres:///nohost",
            "postgres://magone:hun/ter2@db:port/x",
        ] {
            let sentence = DatabaseUrl::parse(text).unwrap_err().to_string();
            assert!(!sentence.contains("hun"), "{sentence}");
            assert!(sentence.starts_with("the database URL is wrong: "), "{sentence}");
        }
    }
}
