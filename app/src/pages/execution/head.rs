//! The head of the page: what runs, for whom, how far it is, since when, at what cost.

use leptos::prelude::*;
use magone_core::execution::Status;

use super::live::LiveExecution;
use super::reason::ReasonLine;
use crate::components::{Copy, Elapsed, ProgressBar, StatusBadge, When, state_tone};
use crate::erased::Erase as _;
use crate::paths;
use crate::timeline::Timeline;
use crate::wording::{cost, count};

/// The head.
#[component]
pub fn Head(live: LiveExecution, tenant_name: String, tenant_slug: String) -> impl IntoView {
    let LiveExecution { view, timeline } = live;
    let first = view.get_untracked();
    let id = first.execution_id.to_string();
    view! {
        <nav class="trail" aria-label="Breadcrumb">
            <a href="/executions">"Executions"</a>
            <span aria-hidden="true">"/"</span>
            <span class="id-cell"><code>{id.clone()}</code><Copy text=id what="execution id"/></span>
        </nav>
        <div class="run-head">
            <h1>
                {first.workflow_slug}
                " "<span class="version">{format!("v{}", first.metadata.workflow_version)}</span>
            </h1>
            <div role="status">
                <StatusBadge
                    tone=Signal::derive(move || view.with(|view| state_tone(view.state)))
                    code=Signal::derive(move || view.with(|view| view.code.clone()))
                />
            </div>
        </div>
        <ReasonLine reason=Memo::new(move |_| timeline.with(Timeline::reason))/>
        <dl class="facts">
            <div><dt>"Tenant"</dt><dd title=tenant_slug>{tenant_name}</dd></div>
            <div><dt>"Accepted"</dt><dd><When at=first.created_at focusable=true/></dd></div>
            <div>
                <dt>"Duration"</dt>
                <dd>
                    <Elapsed
                        since=Signal::derive(move || view.with(|view| view.started_at))
                        until=Signal::derive(move || view.with(|view| view.completed_at))
                    />
                </dd>
            </div>
            <div class="fact-progress">
                <dt>"Steps"</dt>
                <dd>
                    <ProgressBar
                        progress=Signal::derive(move || view.with(|view| view.progress.clone()))
                        complete=Signal::derive(move || view.with(|view| view.status == Status::Completed))
                    />
                </dd>
            </div>
            <div>
                <dt>"Tokens"</dt>
                <dd>{move || view.with(|view| count(view.metadata.usage.tokens()))}</dd>
            </div>
            <div><dt>"Cost"</dt><dd>{move || view.with(|view| cost(view.metadata.usage))}</dd></div>
            <StartedBy timeline=timeline/>
            {first.session_id.map(|session| view! {
                <div><dt>"Session"</dt><dd><code>{session}</code></dd></div>
            })}
        </dl>
    }
    .erased()
}

/// The run that started this one, where one did, and what it started.
#[component]
fn StartedBy(timeline: RwSignal<Timeline>) -> impl IntoView {
    let parent = move || {
        timeline.with(|timeline| timeline.parent().map(|(parent, child)| (parent.clone(), child.to_owned())))
    };
    move || {
        parent().map(|(parent, definition)| {
            view! {
                <div><dt>"Definition"</dt><dd>{definition}</dd></div>
                <div>
                    <dt>"Started by"</dt>
                    <dd><a href=paths::execution(&parent)><code>{parent.to_string()}</code></a></dd>
                </div>
            }
        })
    }
}
