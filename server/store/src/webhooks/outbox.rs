//! The outbox, as whoever delivers it sees it: what is due, in three lanes, so that receivers which
//! fail or were never reached hold up nobody who works.

use std::sync::Arc;

use magone_core::ids::DeliveryId;
use magone_core::ports::StoreError;
use magone_core::time::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait, JoinType, Order, Query, SelectStatement, WindowStatement};
use sea_orm::{Condition, FromQueryResult, Value};
use tokio::sync::Notify;

use super::DeliveryStatus;
use crate::dialect::Dialect;
use crate::entity::delivery::{Column, Entity};
use crate::entity::endpoint;
use crate::store::Store;

/// How long whoever took a delivery may keep it, in milliseconds; longer than any attempt takes.
pub(super) const LEASE_MS: u64 = 60_000;

/// How a receiver did so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lane {
    /// The last time it took what was sent.
    Proven,
    /// Nothing was sent yet.
    New,
    /// The last time it failed.
    Failing,
}

/// A delivery that is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Which.
    pub id: DeliveryId,
    /// What shares its places in flight.
    pub target: String,
}

/// The door for whoever delivers.
#[derive(Clone, Debug)]
pub struct Outbox {
    pub(super) store: Store,
}

#[derive(FromQueryResult)]
struct Row {
    id: String,
    target: String,
}

impl Outbox {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    /// Wakes when this process told somebody something.
    #[must_use]
    pub fn told(&self) -> Arc<Notify> {
        self.store.told()
    }

    /// Gives back what a process before this one took and did not finish. Only where nobody else can
    /// have taken anything: a file has one server. On PostgreSQL it comes back when its lease ends.
    ///
    /// # Errors
    /// What the database says.
    pub async fn release(&self) -> Result<(), StoreError> {
        if self.store.dialect() == Dialect::Postgres {
            return Ok(());
        }
        let mut update = Query::update();
        update
            .table(Entity)
            .value(Column::LeasedUntil, Value::BigInt(None))
            .and_where(pending())
            .and_where(Expr::col(Column::LeasedUntil).is_not_null());
        self.store.writer().execute(update).await.map(|_| ())
    }

    /// What is due in a lane: of each target at most `each`, in turns, without the targets in `busy`.
    ///
    /// # Errors
    /// What the database says.
    pub async fn due(
        &self,
        lane: Lane,
        busy: &[String],
        each: u32,
        limit: u32,
        now: Timestamp,
    ) -> Result<Vec<Candidate>, StoreError> {
        let rows: Vec<Row> = self.store.reader().all(due(lane, busy, each, limit, now)).await?;
        let read = |row: Row| Candidate { id: DeliveryId::from_text(row.id), target: row.target };
        Ok(rows.into_iter().map(read).collect())
    }
}

pub(super) fn due(lane: Lane, busy: &[String], each: u32, limit: u32, now: Timestamp) -> SelectStatement {
    const PLACE: &str = "place";
    const TURNS: &str = "turns";
    let of = |column: Column| Expr::col((Entity, column));
    let mut turns = WindowStatement::partition_by((Entity, Column::Target));
    turns.order_by((Entity, Column::DueAt), Order::Asc).order_by((Entity, Column::Id), Order::Asc);
    let mut waiting = Query::select();
    waiting
        .columns([Column::Id, Column::Target, Column::DueAt].map(|column| (Entity, column)))
        .expr_window_as(Expr::cust("ROW_NUMBER()"), turns, PLACE)
        .from(Entity)
        .join(
            JoinType::LeftJoin,
            endpoint::Entity,
            Expr::col((endpoint::Entity, endpoint::Column::Id)).equals((Entity, Column::EndpointId)),
        )
        .and_where(pending())
        // What was never tried is due, whatever a clock that was set back says.
        .cond_where(Condition::any().add(of(Column::DueAt).lte(now.millis())).add(of(Column::Tries).eq(0)))
        .cond_where(free(now))
        .cond_where(is_in(lane));
    if !busy.is_empty() {
        waiting.and_where(of(Column::Target).is_not_in(busy.iter().map(String::as_str)));
    }
    Query::select()
        .columns([Column::Id, Column::Target])
        .from_subquery(waiting, TURNS)
        .and_where(Expr::col(PLACE).lte(i64::from(each)))
        .order_by(PLACE, Order::Asc)
        .order_by(Column::DueAt, Order::Asc)
        .order_by(Column::Id, Order::Asc)
        .limit(u64::from(limit))
        .take()
}

/// It waits. A constant, as in the index over the few that do.
pub(super) fn pending() -> Expr {
    Expr::col((Entity, Column::Status)).eq(Expr::Constant(DeliveryStatus::Pending.as_str().into()))
}

/// Nobody has it. A lease that ends later than one can was taken by a clock that was set back since.
pub(super) fn free(now: Timestamp) -> Condition {
    let leased = || Expr::col((Entity, Column::LeasedUntil));
    Condition::any()
        .add(leased().is_null())
        .add(leased().lte(now.millis()))
        .add(leased().gt(now.plus_millis(LEASE_MS).millis()))
}

fn is_in(lane: Lane) -> Condition {
    use endpoint::Column as E;
    let of = |column: E| Expr::col((endpoint::Entity, column));
    let untried = Expr::col((Entity, Column::Tries)).eq(0);
    match lane {
        Lane::Proven => {
            Condition::all().add(of(E::SucceededAt).is_not_null()).add(of(E::FailingSince).is_null())
        }
        Lane::New => {
            Condition::all().add(of(E::SucceededAt).is_null()).add(of(E::FailingSince).is_null()).add(untried)
        }
        Lane::Failing => Condition::any().add(of(E::FailingSince).is_not_null()).add(
            Condition::all().add(of(E::SucceededAt).is_null()).add(Expr::col((Entity, Column::Tries)).gt(0)),
        ),
    }
}
