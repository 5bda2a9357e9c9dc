//! The key of a tenant that a script of the first schema made stands in the tenant's own row alone.
//! When it is used for the first time it is copied to the others, so that it is listed and taken
//! back as they are.

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
        scopes: Vec::new(),
        test: false,
        expires_at: None,
    };
    let mut insert = addition(tenant, &key)?;
    insert.on_conflict(OnConflict::column(api_key::Column::KeyHash).do_nothing().to_owned());
    row::execute(transaction, &insert).await.map(|_| ())
}
