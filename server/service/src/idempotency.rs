//! Asking twice with one key: the second call gets the first one's run, in whatever way it asks.

use std::time::Duration;

use magone_core::grant::Scope;
use magone_core::idempotency::{Claim, IdempotencyKey};
use magone_core::ids::{ExecutionId, TenantId};
use magone_core::ports::{EngineError, StartRun, StoreError};
use serde_json::{Value, json};

use crate::executions::no_engine;
use crate::{ServiceError, Services, TenantCaller};

/// How long a run is waited for that somebody else begins right now.
const BEGINNING: Duration = Duration::from_secs(2);
/// How often it is looked for meanwhile.
const LOOK: Duration = Duration::from_millis(25);

/// A run that a call came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Begun {
    /// The run.
    pub execution_id: ExecutionId,
    /// An earlier call with the same key started it.
    pub replayed: bool,
}

/// The run that a call is about.
pub(crate) enum Meant {
    /// It is there already.
    Known(ExecutionId),
    /// It is to be started under this id.
    New(ExecutionId),
}

/// What a key is used for when a workflow is asked: everything that the answer depends on.
fn asking(caller: &TenantCaller, slug: &str, body: &Value) -> Value {
    let member = |name: &str| body.get(name).cloned().unwrap_or_default();
    let context = match member("context") {
        Value::Null => json!({}),
        context => context,
    };
    json!({
        "slug": slug, "input": member("input"), "context": context, "session_id": member("session_id"),
        "test": caller.key.test,
    })
}

/// A key, where one came along, with what it is used for.
pub(crate) fn claim(key: Option<&IdempotencyKey>, wish: impl FnOnce() -> Value) -> Option<Claim> {
    key.map(|key| Claim::new(key, &wish()))
}

impl Services {
    /// What a call to a workflow is about. The key comes before almost everything else: what was started
    /// once is found whatever became of the workflow since.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] for a key that may start nothing; [`ServiceError::NotFound`] for a
    /// workflow that the caller's key is not for; as [`Self::meant`].
    pub(crate) async fn asked(
        &self,
        caller: &TenantCaller,
        slug: &str,
        body: &Value,
        key: Option<&IdempotencyKey>,
    ) -> Result<(Option<Claim>, Meant), ServiceError> {
        caller.require(Scope::Execute)?;
        if !caller.reaches(slug) {
            return Err(ServiceError::not_found("Workflow", slug));
        }
        let claim = claim(key, || asking(caller, slug, body));
        let meant = self.meant(&caller.tenant.id, claim.as_ref()).await?;
        self.count_replay(caller, &meant)?;
        Ok((claim, meant))
    }

    /// What starts nothing of its own is a read.
    pub(crate) fn count_replay(&self, caller: &TenantCaller, meant: &Meant) -> Result<(), ServiceError> {
        match meant {
            Meant::Known(_) => self.count_read(caller),
            Meant::New(_) => Ok(()),
        }
    }

    /// The run that the key stands for, or a new id.
    ///
    /// # Errors
    /// [`ServiceError::IdempotencyMismatch`], or what the store says.
    pub(crate) async fn meant(
        &self,
        tenant: &TenantId,
        claim: Option<&Claim>,
    ) -> Result<Meant, ServiceError> {
        let Some(claim) = claim else { return Ok(Meant::New(self.mint_execution())) };
        let scope = self.store.tenant(tenant);
        let Some(known) = scope.claimed(&claim.key).await? else {
            return Ok(Meant::New(self.mint_execution()));
        };
        if known.fingerprint != claim.fingerprint {
            return Err(ServiceError::IdempotencyMismatch);
        }
        let id = known.execution_id;
        let begins = async {
            while scope.execution(&id).await?.is_none() {
                tokio::time::sleep(LOOK).await;
            }
            Ok::<_, StoreError>(())
        };
        match tokio::time::timeout(BEGINNING, begins).await {
            Ok(there) => there.map(|()| Meant::Known(id)).map_err(Into::into),
            // Whoever had the key died before the run began: this call begins it, under the same id,
            // so that it begins once even where both live.
            Err(_) => Ok(Meant::New(id)),
        }
    }

    /// Starts a run that the tenant's limits admit; or finds the one that another call with the same key
    /// started meanwhile.
    ///
    /// # Errors
    /// [`ServiceError::Limited`], [`ServiceError::Draining`], or what the engine says.
    pub(crate) async fn launch(&self, caller: &TenantCaller, run: StartRun) -> Result<Begun, ServiceError> {
        let (execution_id, claim) = (run.execution_id.clone(), run.claim.clone());
        let Some(claim) = claim else {
            self.begin(caller, run).await??;
            return Ok(Begun { execution_id, replayed: false });
        };
        let taken = match self.begin(caller, run.clone()).await? {
            Ok(()) => return Ok(Begun { execution_id, replayed: false }),
            Err(EngineError::Store(taken @ StoreError::Conflict(_))) => taken,
            Err(error) => return Err(error.into()),
        };
        let execution_id = match self.meant(&run.tenant_id, Some(&claim)).await? {
            Meant::Known(id) => id,
            Meant::New(id) if id != run.execution_id => {
                self.begin(caller, StartRun { execution_id: id.clone(), ..run }).await??;
                id
            }
            Meant::New(_) => return Err(taken.into()),
        };
        Ok(Begun { execution_id, replayed: true })
    }

    /// Starts a run that the tenant's limits admit. What does not begin does not count.
    async fn begin(
        &self,
        caller: &TenantCaller,
        run: StartRun,
    ) -> Result<Result<(), EngineError>, ServiceError> {
        let engine = self.engine.as_ref().ok_or_else(no_engine)?;
        self.admit(caller, &run).await?;
        let (tenant, id) = (run.tenant_id.clone(), run.execution_id.clone());
        let workflow = run.workflow_slug.clone();
        let begun = engine.start(run).await;
        if let Err(error) = &begun {
            self.withdraw(&tenant, &id);
            // Only a request that asks for too much has used up its turn.
            if !matches!(error, EngineError::TooLarge(_)) {
                self.unstart(caller, &workflow);
            }
        }
        Ok(begun)
    }

    /// Forgets the keys whose time is over; how many there were.
    ///
    /// # Errors
    /// What the store says.
    pub async fn forget_keys(&self) -> Result<u64, ServiceError> {
        Ok(self.store.purge_claims((self.clock.now)()).await?)
    }
}
