//! The events as they happen. However many there are, only those that can be seen are in the page.

use leptos::prelude::*;
use magone_core::execution::{Event, EventKind};

use super::live::LiveExecution;
use super::scroll::Scroll;
use crate::components::{CodeBlock, pretty};
use crate::erased::Erase as _;
use crate::timeline::{Timeline, sentence};
use crate::wording::clock;

/// The log. It follows its end while the end is what is seen.
#[component]
pub fn EventLog(live: LiveExecution) -> impl IntoView {
    let timeline = live.timeline;
    let total = Memo::new(move |_| timeline.with(|timeline| timeline.log().len()));
    let grows = timeline.with_untracked(|timeline| !timeline.is_over());
    let scroll = Scroll::new(total, grows);
    let chosen = RwSignal::new(None::<u64>);
    let rows = move || {
        let window = scroll.window();
        timeline.with(|timeline: &Timeline| {
            timeline.log().iter().skip(window.first).take(window.count).cloned().collect::<Vec<Event>>()
        })
    };
    view! {
        <section class="panel" aria-labelledby="events-title">
            <h2 id="events-title">"Events "<span class="count">{move || total.get()}</span></h2>
            <div class="events" node_ref=scroll.list on:scroll=move |_| scroll.scrolled() tabindex="0" role="group" aria-labelledby="events-title">
                <ol>
                    <li class="pad" aria-hidden="true" node_ref=scroll.above></li>
                    <For each=rows key=|event| event.seq let:event>
                        <Line event=event chosen=chosen/>
                    </For>
                    <li class="pad" aria-hidden="true" node_ref=scroll.below></li>
                </ol>
            </div>
            <Raw timeline=timeline chosen=chosen/>
        </section>
    }
    .erased()
}

/// What deserves a colour: ends, failures and what is tried again.
fn colour(kind: &EventKind) -> &'static str {
    match kind {
        EventKind::ExecutionCompleted { .. } | EventKind::StepCompleted { .. } => "good",
        EventKind::ExecutionFailed { .. } | EventKind::StepFailed { .. } => "bad",
        EventKind::ToolResult { result: Err(_), .. } => "bad",
        EventKind::StepRetrying { .. }
        | EventKind::ApprovalRequired { .. }
        | EventKind::TimerStarted { .. }
        | EventKind::ExecutionCancelling { .. } => "wait",
        EventKind::ChildEnded { code: Some(_), .. } => "bad",
        EventKind::ExecutionStarted {} | EventKind::StepStarted { .. } => "live",
        _ => "",
    }
}

#[component]
fn Line(event: Event, chosen: RwSignal<Option<u64>>) -> impl IntoView {
    let seq = event.seq;
    let (step, words) = sentence(&event);
    let step = step.map(ToString::to_string);
    let choose =
        move |_| chosen.update(|chosen| *chosen = if *chosen == Some(seq) { None } else { Some(seq) });
    view! {
        <li>
            <button
                type="button" class=format!("event {}", colour(&event.kind)) on:click=choose
                aria-pressed=move || (chosen.get() == Some(seq)).to_string()
            >
                <span class="event-time">{clock(event.time)}</span>
                <span class="event-name">{event.kind.name()}</span>
                {step.map(|step| view! { <code class="event-step">{step}</code> })}
                <span class="event-words">{words}</span>
            </button>
        </li>
    }
    .erased()
}

/// The chosen event as it is in the log.
#[component]
fn Raw(timeline: RwSignal<Timeline>, chosen: RwSignal<Option<u64>>) -> impl IntoView {
    let event = move || {
        let seq = chosen.get()?;
        timeline.with(|timeline| {
            let found = timeline.log().binary_search_by_key(&seq, |event| event.seq).ok()?;
            serde_json::to_value(timeline.log().get(found)?).ok()
        })
    };
    view! {
        <div class="raw" role="status">
            {move || event().map(|event| view! {
                <h3>{move || chosen.get().map(|seq| format!("Event {seq}"))}</h3>
                <CodeBlock text=pretty(&event) what="event"/>
            })}
        </div>
    }
    .erased()
}
