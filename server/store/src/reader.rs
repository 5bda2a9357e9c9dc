//! Queries that only read.
//!
//! A socket belongs to the reactor of the runtime that opened it. Callers live on many runtimes
//! (every web worker has one of its own), so on PostgreSQL queries are carried out on the runtime
//! that opened the store. SQLite's connections are threads and need none of this.

use std::pin::pin;

use magone_core::ports::StoreError;
use sea_orm::sea_query::SelectStatement;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, FromQueryResult, QueryResult, Statement};
use tokio::runtime::Handle;

use crate::connect::Target;
use crate::dialect::Dialect;
use crate::error::{classify, is_broken};
use crate::silence::{Limit, Outage};

/// The pool that reads.
#[derive(Clone, Debug)]
pub(crate) struct Reader {
    pool: DatabaseConnection,
    home: Option<Handle>,
    limit: Limit,
    outage: Outage,
}

impl Reader {
    /// Must be called on the runtime that shall own the connections.
    pub(crate) fn new(pool: DatabaseConnection, target: &Target) -> Self {
        let home = match target.dialect() {
            Dialect::Sqlite => None,
            Dialect::Postgres => Some(Handle::current()),
        };
        Self { pool, home, limit: target.limit(), outage: target.outage.clone() }
    }

    /// All rows.
    pub(crate) async fn all<M: FromQueryResult>(&self, query: SelectStatement) -> Result<Vec<M>, StoreError> {
        let rows = self.rows(query).await?;
        rows.iter().map(|row| M::from_query_result(row, "").map_err(|error| classify(&error))).collect()
    }

    /// The first row.
    pub(crate) async fn one<M: FromQueryResult>(
        &self,
        mut query: SelectStatement,
    ) -> Result<Option<M>, StoreError> {
        Ok(self.all(query.limit(1).take()).await?.into_iter().next())
    }

    /// The first row of what no builder writes: on SQLite alone, whose connections need no home.
    pub(crate) async fn raw<M: FromQueryResult>(
        &self,
        statement: Statement,
    ) -> Result<Option<M>, StoreError> {
        let row = self.pool.query_one_raw(statement).await.map_err(|error| classify(&error))?;
        row.map(|row| M::from_query_result(&row, "")).transpose().map_err(|error| classify(&error))
    }

    async fn rows(&self, query: SelectStatement) -> Result<Vec<QueryResult>, StoreError> {
        let Some(home) = &self.home else {
            return self.pool.query_all(&query).await.map_err(|error| classify(&error));
        };
        let reader = self.clone();
        let task = home.spawn(async move { reader.ask(query).await });
        task.await.map_err(|_| StoreError::Unavailable("the store is shutting down".to_owned()))?
    }

    async fn ask(&self, query: SelectStatement) -> Result<Vec<QueryResult>, StoreError> {
        let mut asking = pin!(self.ask_again(&query));
        let answer = self.limit.answer(asking.as_mut()).await;
        if let Err(StoreError::Unavailable(_)) = answer {
            // Before the connection goes back to the pool, which looks at it then.
            self.outage.note();
        }
        answer
    }

    /// Asks, once more where only the connection was gone: reading twice does no harm.
    async fn ask_again(&self, query: &SelectStatement) -> Result<Vec<QueryResult>, DbErr> {
        match self.pool.query_all(query).await {
            Err(error) if is_broken(&error) => {
                self.outage.note();
                self.pool.query_all(query).await
            }
            answer => answer,
        }
    }

    pub(crate) async fn close(&self) {
        // Nothing was written here: whatever closing says, nothing is lost.
        let _ = self.limit.answer(self.pool.close_by_ref()).await;
    }
}
