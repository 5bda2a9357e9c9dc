//! Table `workflow_executions`, of the first schema, with the projection's other columns.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "workflow_executions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub tenant_id: Option<String>,
    pub tenant_workflow_id: Option<String>,
    pub temporal_workflow_id: Option<String>,
    pub status: Option<String>,
    pub input: Option<Json>,
    pub result: Option<Json>,
    pub error: Option<String>,
    pub webhook_url: Option<String>,
    pub webhook_sent: Option<bool>,
    pub started_at: Option<TimeDateTimeWithTimeZone>,
    pub completed_at: Option<TimeDateTimeWithTimeZone>,
    pub created_at: Option<TimeDateTimeWithTimeZone>,
    pub workflow_slug: Option<String>,
    pub state: Option<String>,
    pub code: Option<String>,
    pub retryable: Option<bool>,
    pub metadata: Option<Json>,
    pub progress: Option<Json>,
    pub session_id: Option<String>,
    pub pins: Option<Json>,
    pub interpreter_version: Option<i32>,
    pub workflow_version: Option<i32>,
    pub parent_execution_id: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
