//! The keys to what is sealed in the database.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use magone_core::vault::Vault;

use super::finding::Finding;
use crate::config::Config;
use crate::vault;

const CHECK: &str = "secrets";
const OTHERS: u32 = 0o077;

/// Whether secrets can be sealed and opened.
pub(super) fn check(config: &Config) -> Finding {
    if config.secrets.vault().is_some() {
        return Finding::ok(CHECK, "sealed with SECRETS_ENCRYPTION_KEY");
    }
    if config.database.url.file().is_none() {
        let mend = "SECRETS_ENCRYPTION_KEY is not set; on PostgreSQL it has to be, the same for all servers: \
                    `openssl rand -base64 32` makes one";
        return Finding::problem(CHECK, mend);
    }
    let path = vault::file(config);
    let place = path.display();
    if !path.exists() {
        return Finding::ok(CHECK, format!("a key will be made in {place} at the first start"));
    }
    match fs::read_to_string(&path) {
        Err(error) => Finding::problem(CHECK, format!("cannot read {place}: {error}")),
        Ok(text) => match Vault::parse(text.trim()) {
            Err(why) => Finding::problem(CHECK, format!("the key in {place} {why}")),
            Ok(_) if is_open(&path) => {
                Finding::problem(CHECK, format!("others may read the key in {place}; run chmod 600 {place}"))
            }
            Ok(_) => Finding::ok(CHECK, format!("sealed with the key in {place}; keep a copy of it")),
        },
    }
}

fn is_open(path: &std::path::Path) -> bool {
    fs::metadata(path).is_ok_and(|file| file.permissions().mode() & OTHERS != 0)
}
