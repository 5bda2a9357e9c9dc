//! A list without rows: nothing fits the filter, or nothing ever ran.

use leptos::prelude::*;

use crate::components::{CodeBlock, Empty};
use crate::erased::Erase as _;
use crate::wire::{Example, ExecutionFilter, ExecutionQuery};

/// What to do about it.
#[component]
pub fn EmptyList(filter: ExecutionFilter, example: Option<Example>) -> impl IntoView {
    if filter.is_active() {
        return view! {
            <Empty title="No execution fits this filter">
                <p><a class="button" href=ExecutionQuery::default().href()>"Show all"</a></p>
            </Empty>
        }
        .erased();
    }
    let Some(example) = example else {
        return view! {
            <Empty title="There is nothing further back">
                <p><a class="button" href=ExecutionQuery::default().href()>"To the newest"</a></p>
            </Empty>
        }
        .erased();
    };
    let known = example.workflow_slug.is_some();
    view! {
        <Empty title="Nothing has run yet">
            <p>"Start a workflow from a terminal. It appears here at once, and its steps while they happen."</p>
            <Show when=move || !known>
                <p>
                    "There is no workflow yet: "<code>"magone workflow apply -f FILE"</code>" brings one in, "
                    <code>"magone workflow assign"</code>" gives it to a tenant."
                </p>
            </Show>
            <CodeBlock text=curl(&example) what="command"/>
            <p class="hint">
                "A key is shown once, when it is made: "<code>"magone key create"</code>
                ". A server started with "<code>"--demo"</code>" prints one."
            </p>
        </Empty>
    }
    .erased()
}

/// A command that works when it is pasted, once the key is in the environment.
fn curl(example: &Example) -> String {
    let slug = example.workflow_slug.as_deref().unwrap_or("WORKFLOW");
    format!(
        "curl -X POST {}/api/v1/external/execute/{slug}/async \\\n  \
         -H \"X-API-Key: $MAGONE_API_KEY\" \\\n  \
         -H \"Content-Type: application/json\" \\\n  \
         -d '{{\"input\": \"How did sales do last quarter?\"}}'",
        example.api_url
    )
}
