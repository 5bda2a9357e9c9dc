//! Tokens of the internal API. Only hashes are stored; one that was taken back stays, so that the
//! audit log's ids lead somewhere.

use std::fmt;

use magone_core::ids::AdminTokenId;
use magone_core::ports::StoreError;
use magone_core::time::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait, Order, Query};
use sea_orm::{EntityTrait, QueryTrait};

use crate::admins::Admins;
use crate::entity::admin_token::{Column, Entity, Model};
use crate::row::{self, damaged};

/// A token to be made.
#[derive(Clone)]
pub struct NewAdminToken {
    /// Identity, minted by the caller.
    pub id: AdminTokenId,
    /// What people call it.
    pub name: String,
    /// SHA-256 of the token, hexadecimal.
    pub hash: String,
    /// The part of the token that may be shown.
    pub prefix: String,
    /// What it may do.
    pub scopes: Vec<String>,
    /// Who made it, as the audit log names them.
    pub created_by: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends by itself; `None`: never.
    pub expires_at: Option<Timestamp>,
}

/// A token as it is listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdminTokenRow {
    /// Identity.
    pub id: AdminTokenId,
    /// What people call it.
    pub name: String,
    /// The part of the token that may be shown.
    pub prefix: String,
    /// What it may do.
    pub scopes: Vec<String>,
    /// Who made it, as the audit log names them.
    pub created_by: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends by itself; `None`: never.
    pub expires_at: Option<Timestamp>,
    /// When it was taken back.
    pub revoked_at: Option<Timestamp>,
}

impl Admins {
    /// Adds a token.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the id or the hash is taken.
    pub async fn add_token(&self, new: NewAdminToken) -> Result<(), StoreError> {
        let scopes = serde_json::to_string(&new.scopes).map_err(|_| damaged("list of scopes"))?;
        let insert = row::insert(
            Entity,
            [
                (Column::Id, new.id.as_str().into()),
                (Column::Name, new.name.into()),
                (Column::TokenHash, new.hash.into()),
                (Column::TokenPrefix, new.prefix.into()),
                (Column::Scopes, scopes.into()),
                (Column::CreatedBy, new.created_by.into()),
                (Column::CreatedAt, new.created_at.millis().into()),
                (Column::ExpiresAt, new.expires_at.map(Timestamp::millis).into()),
            ],
        )?;
        self.store.writer().execute(insert).await.map(|_| ())
    }

    /// All tokens, oldest first, revoked and expired ones included.
    ///
    /// # Errors
    /// What the database says.
    pub async fn tokens(&self) -> Result<Vec<AdminTokenRow>, StoreError> {
        let mut query = Entity::find().into_query();
        query.order_by(Column::Id, Order::Asc);
        let models: Vec<Model> = self.store.reader().all(query).await?;
        models.into_iter().map(AdminTokenRow::try_from).collect()
    }

    /// The token with this hash. Whether it still opens anything is for the caller to judge.
    ///
    /// # Errors
    /// What the database says.
    pub async fn token_by_hash(&self, hash: &str) -> Result<Option<AdminTokenRow>, StoreError> {
        let mut query = Entity::find().into_query();
        query.and_where(Expr::col(Column::TokenHash).eq(hash));
        let model: Option<Model> = self.store.reader().one(query).await?;
        model.map(AdminTokenRow::try_from).transpose()
    }

    /// Takes a token back, for good; as it is now.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is none of that id.
    pub async fn revoke_token(&self, id: &AdminTokenId, at: Timestamp) -> Result<AdminTokenRow, StoreError> {
        let id = id.clone();
        let mut update = Query::update();
        update
            .table(Entity)
            .value(Column::RevokedAt, at.millis())
            .and_where(Expr::col(Column::Id).eq(id.as_str()))
            .and_where(Expr::col(Column::RevokedAt).is_null());
        let found = self.store.writer().change(move |transaction| {
            Box::pin(async move {
                row::execute(transaction, &update).await?;
                let query = Entity::find_by_id(id.as_str()).into_query();
                let model: Option<Model> = row::one(transaction, &query).await?;
                model.ok_or_else(|| StoreError::NotFound(format!("admin token {id}")))
            })
        });
        found.await?.try_into()
    }
}

impl TryFrom<Model> for AdminTokenRow {
    type Error = StoreError;

    fn try_from(model: Model) -> Result<Self, StoreError> {
        Ok(Self {
            id: AdminTokenId::from_text(model.id),
            name: model.name,
            prefix: model.token_prefix,
            scopes: serde_json::from_str(&model.scopes).map_err(|_| damaged("list of scopes"))?,
            created_by: model.created_by,
            created_at: Timestamp::from_millis(model.created_at),
            expires_at: model.expires_at.map(Timestamp::from_millis),
            revoked_at: model.revoked_at.map(Timestamp::from_millis),
        })
    }
}

// A hash is of no use in a log, and of some use to a thief.
impl fmt::Debug for NewAdminToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewAdminToken")
            .field("id", &self.id)
            .field("scopes", &self.scopes)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Fixture, at};

    fn token(id: &str) -> NewAdminToken {
        NewAdminToken {
            id: AdminTokenId::from_text(id),
            name: "deploys".to_owned(),
            hash: format!("hash-{id}"),
            prefix: "mat_abc123".to_owned(),
            scopes: vec!["tenants:read".to_owned()],
            created_by: "command line".to_owned(),
            created_at: at(1),
            expires_at: Some(at(9)),
        }
    }

    #[tokio::test]
    async fn tokens_are_found_by_hash_listed_and_taken_back_once() {
        let fixture = Fixture::new().await;
        let admins = fixture.store.admins();
        let before = fixture.store.revision().await.unwrap();
        for id in ["tok_1", "tok_2"] {
            admins.add_token(token(id)).await.unwrap();
        }
        let added = fixture.store.revision().await.unwrap();
        assert!(added > before);
        assert!(matches!(admins.add_token(token("tok_1")).await, Err(StoreError::Conflict(_))));
        let found = admins.token_by_hash("hash-tok_1").await.unwrap().unwrap();
        assert_eq!((found.expires_at, found.revoked_at), (Some(at(9)), None));
        assert_eq!((found.scopes.as_slice(), found.created_at), (&["tenants:read".to_owned()][..], at(1)));
        assert_eq!(admins.token_by_hash("hash").await.unwrap(), None);
        assert_eq!(admins.tokens().await.unwrap().len(), 2);

        assert_eq!(admins.revoke_token(&found.id, at(5)).await.unwrap().revoked_at, Some(at(5)));
        assert_eq!(admins.revoke_token(&found.id, at(6)).await.unwrap().revoked_at, Some(at(5)));
        assert!(fixture.store.revision().await.unwrap() > added, "a running server notices");
        let nobody = admins.revoke_token(&AdminTokenId::from_text("tok_9"), at(5)).await;
        assert_eq!(nobody, Err(StoreError::NotFound("admin token tok_9".to_owned())));
        assert!(!format!("{:?}", token("tok_1")).contains("hash-"));
    }
}
