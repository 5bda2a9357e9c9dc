//! What was said: instructions, questions, answers, and tool calls with their results.

use leptos::prelude::*;
use magone_core::message::Role;

use super::live::LiveExecution;
use crate::components::{CodeBlock, Icon, pretty};
use crate::erased::Erase as _;
use crate::timeline::{Speech, Timeline, ToolOutcome};
use crate::wording::{duration, plural};

/// Entries that are in the page at once, until more are asked for.
const SHOWN: usize = 60;

/// The conversation, oldest first. Long ones begin with their last entries.
#[component]
pub fn Conversation(live: LiveExecution) -> impl IntoView {
    let timeline = live.timeline;
    let shown = RwSignal::new(SHOWN);
    let length = Memo::new(move |_| timeline.with(|timeline| timeline.speech().len()));
    let hidden = move || length.get().saturating_sub(shown.get());
    // A call and its result are two entries to the key, so that the second replaces the first.
    let entries = move || {
        timeline.with(|timeline: &Timeline| {
            timeline
                .speech()
                .iter()
                .enumerate()
                .skip(hidden())
                .map(|(i, said)| (i, said.clone()))
                .collect::<Vec<_>>()
        })
    };
    let key = |(i, said): &(usize, Speech)| {
        (*i, matches!(said, Speech::Tool { outcome: ToolOutcome::Pending, .. }))
    };
    view! {
        <Show when=move || { length.get() > 0 }>
            <section class="panel" aria-labelledby="conversation-title">
                <h2 id="conversation-title">"Conversation"</h2>
                <Show when=move || { hidden() > 0 }>
                    <button type="button" class="link" on:click=move |_| shown.update(|shown| *shown += SHOWN)>
                        {move || plural(u64::try_from(hidden()).unwrap_or(0), "earlier entry", "earlier entries")}
                    </button>
                </Show>
                <ol class="conversation">
                    <For each=entries key=key let((_, said))>
                        <Entry said=said/>
                    </For>
                </ol>
            </section>
        </Show>
    }
    .erased()
}

#[component]
fn Entry(said: Speech) -> impl IntoView {
    match said {
        Speech::Message { role, name, content, .. } => {
            let (class, who) = match role {
                Role::System => ("system", format!("Instructions to {name}")),
                Role::User => ("user", format!("Input of {name}")),
                Role::Assistant => ("assistant", name),
                Role::Tool => ("tool", name),
            };
            let body = if role == Role::System {
                view! { <details><summary>{who}</summary><p class="said">{content}</p></details> }.erased()
            } else {
                view! { <p class="who">{who}</p><p class="said">{content}</p> }.erased()
            };
            view! { <li class=class>{body}</li> }.erased()
        }
        Speech::Tool { tool, arguments, outcome, at, .. } => {
            let (word, answer) = match outcome {
                ToolOutcome::Pending => ("called".to_owned(), None),
                ToolOutcome::Answered { output, at: end } => {
                    (format!("answered in {}", duration(end.millis_since(at))), Some(pretty(&output)))
                }
                ToolOutcome::Failed { failure, at: end } => {
                    (format!("failed after {}", duration(end.millis_since(at))), Some(failure.error))
                }
            };
            view! {
                <li class="tool">
                    <details>
                        <summary><Icon name="tool"/><code>{tool}</code><span class="hint">{word}</span></summary>
                        <CodeBlock text=pretty(&arguments) what="arguments"/>
                        {answer.map(|answer| view! { <CodeBlock text=answer what="result"/> })}
                    </details>
                </li>
            }
            .erased()
        }
    }
}
