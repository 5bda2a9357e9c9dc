//! The page: head, outcome, steps, conversation, events.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use magone_core::error::ErrorCode;
use magone_core::ids::ExecutionId;

use super::conversation::Conversation;
use super::event_log::EventLog;
use super::head::Head;
use super::live::LiveExecution;
use super::outcome::{Input, Outcome};
use super::steps::Steps;
use crate::components::{Problem, Skeleton};
use crate::erased::Erase as _;
use crate::fns::get_execution;
use crate::wire::{ConsoleError, ExecutionDetail};

/// One run.
#[component]
pub fn ExecutionPage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| {
        ExecutionId::from_text(params.with(|params| params.get("id")).unwrap_or_default())
    });
    let detail = Resource::new(move || id.get(), get_execution);
    view! {
        <Title text=move || id.get().to_string()/>
        <div class="page wide">
            <Transition fallback=|| view! { <Skeleton/> }>
                {move || detail.get().map(|answer| match answer {
                    Ok(detail) => view! { <Live detail=detail/> }.erased(),
                    Err(error) if error.code == ErrorCode::NotFound => view! { <Missing error=error/> }.erased(),
                    Err(error) => view! { <Problem error=error retry=move || detail.refetch()/> }.erased(),
                })}
            </Transition>
        </div>
    }
    .erased()
}

#[component]
fn Live(detail: ExecutionDetail) -> impl IntoView {
    let live = LiveExecution::new(&detail);
    live.follow();
    let input = detail.input();
    view! {
        <Head live=live tenant_name=detail.tenant_name tenant_slug=detail.tenant_slug/>
        <Outcome live=live/>
        <div class="columns">
            <div class="column">
                <Steps live=live/>
                <Conversation live=live/>
            </div>
            <div class="column">
                <EventLog live=live/>
                {input.map(|input| view! { <Input input=input/> })}
            </div>
        </div>
    }
    .erased()
}

/// No such run, with the status that belongs to it.
#[component]
fn Missing(error: ConsoleError) -> impl IntoView {
    #[cfg(feature = "ssr")]
    crate::request::set_status(error.code);
    view! {
        <section class="empty">
            <h1>"There is no such execution"</h1>
            <p>{error.detail}</p>
            <p><a class="button" href="/executions">"To the executions"</a></p>
        </section>
    }
    .erased()
}
