//! Admins: the one-time set-up, signing in and out.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use magone_core::ids::{AdminId, SessionId};
use magone_core::ports::StoreError;
use magone_core::time::Timestamp;
use magone_store::{AdminRow, NewAdmin, NewSession};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::audit::Change;
use crate::{AdminCaller, Role, ServiceError, Services, accounts, password};

/// How long a set-up link works: 24 hours.
const SETUP_MS: u64 = 86_400_000;
/// How long a session lasts: 12 hours.
const SESSION_MS: u64 = 43_200_000;
/// Hash of no password: signing in with an unknown address takes as long as with a known one.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5bm9ib2R5$\
                      1Jx0yMrXN6Nn4cMoJ2hSlR2m0dZFh6hXk3n3m4eXJ2I";

/// What an owner's account is made of.
#[derive(Clone)]
pub struct NewOwner {
    /// The secret of the set-up link.
    pub token: String,
    /// Address to sign in with.
    pub email: String,
    /// What they call themselves.
    pub name: String,
    /// The password.
    pub password: String,
}

impl std::fmt::Debug for NewOwner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewOwner").field("email", &self.email).finish_non_exhaustive()
    }
}

/// A fresh session: the secret goes into the cookie, only its hash is stored.
#[derive(Clone)]
pub struct SignedIn {
    /// The cookie's value.
    pub secret: String,
    /// When the session ends.
    pub expires_at: Timestamp,
}

impl std::fmt::Debug for SignedIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignedIn").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

fn hashed(secret: &str) -> String {
    Sha256::digest(secret.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Services {
    fn secret(&self) -> String {
        URL_SAFE_NO_PAD.encode((self.clock.random)())
    }

    /// Whether nobody can sign in yet.
    ///
    /// # Errors
    /// What the store says.
    pub async fn setup_needed(&self) -> Result<bool, ServiceError> {
        Ok(self.store.admins().count().await? == 0)
    }

    /// The secret of a fresh one-time set-up link; earlier links stop working. `None` when there is
    /// an admin already.
    ///
    /// # Errors
    /// What the store says.
    pub async fn setup_secret(&self) -> Result<Option<String>, ServiceError> {
        if !self.setup_needed().await? {
            return Ok(None);
        }
        let secret = self.secret();
        let expires = (self.clock.now)().plus_millis(SETUP_MS);
        self.store.admins().put_setup_token(&hashed(&secret), expires).await?;
        Ok(Some(secret))
    }

    /// Makes the owner's account with the secret of a set-up link, and signs in.
    ///
    /// # Errors
    /// [`ServiceError::Validation`] for what was filled in; [`ServiceError::Refused`] when the
    /// link was used or has expired.
    pub async fn create_owner(&self, owner: NewOwner) -> Result<SignedIn, ServiceError> {
        check(&owner.email, &owner.name, &owner.password)?;
        let salt = self.salt();
        let password_hash = password::hash(owner.password, salt).await?;
        let taken = self.store.admins().take_setup_token(&hashed(&owner.token), (self.clock.now)()).await?;
        if !taken {
            let sentence =
                "This set-up link was used already or has expired; restart the server for a new one";
            return Err(ServiceError::Refused(sentence.to_owned()));
        }
        let id = AdminId::from_uuid((self.clock.mint)());
        let admin = NewAdmin {
            id: id.clone(),
            email: owner.email.trim().to_lowercase(),
            name: owner.name.trim().to_owned(),
            role: Role::Owner.as_str().to_owned(),
            password_hash,
        };
        self.store.admins().create(admin).await.map_err(address_taken)?;
        let caller = self.admin_caller(&id).await?;
        let change = Change::new("admin.created", ("admin", id.as_str()));
        self.note(&caller, change.to(json!({"role": "owner"}))).await?;
        self.open_session(id).await
    }

    /// Signs in.
    ///
    /// # Errors
    /// [`ServiceError::Refused`]: the same for an unknown address and a wrong password.
    pub async fn sign_in(&self, email: &str, password: String) -> Result<SignedIn, ServiceError> {
        let wrong = || ServiceError::Refused("The address or the password is wrong".to_owned());
        if password.chars().count() > *password::LENGTHS.end() {
            return Err(wrong());
        }
        let admin = self.store.admins().by_email(&email.trim().to_lowercase()).await?;
        let stored = admin.as_ref().map_or_else(|| NOBODY.to_owned(), |admin| admin.password_hash.clone());
        match (password::fits(password, stored).await?, admin) {
            (true, Some(admin)) => self.open_session(admin.id).await,
            _ => Err(wrong()),
        }
    }

    /// Ends a session.
    ///
    /// # Errors
    /// What the store says.
    pub async fn sign_out(&self, secret: &str) -> Result<(), ServiceError> {
        let found = self.store.admins().session(&hashed(secret), (self.clock.now)()).await?;
        if let Some((session, _)) = found {
            self.store.admins().end_session(&session.id).await?;
        }
        Ok(())
    }

    /// Whose session it is; `None` when it ended.
    ///
    /// # Errors
    /// What the store says.
    pub async fn signed_in(&self, secret: &str) -> Result<Option<AdminRow>, ServiceError> {
        let found = self.store.admins().session(&hashed(secret), (self.clock.now)()).await?;
        Ok(found.map(|(_, admin)| admin))
    }

    /// What whoever has this session may do.
    ///
    /// # Errors
    /// [`ServiceError::Refused`] when the session ended.
    pub async fn caller_of_session(&self, secret: &str) -> Result<AdminCaller, ServiceError> {
        let ended = || ServiceError::Refused("The session has ended; sign in again".to_owned());
        AdminCaller::account(&self.signed_in(secret).await?.ok_or_else(ended)?)
    }

    /// What an account may do right now.
    ///
    /// # Errors
    /// [`ServiceError::Refused`] when there is no such account any more.
    pub async fn admin_caller(&self, id: &AdminId) -> Result<AdminCaller, ServiceError> {
        let gone = || ServiceError::Refused("This account does not exist any more".to_owned());
        AdminCaller::account(&self.store.admins().by_id(id).await?.ok_or_else(gone)?)
    }

    async fn open_session(&self, admin_id: AdminId) -> Result<SignedIn, ServiceError> {
        let (secret, now) = (self.secret(), (self.clock.now)());
        let expires_at = now.plus_millis(SESSION_MS);
        let session = NewSession {
            id: SessionId::from_uuid((self.clock.mint)()),
            admin_id,
            token_hash: hashed(&secret),
            created_at: now,
            expires_at,
        };
        self.store.admins().create_session(session).await?;
        Ok(SignedIn { secret, expires_at })
    }

    pub(crate) fn salt(&self) -> [u8; 16] {
        let [salt @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] = (self.clock.random)();
        salt
    }
}

/// Checks what an account is made of.
///
/// # Errors
/// [`ServiceError::Validation`] with every problem.
pub(crate) fn check(email: &str, name: &str, password: &str) -> Result<(), ServiceError> {
    let problems = accounts::problems(email, name, password);
    if problems.is_empty() { Ok(()) } else { Err(ServiceError::invalid("account", problems)) }
}

/// What to say where the address has an account.
pub(crate) fn address_taken(error: StoreError) -> ServiceError {
    match error {
        StoreError::Conflict(_) => ServiceError::Conflict("This address has an account already".to_owned()),
        error => error.into(),
    }
}
