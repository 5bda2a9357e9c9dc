//! What tenants see of each event.

use serde_json::{Map, Value, json};

use super::{EventKind, tool_call_name};

impl EventKind {
    /// What the tenant sees: no instructions, prompts, `config`, step outputs, tool arguments or
    /// results, no passages that were found, and no error chains.
    #[must_use]
    pub fn public_face(&self) -> Value {
        match self {
            Self::ExecutionCreated {
                workflow_slug, session_id, pins, steps_total, parent, retry_of, ..
            } => json!({
                "workflow_slug": workflow_slug,
                "workflow_version": pins.version,
                "session_id": session_id,
                "steps_total": steps_total,
                "parent_execution_id": parent.as_ref().map(|parent| &parent.execution_id),
                "retry_of": retry_of.as_ref().map(|retry| &retry.execution_id),
            }),
            Self::ExecutionQueued {} | Self::ExecutionStarted {} => Value::Object(Map::new()),
            Self::StepStarted { step, kind, title, reused, .. } => {
                json!({"step": step, "kind": kind, "title": title, "reused": reused})
            }
            Self::StepCompleted { step, .. } | Self::TimerFired { step } => json!({"step": step}),
            Self::StepFailed { step, failure, handled } => {
                json!({"step": step, "code": failure.code, "error": failure.error, "handled": handled})
            }
            Self::StepRetrying { step, attempt, reason, retry_at, failure, .. } => json!({
                "step": step,
                "attempt": attempt,
                "reason": reason,
                "retry_at": retry_at,
                "code": failure.as_ref().map(|f| &f.code),
                "error": failure.as_ref().map(|f| f.error.as_str()),
            }),
            Self::AgentStarted { .. }
            | Self::AgentCompleted { .. }
            | Self::MessageCompleted { .. }
            | Self::ToolCalled { .. }
            | Self::ToolResult { .. }
            | Self::KnowledgeRetrieved { .. } => self.face_of_talk(),
            Self::ApprovalRequired { .. } | Self::ApprovalResolved { .. } => self.face_of_approval(),
            Self::ChildStarted { step, execution_id, .. } => {
                json!({"step": step, "execution_id": execution_id})
            }
            Self::ChildEnded { step, execution_id, code, usage, total, .. } => {
                json!({"step": step, "execution_id": execution_id, "code": code, "usage": usage, "total": total})
            }
            Self::TimerStarted { step, fire_at, reason } => {
                json!({"step": step, "fire_at": fire_at, "reason": reason})
            }
            Self::UsageUpdated { step, model, usage, total } => {
                json!({"step": step, "model": model, "usage": usage, "total": total})
            }
            Self::ExecutionCancelling { reason } | Self::ExecutionCancelled { reason } => {
                json!({"reason": reason})
            }
            // The stream puts the whole projection here; the face alone names how it ended.
            Self::ExecutionCompleted { .. } => json!({"status": "completed"}),
            Self::ExecutionFailed { failure } => {
                json!({"status": "failed", "code": failure.code, "error": failure.error})
            }
        }
    }

    fn face_of_talk(&self) -> Value {
        match self {
            Self::AgentStarted { step, agent, .. } => json!({"step": step, "agent": agent}),
            Self::AgentCompleted { step, agent, turns } => {
                json!({"step": step, "agent": agent, "turns": turns})
            }
            Self::MessageCompleted { step, turn, message, .. } => json!({
                "step": step,
                "turn": turn,
                "content": message.content,
                // By the names that `tool.called` and `tool.result` have.
                "tool_calls": message.tool_calls.iter().enumerate()
                    .map(|(place, call)| json!({"call_id": tool_call_name(*turn, place), "tool": call.tool}))
                    .collect::<Vec<_>>(),
            }),
            Self::ToolCalled { step, turn, call_id, tool, .. } => {
                json!({"step": step, "turn": turn, "call_id": call_id, "tool": tool})
            }
            Self::ToolResult { step, turn, call_id, tool, result } => {
                json!({"step": step, "turn": turn, "call_id": call_id, "tool": tool, "ok": result.is_ok()})
            }
            Self::KnowledgeRetrieved { step, turn, call_id, collection, hits } => json!({
                "step": step,
                "turn": turn,
                "call_id": call_id,
                "collection": collection,
                "hits": hits,
            }),
            _ => Value::Null,
        }
    }

    fn face_of_approval(&self) -> Value {
        match self {
            Self::ApprovalRequired { step, approval_id, prompt, schema, expires_at } => json!({
                "step": step,
                "approval_id": approval_id,
                "prompt": prompt,
                "schema": schema,
                "expires_at": expires_at,
            }),
            Self::ApprovalResolved { step, approval_id, decision, timed_out } => json!({
                "step": step,
                "approval_id": approval_id,
                "decision": decision.decision,
                "comment": decision.comment,
                "timed_out": timed_out,
            }),
            _ => Value::Null,
        }
    }
}
