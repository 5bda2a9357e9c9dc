//! What becomes of a database that says nothing any more. A server that was stopped says so; one
//! that is cut off does not, and a query to it would wait as long as the system believes in the
//! connection: a quarter of an hour. So somebody has to give up first.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use magone_core::ports::StoreError;
use sea_orm::DbErr;
use sea_orm::sqlx::postgres::PgConnection;
use sea_orm::sqlx::{self, Connection};

use crate::error::classify;

/// Connections that were idle for this long are asked whether they are alive.
const STALE: Duration = Duration::from_secs(30);

/// How long an answer is waited for; `None`: a file, which is never silent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limit(pub Option<Duration>);

impl Limit {
    /// The answer, or that there was none in time. Whoever gets the latter must give the connection
    /// up: the answer may still come.
    pub(crate) async fn answer<T>(
        self,
        work: impl Future<Output = Result<T, DbErr>>,
    ) -> Result<T, StoreError> {
        self.within(async { work.await.map_err(|error| classify(&error)) }).await
    }

    /// As [`Limit::answer`], for several questions together.
    pub(crate) async fn within<T>(
        self,
        work: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let Some(limit) = self.0 else { return work.await };
        let late = |_| Err(StoreError::Unavailable("the database did not answer in time".to_owned()));
        tokio::time::timeout(limit, work).await.unwrap_or_else(late)
    }

    /// So many times as long.
    pub(crate) fn times(self, factor: u32) -> Self {
        Self(self.0.map(|limit| limit.saturating_mul(factor)))
    }
}

/// When the server was last seen to fail. Connections of a pool from before that are asked whether
/// they are alive before anybody gets them, so that an outage ends for all callers at once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outage(Arc<Mutex<Option<Instant>>>);

impl Outage {
    /// It failed just now.
    pub(crate) fn note(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    fn within(&self, time: Duration) -> bool {
        let last = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        last.is_some_and(|at| at.elapsed() <= time)
    }

    /// Asks a connection that was idle for so long, where its word is not enough.
    ///
    /// # Errors
    /// It is dead.
    pub(crate) async fn wake(
        &self,
        connection: &mut PgConnection,
        idle: Duration,
    ) -> Result<bool, sqlx::Error> {
        if idle >= STALE || self.within(idle) {
            connection.ping().await?;
        }
        Ok(true)
    }

    /// Asks a connection that somebody may have given up in the middle of an answer. One that stays
    /// silent would keep its place in the pool.
    ///
    /// # Errors
    /// It is dead.
    pub(crate) async fn retire(
        &self,
        connection: &mut PgConnection,
        limit: Duration,
    ) -> Result<bool, sqlx::Error> {
        if self.within(STALE) {
            tokio::time::timeout(limit, connection.ping()).await.map_err(|_| sqlx::Error::PoolTimedOut)??;
        }
        Ok(true)
    }
}
