//! Table `webhook_deliveries`: the outbox.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_deliveries")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub tenant_id: String,
    pub execution_id: Option<String>,
    pub endpoint_id: Option<String>,
    pub target: String,
    pub event: String,
    pub url: String,
    pub payload: String,
    pub status: String,
    pub attempts: i32,
    pub tries: i32,
    pub due_at: i64,
    pub leased_until: Option<i64>,
    pub created_at: i64,
    pub ended_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
