//! The composition root: every part is made here, and put together.

use std::sync::Arc;

use magone_activities::{Priced, RealActivities, Settings};
use magone_core::ports::Activities;
use magone_service::Services;
use magone_store::{SchemaState, Store, StoreOptions};
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use crate::actors::{Arbiters, Idle, LiveRegistry, TenantDirectory};
use crate::auth::WRONG_MOST;
use crate::clock;
use crate::config::Config;
use crate::engine::{Lifecycle, MakeEngine, Parts, RunningEngine};
use crate::ownership::Ownership;
use crate::readiness::Readiness;
use crate::state::AppState;
use crate::throttle::Throttle;
use crate::vault;

/// Why the server did not start: one sentence.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A setting is wrong.
    #[error(transparent)]
    Config(#[from] crate::config::ConfigError),
    /// The database cannot be used.
    #[error(transparent)]
    Database(#[from] magone_store::OpenError),
    /// The model providers cannot be used.
    #[error(transparent)]
    Activities(#[from] magone_activities::Error),
    /// The data directory cannot be made.
    #[error("cannot make the data directory {path}: {why}; name another one in MAGONE_DATA_DIR")]
    DataDir {
        /// The directory.
        path: String,
        /// What the system says.
        why: String,
    },
    /// Another server has the database.
    #[error(
        "another server uses the database {path}; stop it, or name another one in MAGONE_DATA_DIR or DATABASE_URL"
    )]
    DatabaseInUse {
        /// The file.
        path: String,
    },
    /// An address cannot be listened on.
    #[error(
        "cannot listen on {address} ({variable}): {why}; stop what listens there or name another address"
    )]
    Listen {
        /// The address.
        address: String,
        /// The variable that names it.
        variable: &'static str,
        /// What the system says.
        why: String,
    },
    /// A use-case failed while starting.
    #[error("{0}")]
    Service(#[from] magone_service::ServiceError),
    /// Anything else that the system refused.
    #[error("{0}")]
    System(String),
}

/// The parts of a running server.
#[derive(Debug)]
pub struct Application {
    /// What handlers work with.
    pub state: AppState,
    /// The engine's beginning and end.
    pub engine: Arc<dyn Lifecycle>,
    /// The database.
    pub store: Store,
    _ownership: Option<Ownership>,
}

impl Application {
    /// Makes every part. Needs a running actix system; `runtime` is the runtime that owns
    /// connections, engine and activities.
    ///
    /// # Errors
    /// One sentence that says how to mend it.
    pub async fn build(
        config: &mut Config,
        model: Option<String>,
        runtime: Handle,
        make: MakeEngine,
    ) -> Result<Self, StartError> {
        make_data_dir(config)?;
        let ownership = own_database(config)?;
        let store = on(&runtime, open_database(config.database.store())).await?;
        let activities =
            RealActivities::new(Settings { openai: config.models.openai.clone(), model_override: model })?;
        let safe = vault::open(config, &store).await?;
        let services = Services::offline(store.clone(), clock::clock(), activities.tools());
        let services = services.reaching(Arc::clone(&config.egress.policy)).keeping(safe);
        let arbiters = Arc::new(Arbiters::start());
        let tenants = TenantDirectory::new(Arc::clone(&arbiters), Idle(config.tenant_idle));
        let live = LiveRegistry::new(arbiters, tenants.clone());
        let parts = Parts {
            store: Arc::new(store.clone()),
            activities: Arc::new(Priced::new(Arc::new(activities), Arc::new(services.price_list()))),
            live: Arc::new(live.clone()),
            shares: Arc::new(tenants.clone()),
            places: config.places,
            now: clock::now,
            mint: clock::mint,
            breakpoints: std::mem::take(&mut config.breakpoints),
        };
        let RunningEngine { engine, lifecycle } = on(&runtime, async move { make(parts).await }).await?;
        let services = services.online(engine, Arc::new(live.clone()), Arc::new(tenants));
        let state = AppState {
            services,
            live,
            runtime,
            readiness: Arc::new(Readiness::default()),
            draining: CancellationToken::new(),
            stopping: CancellationToken::new(),
            proxies: Arc::new(config.proxies.clone()),
            wrong_keys: Throttle::new(WRONG_MOST),
            now: clock::now,
        };
        Ok(Self { state, engine: lifecycle, store, _ownership: ownership })
    }
}

/// Opens the database and brings its schema up to date.
async fn open_database(options: StoreOptions) -> Result<Store, StartError> {
    let store = Store::open(options).await?;
    if let SchemaState::Behind(_) = store.schema().await? {
        let applied = store.migrate().await?;
        tracing::info!(migrations.applied = applied, "schema is up to date");
    }
    if let SchemaState::TooNew(name) = store.schema().await? {
        return Err(magone_store::OpenError::SchemaTooNew { name }.into());
    }
    Ok(store)
}

async fn on<T: Send + 'static>(
    runtime: &Handle,
    work: impl Future<Output = Result<T, StartError>> + Send + 'static,
) -> Result<T, StartError> {
    runtime.spawn(work).await.unwrap_or_else(|error| Err(StartError::System(error.to_string())))
}

fn make_data_dir(config: &Config) -> Result<(), StartError> {
    std::fs::create_dir_all(&config.data_dir).map_err(|error| StartError::DataDir {
        path: config.data_dir.display().to_string(),
        why: error.to_string(),
    })
}

/// A database on a server of its own is shared on purpose; a file is not.
fn own_database(config: &Config) -> Result<Option<Ownership>, StartError> {
    let Some(file) = config.database.url.file() else { return Ok(None) };
    match Ownership::take(file) {
        Ok(ownership) => Ok(Some(ownership)),
        Err(None) => Err(StartError::DatabaseInUse { path: file.display().to_string() }),
        // Opening the database says better what is wrong with its folder; and where the file system
        // knows no locks, there is none to be had.
        Err(Some(error)) => {
            tracing::warn!(%error, "the database cannot be locked against a second server");
            Ok(None)
        }
    }
}
