//! A run's write as rows of values. Made on the caller's side, so that the writer has as little to
//! do as possible while everybody waits for it.

use magone_core::execution::ExecutionView;
use magone_core::idempotency::Claim;
use magone_core::ids::{ExecutionId, TenantId};
use magone_core::limit::NewUsage;
use magone_core::ports::{NewRow, Notice, RowWrite, RunWrite, StoreError};
use sea_orm::Value;

use crate::clock;
use crate::dialect::Dialect;
use crate::entity::execution::Column as Run;

/// Values of one row, in the order of the statement's columns.
pub(super) type Row = Vec<Value>;

/// One transaction's worth of rows.
#[derive(Debug)]
pub(crate) struct Unit {
    pub id: ExecutionId,
    pub first_seq: u64,
    pub insert: Option<Row>,
    pub events: Option<Row>,
    pub update: Option<Row>,
    /// What is told to the URLs that came with the run.
    pub deliveries: Vec<Row>,
    /// What is told to endpoints, whichever there are.
    pub notices: Vec<Row>,
    /// What is added to the tenant's usage.
    pub usage: Vec<Row>,
    pub claim: Option<Row>,
}

/// Columns of a new run.
pub(super) const INSERTED: [Run; 23] = [
    Run::Id,
    Run::TenantId,
    Run::TenantWorkflowId,
    Run::Input,
    Run::WebhookUrl,
    Run::CreatedAt,
    Run::WorkflowSlug,
    Run::SessionId,
    Run::Pins,
    Run::InterpreterVersion,
    Run::WorkflowVersion,
    Run::Status,
    Run::State,
    Run::Metadata,
    Run::Progress,
    Run::StartedAt,
    Run::CompletedAt,
    Run::Result,
    Run::Error,
    Run::Code,
    Run::Retryable,
    Run::TemporalWorkflowId,
    Run::ParentExecutionId,
];

/// Columns that change while a run goes on; the first two say which row it is.
pub(super) const UPDATED: [Run; 12] = [
    Run::Id,
    Run::TenantId,
    Run::Status,
    Run::State,
    Run::Metadata,
    Run::Progress,
    Run::StartedAt,
    Run::CompletedAt,
    Run::Result,
    Run::Error,
    Run::Code,
    Run::Retryable,
];

impl Unit {
    /// How many rows it writes.
    pub(super) fn rows(&self) -> usize {
        let own = [&self.insert, &self.events, &self.update, &self.claim];
        own.iter().filter(|row| row.is_some()).count() + self.extra()
    }

    fn extra(&self) -> usize {
        self.deliveries.len() + self.notices.len() + self.usage.len()
    }

    /// Writes everything out.
    ///
    /// # Errors
    /// [`StoreError::Internal`] when the seqs are not consecutive or a document cannot be written.
    pub(crate) fn new(write: &RunWrite, dialect: Dialect) -> Result<Self, StoreError> {
        let (insert, update) = match &write.row {
            RowWrite::Insert(new) => (Some(inserted(write, new, dialect)?), None),
            RowWrite::Update(view) => (None, Some(updated(write, view, dialect)?)),
            RowWrite::Keep => (None, None),
        };
        Ok(Self {
            id: write.execution_id.clone(),
            first_seq: write.events.first().map_or(0, |event| event.seq),
            insert,
            events: events(write)?,
            update,
            deliveries: rows(write, delivered)?,
            usage: write.usage.iter().map(|usage| used(write, usage)).collect::<Result<_, _>>()?,
            notices: rows(write, |write, notice| Ok(Some(told(write, notice)?)))?,
            claim: write.claim.as_ref().map(|claim| claimed(write, claim)),
        })
    }
}

fn inserted(write: &RunWrite, new: &NewRow, dialect: Dialect) -> Result<Row, StoreError> {
    let view = &new.view;
    Ok(vec![
        text(write.execution_id.as_str()),
        text(write.tenant_id.as_str()),
        text(new.tenant_workflow_id.as_str()),
        dialect.json(Some(&new.input))?,
        new.webhook_url.clone().into(),
        dialect.time(Some(view.created_at)),
        text(&view.workflow_slug),
        dialect.text(view.session_id.clone()),
        dialect.json(Some(&new.pins))?,
        small(new.interpreter_version)?.into(),
        small(new.pins.version)?.into(),
        text(view.status.as_str()),
        text(view.state.as_str()),
        dialect.json(Some(&view.metadata))?,
        dialect.json(Some(&view.progress))?,
        dialect.time(view.started_at),
        dialect.time(view.completed_at),
        dialect.json(view.result.as_ref())?,
        dialect.text(view.error.clone()),
        view.code.as_ref().map(|code| code.as_str().to_owned()).into(),
        view.retryable.into(),
        dialect.text(new.temporal_workflow_id.clone()),
        dialect.text(new.parent.clone().map(String::from)),
    ])
}

fn updated(write: &RunWrite, view: &ExecutionView, dialect: Dialect) -> Result<Row, StoreError> {
    Ok(vec![
        text(write.execution_id.as_str()),
        text(write.tenant_id.as_str()),
        text(view.status.as_str()),
        text(view.state.as_str()),
        dialect.json(Some(&view.metadata))?,
        dialect.json(Some(&view.progress))?,
        dialect.time(view.started_at),
        dialect.time(view.completed_at),
        dialect.json(view.result.as_ref())?,
        dialect.text(view.error.clone()),
        view.code.as_ref().map(|code| code.as_str().to_owned()).into(),
        view.retryable.into(),
    ])
}

fn events(write: &RunWrite) -> Result<Option<Row>, StoreError> {
    let (Some(first), Some(last)) = (write.events.first(), write.events.last()) else {
        return Ok(None);
    };
    if !(first.seq..).zip(write.events.iter()).all(|(seq, event)| event.seq == seq) {
        return Err(StoreError::Internal(format!("seqs of {} are not consecutive", write.execution_id)));
    }
    Ok(Some(vec![
        text(write.execution_id.as_str()),
        large(first.seq)?.into(),
        large(last.seq)?.into(),
        document(&write.events)?.into(),
    ]))
}

/// The rows that `make` makes of what is told.
fn rows(
    write: &RunWrite,
    make: fn(&RunWrite, &Notice) -> Result<Option<Row>, StoreError>,
) -> Result<Vec<Row>, StoreError> {
    write.outbox.iter().filter_map(|notice| make(write, notice).transpose()).collect()
}

/// To the URL that came with the run, where there is one.
fn delivered(write: &RunWrite, notice: &Notice) -> Result<Option<Row>, StoreError> {
    let Some(url) = &notice.url else { return Ok(None) };
    let mut row = told(write, notice)?;
    row.extend([text(url), text(&run_target(&write.tenant_id, url))]);
    Ok(Some(row))
}

fn told(write: &RunWrite, notice: &Notice) -> Result<Row, StoreError> {
    Ok(vec![
        text(notice.id.as_str()),
        text(write.tenant_id.as_str()),
        text(write.execution_id.as_str()),
        text(notice.event.as_str()),
        document(&notice.payload)?.into(),
        notice.at.millis().into(),
        clock::now().millis().into(),
    ])
}

/// What shares its places in flight: a tenant's deliveries to one host.
fn run_target(tenant: &TenantId, url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or_default();
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    format!("{tenant} {scheme}://{host}")
}

fn used(write: &RunWrite, new: &NewUsage) -> Result<Row, StoreError> {
    Ok(vec![
        text(write.tenant_id.as_str()),
        text(&new.day.to_string()),
        large(new.runs)?.into(),
        large(new.usage.input_tokens)?.into(),
        large(new.usage.output_tokens)?.into(),
        large(new.usage.cost_micros)?.into(),
    ])
}

fn claimed(write: &RunWrite, claim: &Claim) -> Row {
    vec![
        text(write.tenant_id.as_str()),
        text(&claim.key),
        text(&claim.fingerprint),
        text(write.execution_id.as_str()),
        clock::now().millis().into(),
    ]
}

fn text(text: &str) -> Value {
    text.to_owned().into()
}

fn document<T: serde::Serialize + ?Sized>(document: &T) -> Result<String, StoreError> {
    serde_json::to_string(document)
        .map_err(|_| StoreError::Internal("a document cannot be written as JSON".to_owned()))
}

fn small(number: u32) -> Result<i32, StoreError> {
    i32::try_from(number).map_err(|_| StoreError::Internal(format!("version {number} is too large")))
}

fn large(number: u64) -> Result<i64, StoreError> {
    i64::try_from(number).map_err(|_| StoreError::Internal(format!("number {number} is too large")))
}
