//! `magone admin …`.

use std::io::Read;

use clap::{Args, Subcommand};
use magone_service::{NewAccount, NewTokenRequest, OpenedAccount, Permission, Role};
use magone_store::AdminTokenRow;
use serde_json::{Value, json};

use super::database::Database;
use super::failure::{Failure, Outcome};
use super::lifetime::{self, Days};
use super::table::{self, Table};
use super::terminal::{Format, say};
use crate::config::Environment;

/// Bytes of a password that is typed in, at most.
const PASSWORD_MOST: u64 = 8_192;

/// What can be done with those who administer.
#[derive(Debug, Subcommand)]
pub(super) enum AdminCommand {
    /// Makes an account for the console; without --password-stdin a password is made and shown once
    Create {
        /// The address to sign in with
        email: String,
        /// What they call themselves; default: the address
        #[arg(long, value_name = "TEXT")]
        name: Option<String>,
        /// viewer (reads), operator (also starts and stops runs), admin (also changes the
        /// configuration) or owner (everything)
        #[arg(long, value_name = "ROLE", default_value = "admin", value_parser = role)]
        role: Role,
        #[command(flatten)]
        password: PasswordArguments,
    },
    /// Gives an account another password and signs it out everywhere
    ResetPassword {
        /// The address to sign in with
        email: String,
        #[command(flatten)]
        password: PasswordArguments,
    },
    /// Makes, lists and revokes tokens for the internal API
    #[command(subcommand)]
    Token(TokenCommand),
}

/// Where a password comes from.
#[derive(Debug, Args)]
pub(super) struct PasswordArguments {
    /// Reads the password from standard input, its first line
    #[arg(long)]
    pub password_stdin: bool,
}

/// What can be done with tokens.
#[derive(Debug, Subcommand)]
pub(super) enum TokenCommand {
    /// Makes a token and prints it, for the only time
    #[command(after_help = scopes_help())]
    Create {
        /// What it is for
        name: String,
        /// What it may do; repeat it, or separate with commas
        #[arg(long = "scope", value_name = "SCOPE", required = true, value_delimiter = ',')]
        scopes: Vec<String>,
        /// Days until it ends by itself, or `never`
        #[arg(long, value_name = "DAYS|never", default_value = "90", value_parser = lifetime::days)]
        expires: Days,
    },
    /// Lists all tokens, without what opens anything
    List,
    /// Takes a token back, for good; a running server notices within a second
    Revoke {
        /// Its id: tok_…
        id: String,
    },
}

fn role(text: &str) -> Result<Role, String> {
    let known = || Role::ALL.map(Role::as_str).join(", ");
    Role::parse(text).ok_or_else(|| format!("one of {}", known()))
}

fn scopes_help() -> String {
    let scopes: Vec<_> = Permission::ALL.iter().map(|known| format!("  {}", known.scope())).collect();
    format!("Scopes:\n{}", scopes.join("\n"))
}

/// Works on admins and their tokens.
pub(super) async fn run(command: AdminCommand, env: &Environment, format: Format) -> Outcome {
    Database::with(env, async |database| match command {
        AdminCommand::Create { email, name, role, password } => {
            let name = name.unwrap_or_else(|| email.clone());
            let account = NewAccount { email, name, role, password: password.read()? };
            opened(&database.services.create_admin(&database.caller, account).await?, format)
        }
        AdminCommand::ResetPassword { email, password } => {
            let Database { services, caller, .. } = database;
            opened(&services.reset_password(caller, &email, password.read()?).await?, format)
        }
        AdminCommand::Token(TokenCommand::Create { name, scopes, expires }) => {
            let request = NewTokenRequest { name, scopes, expires_at: expires.end() };
            create_token(database, request, format).await
        }
        AdminCommand::Token(TokenCommand::List) => list_tokens(database, format).await,
        AdminCommand::Token(TokenCommand::Revoke { id }) => {
            let row = database.services.revoke_admin_token(&database.caller, &id).await?;
            format.print(&document(&row), || format!("token {} is revoked", row.id))
        }
    })
    .await
}

impl PasswordArguments {
    fn read(&self) -> Result<Option<String>, Failure> {
        if !self.password_stdin {
            return Ok(None);
        }
        let mut text = String::new();
        let read = std::io::stdin().lock().take(PASSWORD_MOST).read_to_string(&mut text);
        read.map_err(|error| Failure::failed(format!("cannot read the password: {error}")))?;
        Ok(Some(text.lines().next().unwrap_or_default().to_owned()))
    }
}

fn opened(account: &OpenedAccount, format: Format) -> Outcome {
    let data = json!({"id": account.id, "email": account.email, "password": account.made_password});
    format.print(&data, || {
        let mut pairs = vec![("id", account.id.to_string()), ("email", account.email.clone())];
        pairs.extend(account.made_password.clone().map(|made| ("password", made)));
        table::pairs(&pairs)
    })?;
    if account.made_password.is_some() {
        say("The password is shown only now.");
    }
    Ok(())
}

async fn create_token(database: &Database, request: NewTokenRequest, format: Format) -> Outcome {
    let created = database.services.create_admin_token(&database.caller, request).await?;
    let (row, token) = (&created.row, created.token.reveal());
    let mut data = document(row);
    if let Some(members) = data.as_object_mut() {
        members.insert("token".to_owned(), json!(token));
    }
    format.print(&data, || {
        table::pairs(&[
            ("id", row.id.to_string()),
            ("name", row.name.clone()),
            ("scopes", row.scopes.join(", ")),
            ("ends", lifetime::ending(None, row.expires_at)),
            ("token", token.to_owned()),
        ])
    })?;
    say("The token is shown only now: keep it where secrets are kept.");
    Ok(())
}

async fn list_tokens(database: &Database, format: Format) -> Outcome {
    let rows = database.services.admin_tokens(&database.caller).await?;
    if rows.is_empty() {
        say("There is no token yet; make one with `magone admin token create <name> --scope …`.");
    }
    format.print(&rows.iter().map(document).collect::<Vec<_>>(), || {
        let cells = |row: &AdminTokenRow| {
            let ending = lifetime::ending(row.revoked_at, row.expires_at);
            vec![row.id.to_string(), row.name.clone(), row.prefix.clone(), row.scopes.join(","), ending]
        };
        Table::new(&["ID", "NAME", "PREFIX", "SCOPES", "ENDS"], rows.iter().map(cells).collect()).to_string()
    })
}

fn document(row: &AdminTokenRow) -> Value {
    json!({
        "id": row.id,
        "name": row.name,
        "prefix": row.prefix,
        "scopes": row.scopes,
        "created_by": row.created_by,
        "created_at": row.created_at,
        "expires_at": row.expires_at,
        "revoked_at": row.revoked_at,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_that_there_is_not_is_answered_with_those_that_there_are() {
        assert_eq!(role("viewer"), Ok(Role::Viewer));
        assert!(role("king").unwrap_err().contains("owner"));
    }

    #[test]
    fn help_names_every_scope() {
        for permission in Permission::ALL {
            assert!(scopes_help().contains(permission.scope()));
        }
    }
}
