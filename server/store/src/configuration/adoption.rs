//! The key of a tenant that a script of the first schema made stands in the tenant's own row alone.
//! When it is used for the first time it is copied to the others, so that it is listed and taken
//! back as they are.

use magone_core::grant::Grant;
use magone_core::ids::{KeyId, TenantId};
use magone_core::ports::StoreError;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{DatabaseTransaction, EntityTrait, QueryTrait};

use super::keys::addition;
use super::{Configuration, NewKey};
use crate::entity::{api_key, tenant};
use crate::row;

impl Configuration {
    /// Copies the key with this hash from the tenant's own row, under the identity `id`. Does nothing
    /// where the row has another one by now, or somebody else copied it.
    ///
    /// # Errors
    /// What the database says.
    pub async fn adopt_key(&self, id: KeyId, tenant: &TenantId, hash: &str) -> Result<(), StoreError> {
        let (tenant, hash) = (tenant.clone(), hash.to_owned());
        self.store
            .writer()
            .change(move |transaction| Box::pin(async move { adopt(transaction, id, &tenant, hash).await }))
            .await
    }

    /// The same for the key that the tenant's own row has, whichever that is: before keys are listed.
    ///
    /// # Errors
    /// What the database says.
    pub async fn adopt_first_key(&self, tenant: &TenantId, id: KeyId) -> Result<(), StoreError> {
        let query = tenant::Entity::find_by_id(tenant.as_str()).into_query();
        let row: Option<tenant::Model> = self.store.reader().one(query).await?;
        // What is no hash of a key stands for one that was taken back, or for none.
        match row.map(|row| row.api_key_hash).filter(|hash| !hash.contains(':')) {
            Some(hash) if !self.is_known(&hash).await? => self.adopt_key(id, tenant, &hash).await,
            _ => Ok(()),
        }
    }

    async fn is_known(&self, hash: &str) -> Result<bool, StoreError> {
        let mut query = api_key::Entity::find().into_query();
        query.and_where(Expr::col(api_key::Column::KeyHash).eq(hash));
        Ok(self.store.reader().one::<api_key::Model>(query).await?.is_some())
    }
}

async fn adopt(
    transaction: &DatabaseTransaction,
    id: KeyId,
    tenant: &TenantId,
    hash: String,
) -> Result<(), StoreError> {
    let mut query = tenant::Entity::find_by_id(tenant.as_str()).into_query();
    query.and_where(Expr::col(tenant::Column::ApiKeyHash).eq(hash.as_str()));
    let Some(row) = row::one::<tenant::Model>(transaction, &query).await? else {
        return Ok(());
    };
    let key = NewKey {
        id,
        hash,
        prefix: row.api_key_prefix,
        name: "first key".to_owned(),
        grant: Grant::default(),
        rate_limit_per_minute: None,
        test: false,
        expires_at: None,
    };
    let mut insert = addition(tenant, &key)?;
    insert.on_conflict(OnConflict::column(api_key::Column::KeyHash).do_nothing().to_owned());
    row::execute(transaction, &insert).await.map(|_| ())
}
