//! The page: filters, rows, and the stream that moves them.

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use super::attention::Attention;
use super::empty::EmptyList;
use super::filters::Filters;
use super::keys::{Row, go_to_row, move_by_keys};
use super::list::ExecutionList;
use super::table::ExecutionTable;
use crate::components::{Problem, Skeleton};
use crate::erased::Erase as _;
use crate::fns::list_executions;
use crate::live::{Frame, Indicator, Subscription, subscribe};
use crate::paths;
use crate::session::Session;
use crate::wire::{ExecutionPage, ExecutionQuery, ExecutionRow};

/// All runs of all tenants, newest first.
#[component]
pub fn ExecutionsPage() -> impl IntoView {
    let params = use_query_map();
    let query = Memo::new(move |_| params.with(ExecutionQuery::from_params));
    let page = Resource::new(move || query.get(), list_executions);
    let list = ExecutionList::new(query);
    let attention = Attention::new();
    follow(list, query, attention);
    move_by_keys();
    view! {
        <Title text="Executions"/>
        <div class="page">
            <div class="page-head">
                <h1>"Executions"</h1>
                <NewRuns list=list/>
            </div>
            <Filters query=query/>
            <Transition fallback=|| view! { <Skeleton/> }>
                {move || page.get().map(|answer| match answer {
                    Ok(page) => {
                        list.load(&page);
                        view! { <Rows list=list query=query page=page attention=attention/> }.erased()
                    }
                    Err(error) => view! { <Problem error=error retry=move || page.refetch()/> }.erased(),
                })}
            </Transition>
        </div>
    }
    .erased()
}

#[component]
fn Rows(
    list: ExecutionList,
    query: Memo<ExecutionQuery>,
    page: ExecutionPage,
    attention: Attention,
) -> impl IntoView {
    let older = page
        .next_cursor
        .map(|cursor| ExecutionQuery { filter: query.get_untracked().filter, cursor: Some(cursor) }.href());
    let newest = query.with_untracked(|query| {
        query.cursor.is_some().then(|| ExecutionQuery::first(query.filter.clone()).href())
    });
    view! {
        <Show
            when=move || !list.is_empty()
            fallback=move || view! { <EmptyList filter=query.get().filter example=page.example.clone()/> }
        >
            <ExecutionTable list=list attention=attention/>
        </Show>
        <nav class="pager" aria-label="Pages">
            {newest.map(|href| view! { <a class="button" href=href>"Newest"</a> })}
            {older.map(|href| view! { <a class="button" href=href>"Older"</a> })}
        </nav>
    }
    .erased()
}

/// "3 new": runs that wait until whoever reads wants them.
#[component]
fn NewRuns(list: ExecutionList) -> impl IntoView {
    let show = move |_| {
        list.show_waiting();
        // The button goes away with its reason; the keyboard goes on at the first of the new rows.
        request_animation_frame(|| go_to_row(Row::First));
    };
    view! {
        <div class="new-runs" role="status">
            {move || (list.waiting() > 0).then(|| view! {
                <button type="button" class="pill" on:click=show>{format!("{} new", list.waiting())}</button>
            })}
        </div>
    }
    .erased()
}

/// Follows the stream for as long as the page is open.
fn follow(list: ExecutionList, query: Memo<ExecutionQuery>, attention: Attention) {
    let (indicator, session) = (Indicator::get(), Session::get());
    Effect::new(move || {
        subscribe(
            indicator,
            Subscription {
                address: Box::new(|| Some(paths::stream_of_executions())),
                names: &["row"],
                on_frames: Box::new(move |frames| list.learn(rows(&frames), attention.is_held())),
                // What happened before the stream was open, or while it was broken.
                on_open: Box::new(move || {
                    let asked = list_executions(query.get_untracked());
                    spawn_local(async move {
                        let answer = asked.await;
                        if let Ok(page) = answer
                            && !list.is_gone()
                        {
                            list.learn(page.rows, attention.is_held());
                        }
                    });
                }),
                on_trouble: Box::new(move || session.check()),
            },
        );
    });
}

fn rows(frames: &[Frame]) -> Vec<ExecutionRow> {
    let read = |frame: &Frame| match serde_json::from_slice(frame.data.as_bytes()) {
        Ok(row) => Some(row),
        Err(error) => {
            leptos::logging::warn!("a row frame that this page does not understand: {error}");
            None
        }
    };
    frames.iter().filter_map(read).collect()
}
