//! The statements of a run's write, for any number of rows. Their texts are made once for
//! each number of rows that is used: groups are cut into powers of two, so there are few, and the
//! database keeps them prepared.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use magone_core::ports::StoreError;
use sea_orm::sea_query::{
    Expr, ExprTrait, Func, InsertStatement, IntoIden, OnConflict, Order, Query, SelectStatement, TableRef,
    UpdateStatement, ValueTuple,
};
use sea_orm::{EntityName, IdenStatic, Statement, Value};

use super::unit::{INSERTED, Row, UPDATED};
use crate::claims;
use crate::dialect::Dialect;
use crate::entity::{delivery, endpoint, execution, execution_event, idempotency_key, usage_daily};

/// Rows of one statement at most; with the widest row that is far below the 32,766 parameters of
/// SQLite and the 65,535 of PostgreSQL.
const MOST_ROWS: usize = 64;

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// A new run.
    InsertRun,
    /// A commit's events.
    AppendEvents,
    /// A run's columns.
    UpdateRun,
    /// A webhook to the URL that came with the run.
    InsertDelivery,
    /// A webhook to each endpoint of the tenant that asks for such events.
    TellEndpoints,
    /// What a run adds to its tenant's day.
    AddUsage,
    /// An idempotency key.
    ClaimKey,
}

/// The texts made so far.
#[derive(Debug)]
pub(super) struct Texts {
    dialect: Dialect,
    known: BTreeMap<(Kind, usize), Text>,
}

/// A statement without its rows.
#[derive(Debug)]
struct Text {
    sql: String,
    /// Values of the statement's own, a limit for example; they stand after those of the rows.
    own: Vec<Value>,
}

impl Texts {
    pub(super) fn new(dialect: Dialect) -> Self {
        Self { dialect, known: BTreeMap::new() }
    }

    /// The statement that writes these rows.
    pub(super) fn fill(&mut self, kind: Kind, rows: &[&Row]) -> Result<Statement, StoreError> {
        let text = match self.known.entry((kind, rows.len())) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => unknown.insert(text(kind, rows.len(), self.dialect)?),
        };
        let values = rows.iter().copied().flatten().chain(&text.own).cloned();
        Ok(Statement::from_sql_and_values(self.dialect.backend(), text.sql.as_str(), values))
    }
}

/// Cuts `rows` rows into powers of two, largest first.
pub(super) fn cuts(rows: usize) -> impl Iterator<Item = usize> {
    let mut left = rows;
    std::iter::from_fn(move || {
        let cut = MOST_ROWS.min(1 << left.checked_ilog2()?);
        left -= cut;
        Some(cut)
    })
}

fn text(kind: Kind, rows: usize, dialect: Dialect) -> Result<Text, StoreError> {
    use delivery::Column as D;
    use execution_event::Column as E;
    use idempotency_key::Column as K;
    const EVENTS: [E; 4] = [E::ExecutionId, E::FirstSeq, E::LastSeq, E::Events];
    const DELIVERY: [D; 9] =
        [D::Id, D::TenantId, D::ExecutionId, D::Event, D::Payload, D::DueAt, D::CreatedAt, D::Url, D::Target];
    const KEY: [K; 5] = [K::TenantId, K::Key, K::Fingerprint, K::ExecutionId, K::CreatedAt];
    let backend = dialect.backend();
    let (statement, columns) = match kind {
        Kind::InsertRun => (backend.build(&insert(execution::Entity, INSERTED, rows, all)?), INSERTED.len()),
        Kind::InsertDelivery => {
            (backend.build(&insert(delivery::Entity, DELIVERY, rows, all)?), DELIVERY.len())
        }
        Kind::TellEndpoints => (backend.build(&tell_endpoints(rows)?), TOLD),
        Kind::AppendEvents => {
            (backend.build(&insert(execution_event::Entity, EVENTS, rows, that_follow)?), EVENTS.len())
        }
        Kind::ClaimKey => {
            let mut insert = insert(idempotency_key::Entity, KEY, rows, all)?;
            (backend.build(insert.on_conflict(claims::whose_it_is())), KEY.len())
        }
        Kind::UpdateRun => (backend.build(&update(rows)), UPDATED.len()),
        Kind::AddUsage => (backend.build(&added(rows)?), USAGE.len()),
    };
    let values = statement.values.map(|values| values.0).unwrap_or_default();
    Ok(Text { sql: statement.sql, own: values.into_iter().skip(rows * columns).collect() })
}

/// The rows that are given, as a table of columns `column1`, `column2` … in both databases.
const GIVEN: &str = "given";

fn given(rows: usize, columns: usize) -> TableRef {
    // Only the number of values matters: the text has a place for each.
    let row = ValueTuple::Many(vec![Value::Int(None); columns]);
    TableRef::ValuesList(vec![row; rows], GIVEN.into_iden())
}

fn column(number: usize) -> Expr {
    Expr::col((GIVEN, format!("column{number}")))
}

/// `INSERT INTO entity (columns) SELECT … FROM (VALUES …)`, narrowed by `narrow`.
fn insert<E: EntityName, C: IdenStatic, const N: usize>(
    entity: E,
    columns: [C; N],
    rows: usize,
    narrow: fn(&mut SelectStatement),
) -> Result<InsertStatement, StoreError> {
    let mut select = Query::select();
    select.from(given(rows, N)).exprs((1..=N).map(column));
    narrow(&mut select);
    let mut insert = Query::insert();
    insert.into_table(entity.table_ref()).columns(columns);
    insert.select_from(select).map_err(|_| unfit())?;
    Ok(insert)
}

/// SQLite cannot tell `ON CONFLICT` from a join where a SELECT has no WHERE.
fn all(select: &mut SelectStatement) {
    select.and_where(Expr::Constant(true.into()));
}

/// Values of something that is told.
const TOLD: usize = 7;

/// One delivery for each endpoint that asks for the event at this moment. Its id is the notice's with
/// the endpoint's behind it: unique, and in the order of time.
fn tell_endpoints(rows: usize) -> Result<InsertStatement, StoreError> {
    use delivery::Column as D;
    use endpoint::{Column as E, Entity};
    let column_of = |column: E| Expr::col((Entity, column));
    let mut select = Query::select();
    select
        .expr(Expr::cust("given.column1 || '_' || substr(webhook_endpoints.id, 5)"))
        .exprs((2..=TOLD).map(column))
        .exprs([column_of(E::Url), column_of(E::Id), column_of(E::Id)])
        .from(given(rows, TOLD))
        .inner_join(Entity, column_of(E::TenantId).eq(column(2)))
        .and_where(column_of(E::IsActive).eq(Expr::Constant(true.into())))
        .and_where(Expr::cust(
            "(webhook_endpoints.events IS NULL OR webhook_endpoints.events LIKE '%\"' || given.column4 || '\"%')",
        ));
    let columns = [
        D::Id,
        D::TenantId,
        D::ExecutionId,
        D::Event,
        D::Payload,
        D::DueAt,
        D::CreatedAt,
        D::Url,
        D::Target,
        D::EndpointId,
    ];
    let mut insert = Query::insert();
    insert.into_table(delivery::Entity).columns(columns);
    insert.select_from(select).map_err(|_| unfit())?;
    Ok(insert)
}

fn unfit() -> StoreError {
    StoreError::Internal("a statement does not fit its table".to_owned())
}

/// A tenant's usage of a day; the first two columns say which row it is.
const USAGE: [usage_daily::Column; 6] = {
    use usage_daily::Column as U;
    [U::TenantId, U::Day, U::Runs, U::InputTokens, U::OutputTokens, U::CostMicros]
};

/// Adds up what concerns the same row, since one statement may touch a row only once, and in the order of
/// the rows, so that two processes do not wait for each other.
fn added(rows: usize) -> Result<InsertStatement, StoreError> {
    use usage_daily::{Column, Entity};
    let mut select = Query::select();
    select.from(given(rows, USAGE.len())).exprs((1..=2).map(column));
    select.exprs((3..=USAGE.len()).map(|number| Func::sum(column(number))));
    // SQLite cannot tell ON CONFLICT from the ON of a join without a WHERE.
    select.and_where(Expr::Constant(true.into()));
    select.add_group_by((1..=2).map(column));
    (1..=2).for_each(|number| {
        select.order_by_expr(column(number), Order::Asc);
    });
    let mut conflict = OnConflict::columns([Column::TenantId, Column::Day]);
    for name in USAGE.into_iter().skip(2) {
        conflict.value(name, Expr::col((Entity, name)).add(Expr::col(("excluded", name))));
    }
    let mut insert = Query::insert();
    insert.into_table(Entity.table_ref()).columns(USAGE).on_conflict(conflict);
    insert.select_from(select).map_err(|_| unfit())?;
    Ok(insert)
}

/// Only events that follow what is stored: the primary key alone would let gaps through. Looking
/// up a run's last row costs one step down the index that the new row goes to anyway.
fn that_follow(select: &mut SelectStatement) {
    use execution_event::{Column, Entity};
    let last = Query::select()
        .column((Entity, Column::LastSeq))
        .from(Entity)
        .and_where(Expr::col((Entity, Column::ExecutionId)).eq(column(1)))
        .order_by((Entity, Column::FirstSeq), Order::Desc)
        .limit(1)
        .take();
    let stored = Func::coalesce([Expr::SubQuery(None, Box::new(last.into())), Expr::Constant(0.into())]);
    select.and_where(column(2).eq(Expr::from(stored).add(Expr::Constant(1.into()))));
}

fn update(rows: usize) -> UpdateStatement {
    use execution::{Column, Entity};
    let mut update = Query::update();
    update.table(Entity).from(given(rows, UPDATED.len()));
    for (number, name) in (1..).zip(UPDATED).skip(2) {
        update.value(name, column(number));
    }
    update
        .and_where(Expr::col((Entity, Column::Id)).eq(column(1)))
        .and_where(Expr::col((Entity, Column::TenantId)).eq(column(2)))
        .take()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_cut_into_few_sizes_that_add_up() {
        assert_eq!(cuts(0).count(), 0);
        assert_eq!(cuts(1).collect::<Vec<_>>(), [1]);
        assert_eq!(cuts(13).collect::<Vec<_>>(), [8, 4, 1]);
        assert_eq!(cuts(200).collect::<Vec<_>>(), [64, 64, 64, 8]);
    }

    #[test]
    fn both_databases_get_the_same_statements_but_for_the_placeholders() {
        let of = |kind, columns: usize, dialect| {
            let row = vec![Value::Int(None); columns];
            Texts::new(dialect).fill(kind, &[&row, &row]).unwrap()
        };
        for (kind, columns, own) in [
            (Kind::InsertRun, INSERTED.len(), 0),
            (Kind::AppendEvents, 4, 1),
            (Kind::UpdateRun, UPDATED.len(), 0),
            (Kind::InsertDelivery, 9, 0),
            (Kind::TellEndpoints, TOLD, 0),
            (Kind::AddUsage, USAGE.len(), 0),
            (Kind::ClaimKey, 5, 0),
        ] {
            let (sqlite, postgres) =
                (of(kind, columns, Dialect::Sqlite), of(kind, columns, Dialect::Postgres));
            let places = 2 * columns + own;
            assert_eq!(sqlite.sql.matches('?').count(), places, "{}", sqlite.sql);
            assert_eq!(sqlite.values.map(|values| values.0.len()), Some(places));
            let mut unnumbered = postgres.sql;
            for place in (1..=places).rev() {
                unnumbered = unnumbered.replace(&format!("${place}"), "?");
            }
            assert_eq!(sqlite.sql, unnumbered);
        }
    }
}
