//! What was done, by whom, to what. Entries are added and never changed.

use magone_core::ids::AuditId;
use magone_core::ports::StoreError;
use magone_core::time::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait, InsertStatement, Order};
use sea_orm::{EntityTrait, QueryTrait};
use serde_json::Value;

use crate::entity::audit::{Column, Entity, Model};
use crate::row::{self, damaged};
use crate::store::Store;

/// The door to the audit log.
#[derive(Clone, Debug)]
pub struct Audit {
    store: Store,
}

/// One entry.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditEntry {
    /// Identity, minted by the caller.
    pub id: AuditId,
    /// When it was done.
    pub at: Timestamp,
    /// Who did it: an administrator's id, or `cli`.
    pub actor: String,
    /// What was done, for example `tenant.suspended`.
    pub action: String,
    /// What kind of thing it was done to.
    pub object_type: String,
    /// Which one.
    pub object_id: String,
    /// What it was before, where that tells something.
    pub before: Option<Value>,
    /// What it is now, where that tells something.
    pub after: Option<Value>,
    /// Why, as the actor put it.
    pub reason: Option<String>,
}

impl Audit {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    /// Adds an entry.
    ///
    /// # Errors
    /// What the database says.
    pub async fn append(&self, entry: AuditEntry) -> Result<(), StoreError> {
        self.store.writer().execute(addition(entry)?).await.map(|_| ())
    }

    /// Entries older than `before`, newest first, at most `limit`.
    ///
    /// # Errors
    /// What the database says.
    pub async fn entries(&self, before: Option<&AuditId>, limit: u32) -> Result<Vec<AuditEntry>, StoreError> {
        let mut query = Entity::find().into_query();
        query.order_by(Column::Id, Order::Desc).limit(u64::from(limit));
        if let Some(before) = before {
            query.and_where(Expr::col(Column::Id).lt(before.as_str()));
        }
        let models: Vec<Model> = self.store.reader().all(query).await?;
        models.into_iter().map(AuditEntry::try_from).collect()
    }
}

/// The statement that adds an entry.
pub(crate) fn addition(entry: AuditEntry) -> Result<InsertStatement, StoreError> {
    row::insert(
        Entity,
        [
            (Column::Id, entry.id.as_str().into()),
            (Column::At, entry.at.millis().into()),
            (Column::Actor, entry.actor.into()),
            (Column::Action, entry.action.into()),
            (Column::ObjectType, entry.object_type.into()),
            (Column::ObjectId, entry.object_id.into()),
            (Column::Before, entry.before.map(|value| value.to_string()).into()),
            (Column::After, entry.after.map(|value| value.to_string()).into()),
            (Column::Reason, entry.reason.into()),
        ],
    )
}

impl TryFrom<Model> for AuditEntry {
    type Error = StoreError;

    fn try_from(model: Model) -> Result<Self, StoreError> {
        let value = |text: Option<String>| {
            text.map(|text| serde_json::from_str(&text).map_err(|_| damaged("audit entry"))).transpose()
        };
        Ok(Self {
            id: AuditId::from_text(model.id),
            at: Timestamp::from_millis(model.at),
            actor: model.actor,
            action: model.action,
            object_type: model.object_type,
            object_id: model.object_id,
            before: value(model.before)?,
            after: value(model.after)?,
            reason: model.reason,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::fixture::{Fixture, at};

    #[tokio::test]
    async fn entries_come_back_as_they_were_newest_first() {
        let fixture = Fixture::new().await;
        let audit = fixture.store.audit();
        let entry = |n: i64| AuditEntry {
            id: AuditId::from_text(format!("aud_{n}")),
            at: at(n),
            actor: "cli".to_owned(),
            action: "tenant.suspended".to_owned(),
            object_type: "tenant".to_owned(),
            object_id: "ten_1".to_owned(),
            before: Some(json!({"is_active": true})),
            after: None,
            reason: (n == 2).then(|| "asked for".to_owned()),
        };
        for n in 1..=3 {
            audit.append(entry(n)).await.unwrap();
        }
        assert!(matches!(audit.append(entry(3)).await, Err(StoreError::Conflict(_))));
        assert_eq!(audit.entries(None, 2).await.unwrap(), [entry(3), entry(2)]);
        assert_eq!(audit.entries(Some(&entry(2).id), 2).await.unwrap(), [entry(1)]);
    }
}
