//! Secrets of this product in the database: sealed with the vault's key, bound to their place, sealed
//! anew when the key changes.

use std::sync::Arc;

use magone_core::ids::TenantId;
use magone_core::time::Timestamp;
use magone_core::vault::{Vault, VaultError};
use magone_store::{SecretRow, Secrets};

use crate::{Clock, ServiceError, Services};

/// A row that only the right key opens: a start with another one is noticed at once.
const PROOF: &str = "vault";
const PROVEN: &[u8] = b"magone";
/// Rows that are sealed anew at once.
const PAGE: u32 = 200;

/// The one column of a secret, or the other: part of the place that it is bound to.
#[derive(Clone, Copy, Debug)]
enum Column {
    Sealed,
    Previous,
}

/// A secret with the one before it, where that still counts.
#[derive(Clone)]
pub(crate) struct Opened {
    pub current: Vec<u8>,
    /// With the time until which it counts.
    pub previous: Option<(Vec<u8>, Timestamp)>,
}

/// Secrets and the keys to them.
#[derive(Clone, Debug)]
pub struct Safe {
    rows: Secrets,
    vault: Arc<Vault>,
    clock: Clock,
}

impl Safe {
    /// With the vault's keys.
    #[must_use]
    pub fn new(rows: Secrets, vault: Vault, clock: Clock) -> Self {
        Self { rows, vault: Arc::new(vault), clock }
    }

    /// Whether something is sealed in the database already, with whatever key.
    ///
    /// # Errors
    /// What the store says.
    pub async fn is_in_use(rows: &Secrets) -> Result<bool, ServiceError> {
        Ok(rows.find(PROOF).await?.is_some())
    }

    /// Proves the keys, and seals with the newest what an older one sealed; how much that was.
    ///
    /// # Errors
    /// [`ServiceError::Refused`] with a sentence where the keys are not the database's.
    pub async fn prove(&self) -> Result<u64, ServiceError> {
        let proof = self.seal(PROOF, Column::Sealed, PROVEN)?;
        let row = self.rows.keep(PROOF, None, proof).await?;
        self.vault.open(&place(PROOF, Column::Sealed), &row.sealed).map_err(wrong_key)?;
        let mark = self.vault.mark();
        let mut after: Option<String> = None;
        let mut renewed = 0;
        loop {
            let rows = self.rows.unlike(&mark, after.as_deref(), PAGE).await?;
            let Some(last) = rows.last() else { return Ok(renewed) };
            after = Some(last.id.clone());
            for row in rows {
                renewed += u64::from(self.renew(row).await?);
            }
        }
    }

    async fn renew(&self, row: SecretRow) -> Result<bool, ServiceError> {
        let mut after = row.clone();
        let renewed = self.renewed(&row.id, Column::Sealed, &row.sealed).and_then(|sealed| {
            let previous = row.previous.as_deref();
            let previous = previous.map(|text| self.renewed(&row.id, Column::Previous, text)).transpose();
            previous.map(|previous| (sealed, previous))
        });
        match renewed {
            Ok((sealed, previous)) => {
                (after.sealed, after.previous) = (sealed, previous);
                Ok(self.rows.replace(&row, after).await?)
            }
            Err(error @ VaultError::UnknownKey(_)) => Err(wrong_key(error)),
            Err(VaultError::Damaged) => {
                // It fails closed wherever it is asked for; the others are none the worse for it.
                tracing::error!(secret = %row.id, "a sealed secret was changed and cannot be opened");
                Ok(false)
            }
        }
    }

    fn renewed(&self, id: &str, column: Column, sealed: &str) -> Result<String, VaultError> {
        let secret = self.vault.open(&place(id, column), sealed)?;
        self.seal(id, column, &secret).map_err(|_| VaultError::Damaged)
    }

    /// The secret of that name; made by `make` where there is none.
    pub(crate) async fn get(
        &self,
        id: &str,
        tenant: Option<&TenantId>,
        make: impl FnOnce() -> Vec<u8>,
    ) -> Result<Opened, ServiceError> {
        let row = match self.rows.find(id).await? {
            Some(row) => row,
            None => {
                let sealed = self.seal(id, Column::Sealed, &make())?;
                self.rows.keep(id, tenant, sealed).await?
            }
        };
        self.open(&row)
    }

    /// Replaces the secret of that name, if it is there; the one before counts until then. `false`
    /// where somebody else replaced it meanwhile.
    pub(crate) async fn rotate(
        &self,
        id: &str,
        new: &[u8],
        until: Option<Timestamp>,
    ) -> Result<bool, ServiceError> {
        let Some(before) = self.rows.find(id).await? else { return Ok(false) };
        let opened = self.open(&before)?;
        let previous = until.map(|_| self.seal(id, Column::Previous, &opened.current)).transpose()?;
        let after = SecretRow {
            id: id.to_owned(),
            sealed: self.seal(id, Column::Sealed, new)?,
            previous,
            previous_until: until,
        };
        Ok(self.rows.replace(&before, after).await?)
    }

    fn open(&self, row: &SecretRow) -> Result<Opened, ServiceError> {
        let open = |column, sealed: &str| {
            self.vault.open(&place(&row.id, column), sealed).map_err(|error| closed(&row.id, &error))
        };
        let now = (self.clock.now)();
        let previous = match (&row.previous, row.previous_until) {
            (Some(sealed), Some(until)) if until > now => Some((open(Column::Previous, sealed)?, until)),
            _ => None,
        };
        Ok(Opened { current: open(Column::Sealed, &row.sealed)?, previous })
    }

    fn seal(&self, id: &str, column: Column, secret: &[u8]) -> Result<String, ServiceError> {
        let random = (self.clock.random)();
        let nonce = random.first_chunk().copied().unwrap_or_default();
        let sealed = self.vault.seal(&place(id, column), secret, nonce);
        sealed.ok_or_else(|| ServiceError::Internal(format!("secret '{id}' cannot be sealed")))
    }
}

impl Services {
    /// The safe of this process.
    pub(crate) fn safe(&self) -> Result<&Safe, ServiceError> {
        self.safe.as_ref().ok_or_else(|| ServiceError::Internal("this process has no vault".to_owned()))
    }
}

fn place(id: &str, column: Column) -> String {
    let column = match column {
        Column::Sealed => "sealed",
        Column::Previous => "previous",
    };
    format!("secrets/{id}/{column}")
}

fn closed(id: &str, error: &VaultError) -> ServiceError {
    ServiceError::Internal(format!("the sealed secret '{id}' cannot be opened: {error}"))
}

fn wrong_key(error: VaultError) -> ServiceError {
    let why = match error {
        VaultError::UnknownKey(key) => format!("what is sealed in the database needs the key {key}"),
        VaultError::Damaged => "the database's own proof does not open with it".to_owned(),
    };
    ServiceError::Refused(format!(
        "SECRETS_ENCRYPTION_KEY is not the database's: {why}; set the key that was used before, or the new \
         one and the old one with a comma between them"
    ))
}
