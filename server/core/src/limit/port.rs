//! What use-cases and engines ask of whoever keeps tenants' limits.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use super::allowance::Share;
use super::gcra::Level;
use super::ledger::{Figures, QuotaStanding};
use super::period::Day;
use super::quota::Exhausted;
use crate::execution::Usage;
use crate::ids::{ExecutionId, TenantId};
use crate::tenant::Tenant;
use crate::time::Timestamp;

/// Which rate a request counts for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Policy {
    /// Starts of runs.
    #[serde(rename = "rpm")]
    Starts,
    /// Everything that only reads.
    Reads,
    /// Starts of one workflow.
    Workflow,
    /// Starts with one key.
    Key,
}

impl Policy {
    /// Its name in `RateLimit-Policy`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Starts => "rpm",
            Self::Reads => "reads",
            Self::Workflow => "workflow",
            Self::Key => "key",
        }
    }
}

/// A key that has a rate of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyRate<'a> {
    /// Its id.
    pub id: &'a str,
    /// Starts of runs in a minute.
    pub per_minute: u32,
}

/// A run that somebody wants to start.
#[derive(Clone, Copy, Debug)]
pub struct StartAsk<'a> {
    /// Its tenant.
    pub tenant: &'a Tenant,
    /// Its id.
    pub execution_id: &'a ExecutionId,
    /// The tenant's name for the workflow.
    pub workflow: &'a str,
    /// The key that it is started with, where that has a rate of its own.
    pub key: Option<KeyRate<'a>>,
    /// A run on the scripted provider: it uses no quota.
    pub scripted: bool,
    /// Tokens and millionths of a dollar that its definition lets it use; `None`: no bound.
    pub wanted: [Option<u64>; 2],
    /// When it was accepted.
    pub at: Timestamp,
}

/// Why something is not admitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// A rate is used up.
    Rate(Policy, Level),
    /// As many runs are under way and waiting as there may be.
    Concurrency {
        /// Runs that are carried out at a time.
        most: u32,
        /// Runs that wait for a place.
        queued: u32,
    },
    /// A quota is used up, and for how many milliseconds.
    Quota(Exhausted, u64),
}

/// Seconds before a start that found no place is worth another attempt.
const PLACE_SECONDS: u64 = 1;
/// Seconds before a rate that admits nothing is worth another look.
const NEVER_SECONDS: u64 = 3_600;

impl Refused {
    /// What refused, in a word.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Rate(policy, _) => policy.name(),
            Self::Concurrency { .. } => "concurrency",
            Self::Quota(..) => "quota",
        }
    }

    /// Whole seconds after which the same request is admitted, where nothing else comes in between.
    #[must_use]
    pub fn retry_after_seconds(&self) -> u64 {
        match self {
            Self::Rate(_, level) => {
                level.retry_after_ms.map_or(NEVER_SECONDS, |ms| ms.div_ceil(1_000).max(1))
            }
            Self::Concurrency { .. } => PLACE_SECONDS,
            Self::Quota(_, ms) => ms.div_ceil(1_000).max(1),
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.retry_after_seconds();
        match self {
            Self::Rate(policy, Level { limit, retry_after_ms, .. }) => {
                let of = match policy {
                    Policy::Starts => "starts a minute",
                    Policy::Reads => "reads a minute",
                    Policy::Workflow => "starts of this workflow a minute",
                    Policy::Key => "starts with this key a minute",
                };
                match retry_after_ms {
                    Some(_) => {
                        write!(f, "The limit of {limit} {of} is reached; try again in {seconds} seconds")
                    }
                    None => write!(f, "The limit is {limit} {of}; ask for a higher one"),
                }
            }
            Self::Concurrency { most, queued } => write!(
                f,
                "{most} executions can be under way and {queued} can wait, and so many do; try again when \
                 some have ended"
            ),
            Self::Quota(Exhausted { quota, limit, resets_at }, _) => {
                let setting = quota.setting();
                match quota.is_cost() {
                    true => {
                        let dollars = Usage { cost_micros: *limit, ..Usage::default() }.cost_usd();
                        write!(f, "The quota of {dollars} US dollars ({setting}) is used up")?;
                    }
                    false => write!(f, "The quota of {limit} ({setting}) is used up")?,
                }
                write!(f, " or reserved; it is fresh again at {resets_at}")
            }
        }
    }
}

/// A rate as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateStanding {
    /// Which rate.
    pub policy: Policy,
    /// The workflow's slug or the key's id, where the rate is that of one.
    pub of: Option<String>,
    /// How it stands.
    pub level: Level,
}

/// Runs of a tenant that did not end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Concurrency {
    /// How many are carried out.
    pub running: u32,
    /// How many can be.
    pub most: u32,
    /// How many wait for a place.
    pub queued: u32,
    /// How many can wait.
    pub most_queued: u32,
}

/// All that a tenant may use, as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Rates; those without a limit are left out.
    pub rates: Vec<RateStanding>,
    /// Runs that did not end.
    pub concurrency: Concurrency,
    /// Quotas, those without a bound included; empty before what is stored was read.
    pub quotas: Vec<QuotaStanding>,
    /// Settings that are not what they have to be, and are passed over.
    pub ignored: Vec<&'static str>,
}

/// A run that did not end, as it was found in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenRun {
    /// The run.
    pub execution_id: ExecutionId,
    /// Whether it waits for a place.
    pub queued: bool,
    /// A run on the scripted provider.
    pub scripted: bool,
    /// Tokens and millionths of a dollar that its definition lets it use; `None`: no bound.
    pub wanted: [Option<u64>; 2],
}

/// What is added to a tenant's usage of a day, in the transaction that ends a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewUsage {
    /// The day.
    pub day: Day,
    /// Runs that began on it.
    pub runs: u64,
    /// What was used on it.
    pub usage: Usage,
}

/// Who keeps tenants' limits. Nothing here waits: what is asked is decided on what is known by heart.
pub trait Tenants: fmt::Debug + Send + Sync + 'static {
    /// Counts a read.
    ///
    /// # Errors
    /// Where the tenant's rate is used up.
    fn read(&self, tenant: &Tenant) -> Result<(), Refused>;

    /// Takes a read back: what was asked for does not exist.
    fn unread(&self, tenant: &Tenant);

    /// Whether the tenant's usage is known at that moment; it is learned before a run is started.
    fn knows(&self, tenant: &TenantId, at: Timestamp) -> bool;

    /// What is stored of the tenant's usage. Where it is known by now, nothing is changed.
    fn learn(&self, tenant: &TenantId, figures: Figures);

    /// Runs of the tenant that did not end before this process began.
    fn resume(&self, tenant: &Tenant, runs: Vec<OpenRun>);

    /// Admits a run, which counts from then on.
    ///
    /// # Errors
    /// Why not; nothing is counted then.
    fn start(&self, ask: StartAsk<'_>) -> Result<(), Refused>;

    /// A run that was admitted did not begin.
    fn withdraw(&self, tenant: &TenantId, execution_id: &ExecutionId);

    /// Takes a start back, where it was no fault of the caller's that the run did not begin: what it
    /// counted for with that key and for that workflow is given back.
    fn unstart(&self, tenant: &Tenant, key: Option<KeyRate<'_>>, workflow: &str);

    /// Tenants whose runs wait for places.
    fn waiting(&self) -> Vec<TenantId>;

    /// The tenant's row, as it is by now.
    fn changed(&self, tenant: &Tenant);

    /// The rates that a request of the tenant counts for, with that key and for that workflow, as they
    /// stand. Those without a limit are left out.
    fn rates(&self, tenant: &Tenant, key: Option<KeyRate<'_>>, workflow: Option<&str>) -> Vec<RateStanding>;

    /// All that the tenant may use with that key, as it stands.
    fn standing(&self, tenant: &Tenant, key: Option<KeyRate<'_>>, at: Timestamp) -> Standing;
}

/// Who knows what part each tenant has of what is to be shared. Nothing here waits.
pub trait Shares: Send + Sync + 'static {
    /// The tenant's part.
    fn share(&self, tenant: &TenantId) -> Share;
}

/// The same for everybody.
impl Shares for Share {
    fn share(&self, _: &TenantId) -> Share {
        *self
    }
}
