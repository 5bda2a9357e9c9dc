//! Console sessions, and the one-time link that makes the first administrator. Both are kept as
//! hashes: what opens the console is not in the database.

use std::fmt;

use magone_core::ids::{AdminId, SessionId};
use magone_core::ports::StoreError;
use magone_core::time::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{EntityTrait, QueryTrait};

use crate::admins::{AdminRow, Admins};
use crate::entity::{admin, admin_session, setup_token};
use crate::row;

/// A session to be made.
#[derive(Clone)]
pub struct NewSession {
    /// Identity, minted by the caller.
    pub id: SessionId,
    /// Whose it is.
    pub admin_id: AdminId,
    /// Hash of the cookie's value.
    pub token_hash: String,
    /// When it begins.
    pub created_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
}

/// A session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Identity.
    pub id: SessionId,
    /// Whose it is.
    pub admin_id: AdminId,
    /// When it began.
    pub created_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
}

impl Admins {
    /// Makes a session; expired ones go.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no such administrator.
    pub async fn create_session(&self, new: NewSession) -> Result<(), StoreError> {
        use admin_session::Column;
        let expired = Query::delete()
            .from_table(admin_session::Entity)
            .and_where(Expr::col(Column::ExpiresAt).lte(new.created_at.millis()))
            .take();
        let insert = row::insert(
            admin_session::Entity,
            [
                (Column::Id, new.id.as_str().into()),
                (Column::AdminId, new.admin_id.as_str().into()),
                (Column::TokenHash, new.token_hash.into()),
                (Column::CreatedAt, new.created_at.millis().into()),
                (Column::ExpiresAt, new.expires_at.millis().into()),
            ],
        )?;
        self.store
            .writer()
            .change(move |transaction| {
                Box::pin(async move {
                    row::execute(transaction, &expired).await?;
                    row::execute(transaction, &insert).await.map(|_| ())
                })
            })
            .await
    }

    /// The session of that cookie and whose it is, unless it has expired or its administrator may
    /// not log in any more.
    ///
    /// # Errors
    /// What the database says.
    pub async fn session(
        &self,
        token_hash: &str,
        now: Timestamp,
    ) -> Result<Option<(Session, AdminRow)>, StoreError> {
        use admin_session::Column;
        let mut query = admin_session::Entity::find().into_query();
        query
            .and_where(Expr::col(Column::TokenHash).eq(token_hash))
            .and_where(Expr::col(Column::ExpiresAt).gt(now.millis()));
        let Some(session) = self.store.reader().one::<admin_session::Model>(query).await? else {
            return Ok(None);
        };
        let mut query = admin::Entity::find_by_id(session.admin_id.as_str()).into_query();
        query.and_where(Expr::col(admin::Column::IsActive).eq(true));
        let admin: Option<admin::Model> = self.store.reader().one(query).await?;
        Ok(admin.map(|admin| (Session::from(session), AdminRow::from(admin))))
    }

    /// Ends a session. One that is not there has ended.
    ///
    /// # Errors
    /// What the database says.
    pub async fn end_session(&self, id: &SessionId) -> Result<(), StoreError> {
        let delete = Query::delete()
            .from_table(admin_session::Entity)
            .and_where(Expr::col(admin_session::Column::Id).eq(id.as_str()))
            .take();
        self.store.writer().execute(delete).await.map(|_| ())
    }

    /// Keeps a set-up link's hash.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when it is kept already.
    pub async fn put_setup_token(&self, hash: &str, expires_at: Timestamp) -> Result<(), StoreError> {
        use setup_token::Column;
        let insert = row::insert(
            setup_token::Entity,
            [(Column::TokenHash, hash.into()), (Column::ExpiresAt, expires_at.millis().into())],
        )?;
        self.store.writer().execute(insert).await.map(|_| ())
    }

    /// Uses a set-up link up. True once, and only before it expires.
    ///
    /// # Errors
    /// What the database says.
    pub async fn take_setup_token(&self, hash: &str, now: Timestamp) -> Result<bool, StoreError> {
        use setup_token::Column;
        // One statement asks and takes, so two that come at once cannot both get it.
        let mut take = Query::update();
        take.table(setup_token::Entity)
            .value(Column::UsedAt, now.millis())
            .and_where(Expr::col(Column::TokenHash).eq(hash))
            .and_where(Expr::col(Column::UsedAt).is_null())
            .and_where(Expr::col(Column::ExpiresAt).gt(now.millis()));
        Ok(self.store.writer().execute(take).await? == 1)
    }
}

impl From<admin_session::Model> for Session {
    fn from(model: admin_session::Model) -> Self {
        Self {
            id: SessionId::from_text(model.id),
            admin_id: AdminId::from_text(model.admin_id),
            created_at: Timestamp::from_millis(model.created_at),
            expires_at: Timestamp::from_millis(model.expires_at),
        }
    }
}

// A hash is of no use in a log, and of some use to a thief.
impl fmt::Debug for NewSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewSession")
            .field("id", &self.id)
            .field("admin_id", &self.admin_id)
            .finish_non_exhaustive()
    }
}
