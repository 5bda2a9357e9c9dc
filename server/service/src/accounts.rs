//! Admins' accounts, as an owner or the command line makes them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use magone_core::ids::AdminId;
use magone_core::ports::StoreError;
use magone_core::workflow::Problem;
use magone_store::NewAdmin;
use serde_json::json;

use crate::audit::Change;
use crate::{AdminCaller, Role, ServiceError, Services, admins, password};

/// What an account is made of.
#[derive(Clone)]
pub struct NewAccount {
    /// Address to sign in with.
    pub email: String,
    /// What they call themselves.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// The password; `None`: one is made.
    pub password: Option<String>,
}

impl std::fmt::Debug for NewAccount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewAccount").field("email", &self.email).finish_non_exhaustive()
    }
}

/// An account, with the password that was made for it, for the only time that it is shown.
#[derive(Clone)]
pub struct OpenedAccount {
    /// Its id.
    pub id: AdminId,
    /// Address to sign in with.
    pub email: String,
    /// The password; `None` where the caller chose it.
    pub made_password: Option<String>,
}

impl std::fmt::Debug for OpenedAccount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OpenedAccount").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Services {
    /// Makes an account.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`]; [`ServiceError::Validation`] for what was filled in;
    /// [`ServiceError::Conflict`] when the address has an account.
    pub async fn create_admin(
        &self,
        caller: &AdminCaller,
        account: NewAccount,
    ) -> Result<OpenedAccount, ServiceError> {
        caller.require_role(Role::Owner)?;
        let (chosen, made_password) = self.password(account.password);
        admins::check(&account.email, &account.name, &chosen)?;
        let id = AdminId::from_uuid((self.clock.mint)());
        let email = account.email.trim().to_lowercase();
        let admin = NewAdmin {
            id: id.clone(),
            email: email.clone(),
            name: account.name.trim().to_owned(),
            role: account.role.as_str().to_owned(),
            password_hash: password::hash(chosen, self.salt()).await?,
        };
        self.store.admins().create(admin).await.map_err(admins::address_taken)?;
        let after = json!({"email": email, "role": account.role.as_str()});
        self.note(caller, Change::new("admin.created", ("admin", id.as_str())).to(after)).await?;
        Ok(OpenedAccount { id, email, made_password })
    }

    /// Gives an account another password, and ends its sessions. `None`: one is made.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`], [`ServiceError::NotFound`], [`ServiceError::Validation`].
    pub async fn reset_password(
        &self,
        caller: &AdminCaller,
        email: &str,
        chosen: Option<String>,
    ) -> Result<OpenedAccount, ServiceError> {
        caller.require_role(Role::Owner)?;
        let found = self.store.admins().by_email(email).await?;
        let admin = found.ok_or_else(|| ServiceError::not_found("Admin", email))?;
        let (chosen, made_password) = self.password(chosen);
        admins::check(&admin.email, &admin.name, &chosen)?;
        let hash = password::hash(chosen, self.salt()).await?;
        match self.store.admins().set_password(&admin.id, hash).await {
            Err(StoreError::NotFound(_)) => return Err(ServiceError::not_found("Admin", email)),
            done => done?,
        }
        self.note(caller, Change::new("admin.password_reset", ("admin", admin.id.as_str()))).await?;
        Ok(OpenedAccount { id: admin.id, email: admin.email, made_password })
    }

    /// The password to set, and the same once more where it has to be shown.
    fn password(&self, chosen: Option<String>) -> (String, Option<String>) {
        match chosen {
            Some(chosen) => (chosen, None),
            None => {
                let made = URL_SAFE_NO_PAD.encode((self.clock.random)());
                (made.clone(), Some(made))
            }
        }
    }
}

/// What is wrong with an account.
pub(crate) fn problems(email: &str, name: &str, password: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    let email = email.trim();
    let parts = email.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.len() > 2);
    if !parts || email.chars().any(char::is_whitespace) || email.len() > 254 {
        problems.push(Problem::new("/email", "This is no e-mail address"));
    }
    if !(1..=100).contains(&name.trim().chars().count()) {
        problems.push(Problem::new("/name", "A name has 1 to 100 characters"));
    }
    if !password::LENGTHS.contains(&password.chars().count()) {
        let detail = format!("A password has at least {} characters", password::LENGTHS.start());
        problems.push(Problem::new("/password", detail));
    }
    problems
}
