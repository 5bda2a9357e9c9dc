//! What has to be done next in the world: the open obligations of a state.

use super::conversation::Conversation;
use super::obligation::{Duty, Obligation, ObligationId, Target};
use super::state::{OpenCall, Phase, State, StepRun, Work};
use super::step::{child, dialogue};
use crate::activity::{Activity, Completion, ToolCall};
use crate::path::StepPath;
use crate::workflow::{Step, StepKind};

impl State {
    /// The open obligations, in a fixed order. An engine begins those that it has not begun, and
    /// stops those that it has begun and that are no longer here.
    #[must_use]
    pub fn due(&self) -> Vec<Obligation> {
        if self.phase != Phase::Running {
            return Vec::new();
        }
        let mut due = vec![self.run_deadline()];
        for path in &self.active {
            if let (Some(step), Some(run)) = (self.step_of(path), self.run_of(path)) {
                due.extend(step_deadline(path, step, run));
                due.extend(self.timer(path, run));
                due.extend(child_duty(path, run));
                let calls = self.open_calls(path);
                due.extend(calls.into_iter().filter_map(|(name, call)| call_duty(path, step, &name, call)));
            }
        }
        due
    }

    /// The activity that an open obligation asks for; `None` when it is no activity or not open.
    #[must_use]
    pub fn activity(&self, id: &ObligationId) -> Option<Activity> {
        let Target::Call { path, call, attempt } = id.parse()? else {
            return None;
        };
        let path = StepPath::root(path);
        self.open_call(&path, call).filter(|open| open.attempt == attempt)?;
        let step = self.step_of(&path)?;
        match &self.run_of(&path)?.work {
            Work::Tool { tool, arguments, .. } => {
                Some(Activity::ExecuteTool(ToolCall { tool: tool.clone(), arguments: arguments.clone() }))
            }
            Work::Knowledge { retrieval, .. } => Some(Activity::RetrieveKnowledge(retrieval.clone())),
            Work::Conversation(conversation) => match conversation.tool(call) {
                Some(tool) => Some(dialogue::activity(self, step, &tool.request)),
                None => self.completion(step, conversation).map(Activity::LlmCompletion),
            },
            _ => None,
        }
    }

    fn completion(&self, step: &Step, conversation: &Conversation) -> Option<Completion> {
        let agent = match &step.kind {
            StepKind::Agent { agent, .. } => self.program().agent(agent),
            _ => None,
        };
        Some(Completion {
            model: dialogue::model(self, step, conversation)?,
            messages: conversation.messages.clone(),
            tools: dialogue::allowed_tools(self, step).to_vec(),
            knowledge: dialogue::collections(self, step).to_vec(),
            output_schema: self.program().answer_schema(&step.id).cloned(),
            temperature: agent.and_then(|agent| agent.temperature),
            max_tokens: agent.and_then(|agent| agent.max_tokens),
            agent: agent.map(|agent| agent.id.clone()),
        })
    }

    fn run_deadline(&self) -> Obligation {
        let limit = self.limits.timeout_seconds;
        let fire_at = self.started_at.plus_millis(limit.saturating_mul(1_000));
        Obligation { id: ObligationId::deadline(None), duty: Duty::Timer { fire_at } }
    }

    /// Whether the step is under way and has a deadline of its own.
    pub(super) fn has_deadline(&self, path: &StepPath) -> bool {
        let limit = |step: &Step| step.timeout_seconds.filter(|_| !times_attempts(step));
        self.active.contains(path) && self.step_of(path).and_then(limit).is_some()
    }

    fn timer(&self, path: &StepPath, run: &StepRun) -> Option<Obligation> {
        match run.work {
            Work::Wait { fire_at } => {
                Some(Obligation { id: ObligationId::wait(path), duty: Duty::Timer { fire_at } })
            }
            _ => None,
        }
    }
}

/// Whether the step's time-out is that of each attempt; otherwise it is that of the whole step.
fn times_attempts(step: &Step) -> bool {
    matches!(step.kind, StepKind::Tool { .. } | StepKind::Llm { .. } | StepKind::Knowledge { .. })
}

fn step_deadline(path: &StepPath, step: &Step, run: &StepRun) -> Option<Obligation> {
    let seconds = step.timeout_seconds.filter(|_| !times_attempts(step))?;
    let fire_at = run.began_at.plus_millis(seconds.saturating_mul(1_000));
    Some(Obligation { id: ObligationId::deadline(Some(path)), duty: Duty::Timer { fire_at } })
}

fn child_duty(path: &StepPath, run: &StepRun) -> Option<Obligation> {
    match &run.work {
        Work::Child { call, .. } => Some(Obligation {
            id: ObligationId::call(path, child::CALL, call.attempt),
            duty: Duty::Child { not_before: call.not_before },
        }),
        _ => None,
    }
}

fn call_duty(path: &StepPath, step: &Step, name: &str, call: &OpenCall) -> Option<Obligation> {
    if call.parked {
        return None;
    }
    let timeout_ms = step.timeout_seconds.filter(|_| times_attempts(step)).map(|s| s.saturating_mul(1_000));
    Some(Obligation {
        id: ObligationId::call(path, name, call.attempt),
        duty: Duty::Call { not_before: call.not_before, timeout_ms },
    })
}
