//! What a run is to whoever looks at it: its status, its events, and the one projection of them.

mod approval;
mod child;
mod event;
mod face;
mod pins;
mod retry;
mod status;
mod usage;
mod view;

pub use approval::{Decision, Refusal, Verdict, approval_id};
pub use child::{Budget, ChildEnd, ChildRun, Parent};
pub use event::{Event, EventKind, RetryReason, TimerReason, ToolRequest, tool_call_name};
pub use pins::{PinnedWorkflow, Pins};
pub use retry::{Retry, RetryOf};
pub use status::{RunState, Status};
pub use usage::Usage;
pub use view::{ExecutionView, Metadata, Progress, ResultMode};
