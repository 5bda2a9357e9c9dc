//! The chips and the search. All of it is links and one form that asks by address, so it works before
//! the page is hydrated and without script.

use leptos::prelude::*;
use leptos_router::components::Form;
use magone_core::execution::{RunState, Status};

use crate::components::{Icon, state_tone};
use crate::erased::Erase as _;
use crate::wire::{ExecutionFilter, ExecutionQuery};

/// The state that stands for a status where only the status is known.
fn typical(status: Status) -> RunState {
    match status {
        Status::Pending => RunState::Queued,
        Status::Running => RunState::Running,
        Status::Completed => RunState::Completed,
        Status::Failed => RunState::Failed,
    }
}

/// Which runs are shown.
#[component]
pub fn Filters(query: Memo<ExecutionQuery>) -> impl IntoView {
    let all = move || query.with(|query| query.filter.statuses.is_empty());
    let text = move || query.with(|query| query.filter.text.clone());
    let words = move || query.with(ExecutionQuery::status_words);
    let any = move || {
        let text = query.with(|query| query.filter.text.clone());
        ExecutionQuery::first(ExecutionFilter { statuses: Vec::new(), text }).href()
    };
    view! {
        <div class="filters">
            <ul class="chips" aria-label="Status">
                <li><a class="chip" href=any data-noscroll aria-current=move || all().then_some("true")>"All"</a></li>
                {Status::ALL.map(|status| view! { <li><Chip status=status query=query/></li> })}
            </ul>
            <Form method="GET" action="/executions" attr:class="search" attr:role="search">
                <Show when=move || !all()>
                    <input type="hidden" name="status" value=words/>
                </Show>
                <label class="sr-only" for="q">"Search by id, workflow or tenant"</label>
                <input
                    id="q" name="q" type="search" maxlength="100" autocomplete="off" spellcheck="false"
                    placeholder="Id, workflow or tenant" prop:value=text value=text
                />
                <button class="button"><Icon name="search"/><span class="sr-only">"Search"</span></button>
            </Form>
        </div>
    }
    .erased()
}

#[component]
fn Chip(status: Status, query: Memo<ExecutionQuery>) -> impl IntoView {
    let tone = state_tone(typical(status));
    let chosen = move || query.with(|query| query.filter.statuses.contains(&status));
    let href = move || query.with(|query| ExecutionQuery::first(query.filter.toggled(status)).href());
    view! {
        <a
            class=format!("chip {}", tone.class)
            href=href data-noscroll
            aria-current=move || chosen().then_some("true")
        >
            <Icon name=tone.icon/>
            {tone.word}
            <span class="sr-only">{move || if chosen() { ", shown. Leave out" } else { ". Show" }}</span>
        </a>
    }
    .erased()
}
