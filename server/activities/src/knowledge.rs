//! Searches in collections. Who keeps them is behind the port; what comes back is checked here, so
//! that every store keeps the same promise.

use std::sync::Arc;

use magone_core::ids::TenantId;
use magone_core::json::Json;
use magone_core::knowledge::{DEFAULT_TOP_K, Hit, MAX_TOP_K, Retrieval, TOOL};
use magone_core::ports::{KnowledgeStore, StoreError};
use serde_json::json;

use crate::error::Error;
use crate::tools::ToolSpec;

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

/// The tool by which a model searches these collections; `None` where there are none.
pub(crate) fn spec(collections: &[String]) -> Option<ToolSpec> {
    let parameters = json!({
        "type": "object",
        "properties": {
            "collection": {"type": "string", "enum": collections, "description": "Where to search."},
            "query": {"type": "string", "description": "What to look for, in words."},
            "top_k": {
                "type": "integer",
                "minimum": 1,
                "maximum": MAX_TOP_K,
                "description": format!("How many passages at most; {DEFAULT_TOP_K} where it is left out."),
            },
        },
        "required": ["collection", "query"],
        "additionalProperties": false,
    });
    (!collections.is_empty()).then(|| ToolSpec {
        name: TOOL.to_owned(),
        description: "Searches a collection of documents and gives the passages that fit best.".to_owned(),
        parameters: Json::new(parameters),
    })
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
