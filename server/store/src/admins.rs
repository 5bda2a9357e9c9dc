//! Who may use the console.

use std::fmt;

use magone_core::ids::AdminId;
use magone_core::ports::StoreError;
use magone_core::time::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{EntityTrait, FromQueryResult, QueryTrait};

use crate::clock;
use crate::entity::{admin, admin_session};
use crate::row;
use crate::store::Store;

/// The door to administrators.
#[derive(Clone, Debug)]
pub struct Admins {
    pub(crate) store: Store,
}

/// An administrator to be made.
#[derive(Clone)]
pub struct NewAdmin {
    /// Identity, minted by the caller.
    pub id: AdminId,
    /// Unique, in any case of letters.
    pub email: String,
    /// What people call them.
    pub name: String,
    /// What they may do.
    pub role: String,
    /// Argon2id, in its standard text form.
    pub password_hash: String,
}

/// An administrator.
#[derive(Clone, PartialEq, Eq)]
pub struct AdminRow {
    /// Identity.
    pub id: AdminId,
    /// Lower case.
    pub email: String,
    /// What people call them.
    pub name: String,
    /// What they may do.
    pub role: String,
    /// Argon2id, in its standard text form.
    pub password_hash: String,
    /// Whether they may log in.
    pub is_active: bool,
    /// When they were made.
    pub created_at: Timestamp,
}

#[derive(Debug, FromQueryResult)]
struct Count {
    number: i64,
}

impl Admins {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    /// How many there are.
    ///
    /// # Errors
    /// What the database says.
    pub async fn count(&self) -> Result<u64, StoreError> {
        let query = Query::select()
            .expr_as(Expr::col(admin::Column::Id).count(), "number")
            .from(admin::Entity)
            .take();
        let count: Option<Count> = self.store.reader().one(query).await?;
        Ok(count.and_then(|count| u64::try_from(count.number).ok()).unwrap_or_default())
    }

    /// Makes an administrator.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the address is taken.
    pub async fn create(&self, new: NewAdmin) -> Result<(), StoreError> {
        use admin::Column;
        let insert = row::insert(
            admin::Entity,
            [
                (Column::Id, new.id.as_str().into()),
                (Column::Email, address(&new.email).into()),
                (Column::Name, new.name.into()),
                (Column::Role, new.role.into()),
                (Column::PasswordHash, new.password_hash.into()),
                (Column::IsActive, true.into()),
                (Column::CreatedAt, clock::now().millis().into()),
            ],
        )?;
        self.store.writer().execute(insert).await.map(|_| ())
    }

    /// Gives an administrator another password, and ends all their sessions.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no such administrator.
    pub async fn set_password(&self, id: &AdminId, password_hash: String) -> Result<(), StoreError> {
        let id = id.clone();
        let mut update = Query::update();
        update
            .table(admin::Entity)
            .value(admin::Column::PasswordHash, password_hash)
            .and_where(Expr::col(admin::Column::Id).eq(id.as_str()));
        let sessions = Query::delete()
            .from_table(admin_session::Entity)
            .and_where(Expr::col(admin_session::Column::AdminId).eq(id.as_str()))
            .take();
        self.store
            .writer()
            .change(move |transaction| {
                Box::pin(async move {
                    if row::execute(transaction, &update).await? == 0 {
                        return Err(StoreError::NotFound(format!("admin {id}")));
                    }
                    row::execute(transaction, &sessions).await.map(|_| ())
                })
            })
            .await
    }

    /// The administrator with that address, in any case of letters.
    ///
    /// # Errors
    /// What the database says.
    pub async fn by_email(&self, email: &str) -> Result<Option<AdminRow>, StoreError> {
        let mut query = admin::Entity::find().into_query();
        query.and_where(Expr::col(admin::Column::Email).eq(address(email)));
        let model: Option<admin::Model> = self.store.reader().one(query).await?;
        Ok(model.map(AdminRow::from))
    }

    /// The administrator of that id, unless switched off.
    ///
    /// # Errors
    /// What the database says.
    pub async fn by_id(&self, id: &AdminId) -> Result<Option<AdminRow>, StoreError> {
        let mut query = admin::Entity::find_by_id(id.as_str()).into_query();
        query.and_where(Expr::col(admin::Column::IsActive).eq(true));
        let model: Option<admin::Model> = self.store.reader().one(query).await?;
        Ok(model.map(AdminRow::from))
    }
}

fn address(email: &str) -> String {
    email.trim().to_lowercase()
}

impl From<admin::Model> for AdminRow {
    fn from(model: admin::Model) -> Self {
        Self {
            id: AdminId::from_text(model.id),
            email: model.email,
            name: model.name,
            role: model.role,
            password_hash: model.password_hash,
            is_active: model.is_active,
            created_at: Timestamp::from_millis(model.created_at),
        }
    }
}

// Hashes are of no use in a log, and of some use to a thief.
impl fmt::Debug for NewAdmin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewAdmin").field("id", &self.id).field("role", &self.role).finish_non_exhaustive()
    }
}

impl fmt::Debug for AdminRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AdminRow").field("id", &self.id).field("role", &self.role).finish_non_exhaustive()
    }
}

#[cfg(test)]
#[path = "admins_test.rs"]
mod tests;
