use magone_core::execution::{EventKind, Pins};
use magone_core::idempotency::Claim;
use magone_core::ids::{TenantId, TenantWorkflowId};
use magone_core::interpreter::{Input, Start, State, transition};
use magone_core::json::Json;
use magone_core::ports::{BoxFuture, RowWrite, RunWrite, StoredRun};
use magone_core::record::Run;
use magone_core::time::Timestamp;
use magone_core::workflow::program::Program;
use serde_json::json;

use super::*;

/// A log in memory, and how often somebody wrote to it.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<(Vec<Event>, usize)>>);

impl RunStore for Log {
    fn commit(&self, write: RunWrite) -> BoxFuture<'_, Result<(), StoreError>> {
        let mut log = self.0.lock().unwrap();
        let follows = write.events[0].seq == log.0.last().map_or(1, |event| event.seq + 1);
        let inserts = matches!(write.row, RowWrite::Insert(_));
        if !follows || inserts != log.0.is_empty() {
            let conflict = StoreError::Conflict("somebody was faster".to_owned());
            return Box::pin(std::future::ready(Err(conflict)));
        }
        log.0.extend(write.events.iter().cloned());
        log.1 += 1;
        Box::pin(std::future::ready(Ok(())))
    }

    fn claim<'a>(
        &'a self,
        _tenant: &TenantId,
        _id: &ExecutionId,
        _claim: &Claim,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn stored(&self, id: &ExecutionId) -> BoxFuture<'_, Result<Option<StoredRun>, StoreError>> {
        let log = self.0.lock().unwrap().0.clone();
        let run = (!log.is_empty()).then(|| StoredRun {
            execution_id: id.clone(),
            tenant_id: TenantId::from_text("ten_1"),
            tenant_workflow_id: TenantWorkflowId::from_text("twf_1"),
            pins: Pins::default(),
            interpreter_version: 1,
            webhook_url: None,
            temporal_workflow_id: None,
            log,
        });
        Box::pin(std::future::ready(Ok(run)))
    }

    fn unfinished(
        &self,
        _after: Option<ExecutionId>,
        _limit: u32,
    ) -> BoxFuture<'_, Result<Vec<StoredRun>, StoreError>> {
        Box::pin(std::future::ready(Ok(Vec::new())))
    }

    fn program(&self, _pins: &Pins) -> BoxFuture<'_, Result<Arc<Program>, StoreError>> {
        Box::pin(std::future::ready(Err(StoreError::NotFound("no programs here".to_owned()))))
    }
}

/// What was told, by seq.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<Vec<u64>>>);

impl LiveRuns for Told {
    fn committed(&self, batch: Committed) {
        self.0.lock().unwrap().extend(batch.events.iter().map(|event| event.seq));
    }

    fn view(&self, _execution_id: &ExecutionId) -> Option<ExecutionView> {
        None
    }

    fn ending(&self, _execution_id: &ExecutionId) -> BoxFuture<'static, ExecutionView> {
        Box::pin(std::future::pending())
    }
}

fn owner() -> Owner {
    Owner {
        run: Run {
            execution_id: ExecutionId::from_text("exec_1"),
            tenant_id: TenantId::from_text("ten_1"),
            webhook_url: None,
            scripted: false,
        },
        tenant_workflow_id: TenantWorkflowId::from_text("twf_1"),
        temporal_workflow_id: "tenant-t-exec_1".to_owned(),
    }
}

/// Six events, of a run of one step.
fn events() -> Vec<Event> {
    let steps = json!([{"id": "a", "type": "transform", "value": 1}]);
    let definition = json!({"id": "flow", "entry_step": "a", "steps": steps});
    let program = Program::new(serde_json::from_value(definition).unwrap(), []).unwrap();
    let start = Start {
        workflow_slug: "flow".to_owned(),
        input: Json::new(json!("hello")),
        context: Json::default(),
        session_id: None,
        pins: Pins::default(),
        parent: None,
        retry: None,
    };
    let mut state = State::new(ExecutionId::from_text("exec_1"), Arc::new(program));
    let events = transition(&mut state, Input::Start(Box::new(start)), Timestamp::from_millis(1));
    assert!(matches!(events.last().unwrap().kind, EventKind::ExecutionCompleted { .. }));
    events
}

fn recorder(log: &Log, told: &Told) -> Recorder {
    Recorder::new(Arc::new(log.clone()), Arc::new(told.clone()), || 0)
}

#[tokio::test]
async fn events_that_come_again_are_stored_and_told_once() {
    let (log, told, events) = (Log::default(), Told::default(), events());
    let (here, there) = (recorder(&log, &told), recorder(&log, &Told::default()));
    let owner = owner();
    here.record(&owner, &events[..2]).await.unwrap();
    here.record(&owner, &events[..2]).await.unwrap();
    // Another worker brings more of them; what this one knows is behind then.
    there.record(&owner, &events[..4]).await.unwrap();
    here.record(&owner, &events[..3]).await.unwrap();
    here.record(&owner, &events).await.unwrap();
    here.record(&owner, &events[1..]).await.unwrap();
    let (stored, writes) = log.0.lock().unwrap().clone();
    assert_eq!((stored, writes), (events, 3));
    assert_eq!(*told.0.lock().unwrap(), [1, 2, 5]);
}

#[tokio::test]
async fn events_without_those_before_them_are_refused() {
    let (log, told, events) = (Log::default(), Told::default(), events());
    let refused = recorder(&log, &told).record(&owner(), &events[1..]).await;
    assert!(matches!(&refused, Err(StoreError::Internal(why)) if why.contains("ends with 0")), "{refused:?}");
    assert!(told.0.lock().unwrap().is_empty());
}
