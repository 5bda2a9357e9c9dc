//! The workflow: the interpreter's shell, with Temporal's timers, activities and signals around it.
//!
//! Everything here is gone through again at every replay. Time comes from the workflow's context,
//! and whatever waits is looked at in the order in which it was begun.
#![allow(missing_docs, reason = "the macros make constants of the methods, and take no documentation")]

use std::future::Future;
use std::pin::Pin;
use std::task::Poll;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use magone_core::child::UNWANTED;
use magone_core::execution::Refusal;
use magone_core::interpreter::ObligationId;
use magone_core::time::Timestamp;
use temporalio_common::error::ApplicationFailure;
use temporalio_macros::{workflow, workflow_methods};
use temporalio_workflow::{
    SyncWorkflowContext, TimerOptions, TimerResult, WaitConditionOptions, WorkflowCancellationToken,
    WorkflowContext, WorkflowContextView, WorkflowResult, WorkflowTermination,
};

use crate::dispatch::{Call, Prepare, Record, called, calling, child, prepared, recorded, recording};
use crate::plan::Act;
use crate::shell::{Shell, Wake};
use crate::wire::{CancelWish, DecisionTaken, DecisionWish, RunEnd, RunInput};

/// A run of a definition. Registered under the name that the first API gave it.
#[workflow]
#[derive(Debug)]
pub struct AgentWorkflow {
    /// The run; or why this binary cannot go on with its definition.
    shell: Result<Shell, String>,
    /// A message was taken in, and what follows from it was not begun yet.
    news: bool,
}

#[workflow_methods]
impl AgentWorkflow {
    /// With what the run begins with.
    #[init]
    pub fn new(_ctx: &WorkflowContextView, input: RunInput) -> Self {
        let shell = Shell::begin(&input).map_err(|problems| {
            let first = problems.first().map(|problem| problem.detail.as_str()).unwrap_or_default();
            format!("the definition does not validate any more: {first}")
        });
        Self { shell, news: false }
    }

    /// Runs to the end.
    #[run(name = "AgentWorkflow")]
    pub async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<RunEnd> {
        let mut tasks = Tasks::new(ctx);
        loop {
            let (time, entries) = (now(ctx.workflow_time()), ctx.history_length());
            let acts = with_shell(ctx, |shell| shell.plan(time, entries))?;
            acts.into_iter().for_each(|act| tasks.begin(act));
            if let Some(end) = with_shell(ctx, |shell| shell.ended())?.map_err(failed)? {
                answered(ctx).await;
                return Ok(end);
            }
            let wakes = tasks.wakes().await;
            let then = now(ctx.workflow_time());
            with_shell(ctx, |shell| wakes.into_iter().for_each(|wake| shell.take(wake, then)))?;
        }
    }

    /// Somebody wants the run to stop.
    #[signal(name = "cancel")]
    pub fn cancel(&mut self, ctx: &mut SyncWorkflowContext<Self>, wish: CancelWish) {
        if let Ok(shell) = &mut self.shell {
            shell.take(Wake::Cancel(wish.reason), now(ctx.workflow_time()));
            self.news = true;
        }
    }

    /// Somebody decided what the run asked for. Answers when it is on disk.
    #[update(name = "decide")]
    pub async fn decide(ctx: &mut WorkflowContext<Self>, wish: DecisionWish) -> DecisionTaken {
        let time = now(ctx.workflow_time());
        let taken = ctx.state_mut(|workflow| match &mut workflow.shell {
            Ok(shell) => {
                workflow.news = true;
                shell.decide(wish, time)
            }
            Err(_) => Err(Refusal::Unknown),
        });
        let stored = |workflow: &Self, seq| workflow.shell.as_ref().is_ok_and(|shell| shell.stored >= seq);
        match taken {
            Ok(seq) => {
                until(ctx, move |workflow| stored(workflow, seq)).await;
                DecisionTaken { refusal: None }
            }
            Err(refusal) => DecisionTaken { refusal: Some(refusal) },
        }
    }
}

/// Whoever sent a message gets the answer before the run is over.
async fn answered(ctx: &WorkflowContext<AgentWorkflow>) {
    let senders = ctx.clone();
    until(ctx, move |_| senders.all_handlers_finished()).await;
}

async fn until(ctx: &WorkflowContext<AgentWorkflow>, condition: impl FnMut(&AgentWorkflow) -> bool) {
    let never = WaitConditionOptions::builder().cancellation_token(WorkflowCancellationToken::new());
    // Nobody cancels that token.
    let _ = ctx.wait_condition_with_options(condition, never.build()).await;
}

fn failed(why: String) -> WorkflowTermination {
    WorkflowTermination::failed_application(ApplicationFailure::non_retryable(why))
}

fn with_shell<T>(
    ctx: &WorkflowContext<AgentWorkflow>,
    work: impl FnOnce(&mut Shell) -> T,
) -> Result<T, WorkflowTermination> {
    ctx.state_mut(|workflow| match &mut workflow.shell {
        Ok(shell) => Ok(work(shell)),
        Err(why) => Err(failed(why.clone())),
    })
}

/// The time of the task that is being worked on: the same at every replay.
fn now(time: Option<SystemTime>) -> Timestamp {
    let since = time.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    let millis = since.and_then(|since| i64::try_from(since.as_millis()).ok());
    millis.map(Timestamp::from_millis).unwrap_or_default()
}

/// One timer or activity.
struct Task {
    /// `None` for `record_events`.
    id: Option<ObligationId>,
    /// The run's own: what is stopped, and when, is the interpreter's business.
    token: WorkflowCancellationToken,
    end: Pin<Box<dyn Future<Output = Wake>>>,
}

/// What is under way, in the order in which it was begun.
struct Tasks {
    ctx: WorkflowContext<AgentWorkflow>,
    under_way: Vec<Task>,
    /// Somebody cancelled the workflow itself, past our own API, and the run knows.
    cancelled: bool,
}

impl Tasks {
    fn new(ctx: &WorkflowContext<AgentWorkflow>) -> Self {
        Self { ctx: ctx.clone(), under_way: Vec::new(), cancelled: false }
    }

    fn begin(&mut self, act: Act) {
        let token = WorkflowCancellationToken::new();
        let (ctx, inner) = (self.ctx.clone(), token.clone());
        let (id, end): (_, Pin<Box<dyn Future<Output = Wake>>>) = match act {
            Act::Stop(id) => return self.stop(&id),
            Act::Timer { id, in_ms } => (Some(id.clone()), Box::pin(timer(ctx, id, in_ms, inner))),
            Act::Call { id, name, input } => {
                let options = calling(&id, &input, inner);
                let of = id.clone();
                let end = async move {
                    Wake::Call(of, called(ctx.execute_activity(Call(name), *input, options).await))
                };
                (Some(id), Box::pin(end))
            }
            Act::Prepare { id, input } => {
                let options = recording(inner);
                let of = id.clone();
                let end = async move {
                    Wake::Prepared(of, prepared(ctx.execute_activity(Prepare, *input, options).await))
                };
                (Some(id), Box::pin(end))
            }
            Act::Child { id, input } => (Some(id.clone()), Box::pin(run_child(ctx, id, *input, inner))),
            Act::Record(input) => {
                let options = recording(inner);
                let end = async move {
                    Wake::Recorded(recorded(ctx.execute_activity(Record, input, options).await))
                };
                (None, Box::pin(end))
            }
        };
        self.under_way.push(Task { id, token, end });
    }

    fn stop(&self, id: &ObligationId) {
        let of_id = self.under_way.iter().filter(|task| task.id.as_ref() == Some(id));
        of_id.for_each(|task| task.token.cancel_with_reason(UNWANTED));
    }

    /// What came to its end next. Empty when a message was taken in meanwhile.
    async fn wakes(&mut self) -> Vec<Wake> {
        let ctx = self.ctx.clone();
        let mut news = Box::pin(until(&ctx, |workflow| workflow.news));
        let token = ctx.cancellation_token();
        let mut outside = Box::pin(token.cancelled());
        let wakes = std::future::poll_fn(|cx| {
            let mut wakes = Vec::new();
            let told = news.as_mut().poll(cx).is_ready();
            if !self.cancelled && outside.as_mut().poll(cx).is_ready() {
                self.cancelled = true;
                wakes.push(Wake::Cancel(token.reason().filter(|reason| !reason.is_empty())));
            }
            self.under_way.retain_mut(|task| match task.end.as_mut().poll(cx) {
                Poll::Ready(wake) => {
                    wakes.push(wake);
                    false
                }
                Poll::Pending => true,
            });
            if wakes.is_empty() && !told { Poll::Pending } else { Poll::Ready(wakes) }
        })
        .await;
        ctx.state_mut(|workflow| workflow.news = false);
        wakes
    }
}

async fn run_child(
    ctx: WorkflowContext<AgentWorkflow>,
    id: ObligationId,
    input: RunInput,
    token: WorkflowCancellationToken,
) -> Wake {
    let options = child(input.owner.temporal_workflow_id.clone(), token);
    let started = match ctx.start_child_workflow(AgentWorkflow::run, input, options).await {
        Ok(started) => started,
        Err(error) => return Wake::Child(id, Err(error.to_string())),
    };
    let ended = started.result().await.map_err(|error| error.to_string());
    Wake::Child(id, ended.and_then(|run| run.end.ok_or_else(|| "it does not say how it ended".to_owned())))
}

async fn timer(
    ctx: WorkflowContext<AgentWorkflow>,
    id: ObligationId,
    in_ms: u64,
    token: WorkflowCancellationToken,
) -> Wake {
    let options = TimerOptions::builder(Duration::from_millis(in_ms))
        .cancellation_token(token)
        .summary(id.as_str().to_owned());
    let fired = matches!(ctx.timer(options.build()).await, TimerResult::Fired);
    Wake::Timer(id, fired)
}
