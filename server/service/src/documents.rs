//! Definitions and agents, with their versions.

use magone_store::{Summary, VersionSummary};
use serde_json::{Value, json};

use crate::audit::Change;
use crate::difference::Difference;
use crate::versioned::{self, SaveRequest, Version};
use crate::{AdminCaller, Document, ServiceError, Services};

impl Services {
    /// Saves a document; its version. The same content again is the same version. `base` is the
    /// version that the change was made to, 0 for none; without it, whatever is there is followed.
    ///
    /// # Errors
    /// [`ServiceError::Validation`] with every problem; [`ServiceError::Conflict`] when somebody
    /// saved in between.
    pub async fn save<D: Document>(
        &self,
        caller: &AdminCaller,
        document: &D,
        base: Option<u32>,
    ) -> Result<u32, ServiceError> {
        caller.require(D::WRITE)?;
        let problems = self.existing_for(document).await?.judge(|known| document.problems(known));
        if !problems.is_empty() {
            return Err(ServiceError::invalid(D::WORD, problems));
        }
        self.put(caller, document, base).await
    }

    /// As [`Self::save`], from JSON.
    ///
    /// # Errors
    /// As there.
    pub async fn save_json<D: Document>(
        &self,
        caller: &AdminCaller,
        request: SaveRequest,
    ) -> Result<Version<D>, ServiceError> {
        caller.require(D::WRITE)?;
        let document: D = self.read(request.body).await?;
        let version = self.put(caller, &document, request.base).await?;
        Ok(Version { version, document })
    }

    /// A valid document from JSON.
    pub(crate) async fn read<D: Document>(&self, body: Value) -> Result<D, ServiceError> {
        let invalid = |problems| ServiceError::invalid(D::WORD, problems);
        let existing = self.existing().await?;
        let document: D = existing.judge(|known| D::from_json(body, known)).map_err(invalid)?;
        if document.runs().is_empty() {
            return Ok(document);
        }
        // Only now is it known which definitions it runs.
        let problems = self.existing_for(&document).await?.judge(|known| document.problems(known));
        if problems.is_empty() { Ok(document) } else { Err(invalid(problems)) }
    }

    /// Saves a document that is valid in itself.
    async fn put<D: Document>(
        &self,
        caller: &AdminCaller,
        document: &D,
        base: Option<u32>,
    ) -> Result<u32, ServiceError> {
        if let Some(definition) = document.as_definition() {
            self.check_tenants_of(definition).await?;
        }
        let configuration = self.store.configuration();
        let before = configuration.document::<D>(document.id(), None).await?.map(|(version, _)| version);
        let version = configuration.save(document, base, (self.clock.now)()).await?;
        self.catalog.forget();
        let change = Change::new(D::AUDIT.saved, (D::AUDIT.object, document.id()));
        let change = change.from(json!({"version": before})).to(json!({"version": version}));
        self.note(caller, change).await?;
        Ok(version)
    }

    /// All documents of a kind.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`], or what the store says.
    pub async fn documents<D: Document>(&self, caller: &AdminCaller) -> Result<Vec<Summary>, ServiceError> {
        caller.require(D::READ)?;
        Ok(self.store.configuration().documents::<D>().await?)
    }

    /// A document: the version asked for, or the latest.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] or [`ServiceError::NotFound`].
    pub async fn document<D: Document>(
        &self,
        caller: &AdminCaller,
        id: &str,
        version: Option<u32>,
    ) -> Result<Version<D>, ServiceError> {
        caller.require(D::READ)?;
        let found = self.store.configuration().document(id, version).await?;
        let (version, document) = found.ok_or_else(|| versioned::missing::<D>(id, version))?;
        Ok(Version { version, document })
    }

    /// All versions of a document, newest first.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] or [`ServiceError::NotFound`].
    pub async fn versions<D: Document>(
        &self,
        caller: &AdminCaller,
        id: &str,
    ) -> Result<Vec<VersionSummary>, ServiceError> {
        self.document::<D>(caller, id, None).await?;
        Ok(self.store.configuration().versions::<D>(id).await?)
    }

    /// What differs between two versions of a document.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] or [`ServiceError::NotFound`].
    pub async fn differences<D: Document>(
        &self,
        caller: &AdminCaller,
        id: &str,
        from: u32,
        to: u32,
    ) -> Result<Vec<Difference>, ServiceError> {
        let before = self.document::<D>(caller, id, Some(from)).await?;
        let after = self.document::<D>(caller, id, Some(to)).await?;
        versioned::differences(&before.document, &after.document)
    }

    /// Deletes a document. Runs that are pinned to its versions go on.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`]; [`ServiceError::Conflict`] naming who uses it.
    pub async fn delete<D: Document>(&self, caller: &AdminCaller, id: &str) -> Result<(), ServiceError> {
        caller.require(D::WRITE)?;
        let deleted = self.store.configuration().delete::<D>(id, (self.clock.now)()).await;
        deleted.map_err(|error| versioned::gone(error, D::KIND, id))?;
        self.catalog.forget();
        self.note(caller, Change::new(D::AUDIT.deleted, (D::AUDIT.object, id))).await
    }
}
