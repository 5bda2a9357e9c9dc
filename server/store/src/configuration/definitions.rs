//! Definitions: what is saved never changes, a change is a new version.

use magone_core::ports::StoreError;
use magone_core::time::Timestamp;
use magone_core::workflow::Definition;

use super::saving::Saving;
use super::{Configuration, Summary, VersionSummary, history, saving, versions};

impl Configuration {
    /// Saves a definition and answers its version. Where it equals the latest version, nothing is
    /// written and that version is answered. `base` is the version that the change was made to, 0
    /// for none; without it, whatever is there is followed.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when `base` is not the latest version.
    pub async fn save_definition(
        &self,
        definition: &Definition,
        base: Option<u32>,
        at: Timestamp,
    ) -> Result<u32, StoreError> {
        self.save_definition_with(definition, Saving { base, unlisted: false }, at).await
    }

    /// Saves a definition that came with a call. Where its id is new, it stays out of the lists;
    /// its versions are kept like all others, because runs are pinned to them.
    ///
    /// # Errors
    /// What the database says.
    pub async fn save_unlisted_definition(
        &self,
        definition: &Definition,
        at: Timestamp,
    ) -> Result<u32, StoreError> {
        self.save_definition_with(definition, Saving { base: None, unlisted: true }, at).await
    }

    /// A definition with its version: the one asked for, or the latest; unless it is deleted.
    ///
    /// # Errors
    /// What the database says.
    pub async fn definition(
        &self,
        id: &str,
        version: Option<u32>,
    ) -> Result<Option<(u32, Definition)>, StoreError> {
        versions::load_living(self.store.reader(), id, version).await
    }

    /// As [`Self::definition`], also one that is deleted: what still refers to it goes on.
    ///
    /// # Errors
    /// What the database says.
    pub async fn definition_to_run(
        &self,
        id: &str,
        version: Option<u32>,
    ) -> Result<Option<(u32, Definition)>, StoreError> {
        versions::load(self.store.reader(), id, version).await
    }

    /// All versions, newest first; none where there is no such definition.
    ///
    /// # Errors
    /// What the database says.
    pub async fn definition_versions(&self, id: &str) -> Result<Vec<VersionSummary>, StoreError> {
        history::of::<Definition>(self.store.reader(), id).await
    }

    /// All definitions, by id.
    ///
    /// # Errors
    /// What the database says.
    pub async fn definitions(&self) -> Result<Vec<Summary>, StoreError> {
        versions::list::<Definition>(self.store.reader()).await
    }

    async fn save_definition_with(
        &self,
        definition: &Definition,
        saving: Saving,
        at: Timestamp,
    ) -> Result<u32, StoreError> {
        let definition = definition.clone();
        self.store
            .writer()
            .change(move |transaction| {
                Box::pin(async move { saving::save(transaction, &definition, at, saving).await })
            })
            .await
    }
}
