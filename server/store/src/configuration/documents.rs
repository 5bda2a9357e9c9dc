//! Definitions and agents: what is saved never changes, a change is a new version.

use magone_core::ports::StoreError;
use magone_core::time::Timestamp;

use super::saving::Saving;
use super::{Configuration, Summary, VersionSummary, Versioned, deletion, history, saving, versions};

impl Configuration {
    /// Saves a document and answers its version. Where it equals the latest version, nothing is
    /// written and that version is answered. `base` is the version that the change was made to, 0
    /// for none; without it, whatever is there is followed.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when `base` is not the latest version.
    pub async fn save<D: Versioned>(
        &self,
        document: &D,
        base: Option<u32>,
        at: Timestamp,
    ) -> Result<u32, StoreError> {
        self.save_with(document, Saving { base, unlisted: false }, at).await
    }

    /// Saves a document that came with a call. Where its id is new, it stays out of the lists; its
    /// versions are kept like all others, because runs are pinned to them.
    ///
    /// # Errors
    /// What the database says.
    pub async fn save_unlisted<D: Versioned>(&self, document: &D, at: Timestamp) -> Result<u32, StoreError> {
        self.save_with(document, Saving { base: None, unlisted: true }, at).await
    }

    /// A document with its version: the one asked for, or the latest; unless it is deleted.
    ///
    /// # Errors
    /// What the database says.
    pub async fn document<D: Versioned>(
        &self,
        id: &str,
        version: Option<u32>,
    ) -> Result<Option<(u32, D)>, StoreError> {
        versions::load_living(self.store.reader(), id, version).await
    }

    /// As [`Self::document`], also one that is deleted: what still refers to it goes on.
    ///
    /// # Errors
    /// What the database says.
    pub async fn document_to_run<D: Versioned>(
        &self,
        id: &str,
        version: Option<u32>,
    ) -> Result<Option<(u32, D)>, StoreError> {
        versions::load(self.store.reader(), id, version).await
    }

    /// All versions, newest first; none where there is no such document.
    ///
    /// # Errors
    /// What the database says.
    pub async fn versions<D: Versioned>(&self, id: &str) -> Result<Vec<VersionSummary>, StoreError> {
        history::of::<D>(self.store.reader(), id).await
    }

    /// All documents of a kind, by id.
    ///
    /// # Errors
    /// What the database says.
    pub async fn documents<D: Versioned>(&self) -> Result<Vec<Summary>, StoreError> {
        versions::list::<D>(self.store.reader()).await
    }

    /// Deletes a document. Its versions stay readable for the runs that are pinned to them.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; [`StoreError::Conflict`] naming who uses it.
    pub async fn delete<D: Versioned>(&self, id: &str, at: Timestamp) -> Result<(), StoreError> {
        let id = id.to_owned();
        self.store
            .writer()
            .change(move |transaction| {
                Box::pin(async move { deletion::delete::<D>(transaction, &id, at).await })
            })
            .await
    }

    async fn save_with<D: Versioned>(
        &self,
        document: &D,
        saving: Saving,
        at: Timestamp,
    ) -> Result<u32, StoreError> {
        let document = document.clone();
        self.store
            .writer()
            .change(move |transaction| {
                Box::pin(async move { saving::save(transaction, &document, at, saving).await })
            })
            .await
    }
}
