//! What the use-cases work with.

use std::fmt;
use std::sync::Arc;

use magone_core::egress::Egress;
use magone_core::limit::Tenants;
use magone_core::ports::{Engine, KnowledgeStore, LiveRuns};
use magone_core::time::Timestamp;
use magone_store::Store;
use tokio::sync::OnceCell;

use crate::{Catalog, PriceList, Safe, ServiceError};

/// Where times, ids and randomness come from.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    /// The time.
    pub now: fn() -> Timestamp,
    /// The bits of a fresh UUIDv7.
    pub mint: fn() -> u128,
    /// 32 bytes from the operating system.
    pub random: fn() -> [u8; 32],
}

/// The use-cases. Cheap to clone.
#[derive(Clone)]
pub struct Services {
    pub(crate) store: Store,
    pub(crate) engine: Option<Arc<dyn Engine>>,
    pub(crate) live: Option<Arc<dyn LiveRuns>>,
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) clock: Clock,
    pub(crate) tools: Arc<[String]>,
    pub(crate) prices: PriceList,
    /// Absent: nothing is started here.
    pub(crate) tenants: Option<Arc<dyn Tenants>>,
    /// Whether runs from before this process are among the tenants' figures.
    pub(crate) resumed: Arc<OnceCell<()>>,
    /// Absent: there are no collections.
    pub(crate) knowledge: Option<Arc<dyn KnowledgeStore>>,
    /// Where URLs that tenants name may point.
    pub(crate) egress: Arc<Egress>,
    /// Absent: nothing that is sealed can be read here.
    pub(crate) safe: Option<Safe>,
}

impl fmt::Debug for Services {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Services").field("runs_here", &self.engine.is_some()).finish_non_exhaustive()
    }
}

impl Services {
    /// Use-cases that change and read what is stored, without an engine: the command line beside a
    /// server.
    #[must_use]
    pub fn offline(store: Store, clock: Clock, tools: Vec<String>) -> Self {
        let catalog = Arc::new(Catalog::new(store.clone(), clock.mint));
        Self {
            store,
            engine: None,
            live: None,
            catalog,
            clock,
            tools: tools.into(),
            prices: PriceList::default(),
            tenants: None,
            resumed: Arc::default(),
            knowledge: None,
            egress: Arc::default(),
            safe: None,
        }
    }

    /// All use-cases, with the engine that runs, those who watch, and whoever keeps tenants' limits.
    #[must_use]
    pub fn online(
        mut self,
        engine: Arc<dyn Engine>,
        live: Arc<dyn LiveRuns>,
        tenants: Arc<dyn Tenants>,
    ) -> Self {
        self.engine = Some(engine);
        self.live = Some(live);
        self.tenants = Some(tenants);
        self
    }

    /// The same, with the collections that definitions may name.
    #[must_use]
    pub fn knowing(mut self, knowledge: Arc<dyn KnowledgeStore>) -> Self {
        self.knowledge = Some(knowledge);
        self
    }

    /// The same, with what the operator opened in the egress policy.
    #[must_use]
    pub fn reaching(mut self, egress: Arc<Egress>) -> Self {
        self.egress = egress;
        self
    }

    /// The same, with secrets that can be opened.
    #[must_use]
    pub fn keeping(mut self, safe: Safe) -> Self {
        self.safe = Some(safe);
        self
    }

    /// What is known by heart.
    #[must_use]
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// Transactions that the store's writer ended so far, and the commits of runs that they held.
    #[must_use]
    pub fn written(&self) -> (u64, u64) {
        self.store.written()
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// [`ServiceError::Unavailable`].
    pub async fn database_answers(&self) -> Result<(), ServiceError> {
        Ok(self.store.ping().await?)
    }
}
