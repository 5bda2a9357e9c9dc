//! Definitions: what is saved never changes, a change is a new version.

use magone_core::ports::StoreError;
use magone_core::time::Timestamp;
use magone_core::workflow::Definition;

use super::{Configuration, Summary, versions};

impl Configuration {
    /// Saves a definition and answers its version. Where it equals the latest version, nothing is
    /// written and that version is answered.
    ///
    /// # Errors
    /// What the database says.
    pub async fn save_definition(&self, definition: &Definition, at: Timestamp) -> Result<u32, StoreError> {
        let definition = definition.clone();
        self.store
            .writer()
            .change(move |transaction| {
                Box::pin(async move { versions::save(transaction, &definition, at).await })
            })
            .await
    }

    /// A definition with its version: the one asked for, or the latest.
    ///
    /// # Errors
    /// What the database says.
    pub async fn definition(
        &self,
        id: &str,
        version: Option<u32>,
    ) -> Result<Option<(u32, Definition)>, StoreError> {
        versions::load(self.store.reader(), id, version).await
    }

    /// All definitions, by id.
    ///
    /// # Errors
    /// What the database says.
    pub async fn definitions(&self) -> Result<Vec<Summary>, StoreError> {
        versions::list::<Definition>(self.store.reader()).await
    }
}
