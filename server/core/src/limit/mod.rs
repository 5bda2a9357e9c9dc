//! What a tenant may use, as values: nothing here reads a clock, waits or knows who asks.

mod allowance;
mod fair;
mod gcra;
mod ledger;
mod period;
mod port;
mod quota;

pub use allowance::{Allowance, Bound, Share};
pub use fair::FairQueue;
pub use gcra::{Gcra, Level, WINDOW_MS};
pub use ledger::{Figures, Ledger, QuotaStanding, Spent};
pub use period::{Day, Month};
pub use port::{
    Concurrency, KeyRate, NewUsage, OpenRun, Policy, RateStanding, Refused, Shares, Standing, StartAsk,
    Tenants,
};
pub use quota::{Exhausted, Quota, Quotas};

#[cfg(test)]
mod ledger_test;

#[cfg(test)]
mod gcra_test;
