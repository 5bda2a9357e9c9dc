//! Searches in collections. Who keeps them is behind the port; what comes back is checked here, so
//! that every store keeps the same promise.

use std::sync::Arc;

use magone_core::ids::TenantId;
use magone_core::knowledge::{Hit, Retrieval};
use magone_core::ports::{KnowledgeStore, StoreError};

use crate::error::Error;

/// The collections that there are; none without a store.
#[derive(Clone, Default)]
pub(crate) struct Library {
    store: Option<Arc<dyn KnowledgeStore>>,
}

impl Library {
    pub fn of(store: Arc<dyn KnowledgeStore>) -> Self {
        Self { store: Some(store) }
    }

    /// The best hits in the tenant's collection, the best first. Dropping the future stops the search.
    ///
    /// # Errors
    /// [`Error::UnknownCollection`], [`Error::KnowledgeAway`], [`Error::KnowledgeFailed`].
    pub async fn search(&self, tenant_id: &TenantId, retrieval: Retrieval) -> Result<Vec<Hit>, Error> {
        let Retrieval { collection, top_k, .. } = &retrieval;
        let (name, most) = (collection.clone(), usize::try_from(*top_k).unwrap_or(usize::MAX));
        let Some(store) = &self.store else {
            let why = format!("this server keeps no knowledge, and so no collection '{name}'");
            return Err(Error::UnknownCollection(why));
        };
        let mut hits = store.retrieve(tenant_id, retrieval).await.map_err(|error| failed(error, &name))?;
        if hits.iter().any(|hit| !hit.score.is_finite()) {
            let why = format!("a hit in collection '{name}' has a score that is no number");
            return Err(Error::KnowledgeFailed(why));
        }
        hits.sort_by(|a, b| b.score.total_cmp(&a.score));
        hits.truncate(most);
        Ok(hits)
    }
}

fn failed(error: StoreError, collection: &str) -> Error {
    let why = format!("collection '{collection}': {error}");
    match error {
        StoreError::NotFound(_) => Error::UnknownCollection(why),
        StoreError::Unavailable(_) => Error::KnowledgeAway(why),
        StoreError::Conflict(_) | StoreError::Internal(_) => Error::KnowledgeFailed(why),
    }
}

#[cfg(test)]
#[path = "knowledge_test.rs"]
mod tests;
