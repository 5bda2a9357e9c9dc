//! Collections of knowledge, as far as definitions name them.

use crate::{ServiceError, Services};

impl Services {
    /// Names of the collections that definitions may name, whosever they are; `None` where the server
    /// keeps no knowledge. For admins' eyes.
    ///
    /// # Errors
    /// What the knowledge store says.
    pub async fn collections(&self) -> Result<Option<Vec<String>>, ServiceError> {
        match &self.knowledge {
            Some(knowledge) => Ok(Some(knowledge.collections().await?)),
            None => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use magone_core::ids::TenantId;
    use magone_core::knowledge::{Hit, Retrieval};
    use magone_core::ports::{BoxFuture, KnowledgeStore, StoreError};
    use magone_core::time::Timestamp;
    use magone_core::workflow::Definition;
    use magone_store::{DatabaseUrl, Patience, Store, StoreOptions};
    use serde_json::{Value, json};

    use super::*;
    use crate::Clock;

    /// Names alone; or a store that is away.
    struct Names(Result<Vec<String>, StoreError>);

    impl KnowledgeStore for Names {
        fn collections(&self) -> BoxFuture<'_, Result<Vec<String>, StoreError>> {
            Box::pin(std::future::ready(self.0.clone()))
        }

        fn retrieve(
            &self,
            _tenant_id: &TenantId,
            retrieval: Retrieval,
        ) -> BoxFuture<'static, Result<Vec<Hit>, StoreError>> {
            Box::pin(std::future::ready(Err(StoreError::NotFound(retrieval.collection))))
        }
    }

    fn search(collection: &str) -> Value {
        let step =
            json!({"id": "look", "type": "knowledge", "collection": collection, "query": "{{ input }}"});
        json!({"id": "search", "entry_step": "look", "steps": [step]})
    }

    /// Why a definition that names the collection is not taken.
    async fn refusal(services: &Services, collection: &str) -> Option<String> {
        let refused = services.read::<Definition>(search(collection)).await.err()?;
        Some(match refused.problems() {
            [problem] => format!("{} {}", problem.pointer, problem.detail),
            _ => refused.to_string(),
        })
    }

    #[tokio::test]
    async fn definitions_name_collections_that_there_are() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("magone.db").display());
        let url = DatabaseUrl::parse(&url).unwrap();
        let options = StoreOptions { url, pool_size: 1, patience: Patience::default() };
        let store = Store::open(options).await.unwrap();
        store.migrate().await.unwrap();
        let clock = Clock { now: Timestamp::default, mint: || 1, random: || [1; 32] };
        let services = Services::offline(store.clone(), clock, Vec::new());
        let knowing = |names| services.clone().knowing(Arc::new(Names(names)));

        let sentence = "/steps/0/collection there is no collection `policies`";
        let none = refusal(&services, "policies").await.unwrap();
        assert_eq!(none, format!("{sentence}: this server keeps no knowledge; leave out what asks for it"));
        let empty = refusal(&knowing(Ok(Vec::new())), "policies").await.unwrap();
        assert_eq!(empty, format!("{sentence}, nor any other one yet"));
        let some = knowing(Ok(vec!["contracts".to_owned(), "manuals".to_owned()]));
        let other = refusal(&some, "policies").await.unwrap();
        assert_eq!(other, format!("{sentence}; there is: contracts, manuals"));
        assert_eq!(refusal(&some, "contracts").await, None);
        let away = knowing(Err(StoreError::Unavailable("refused".to_owned())));
        assert!(matches!(away.collections().await, Err(ServiceError::Unavailable(_))));
        store.close().await;
    }
}
