//! The steps as a tree, with what each took and when.

use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_query_map};
use magone_core::path::StepPath;

use super::live::LiveExecution;
use super::part::{End, Part};
use crate::clock::Clock;
use crate::components::{CodeBlock, Elapsed, StatusBadge, Tone, pretty};
use crate::erased::Erase as _;
use crate::paths;
use crate::query::escaped;
use crate::timeline::{Phase, Step, Timeline};
use crate::wording::{count, duration, plural};

/// The tree. Which step is open is in the address.
#[component]
pub fn Steps(live: LiveExecution) -> impl IntoView {
    let timeline = live.timeline;
    let clock = Clock::get();
    let params = use_query_map();
    let open = Memo::new(move |_| params.with(|params| params.get("step")));
    let part = RwSignal::new(Part::default());
    let rows = move |end: End| {
        let part = part.get();
        timeline.with(|timeline| {
            part.of(timeline.steps(), end).iter().map(|step| step.path.clone()).collect::<Vec<_>>()
        })
    };
    let (head, tail) = (Memo::new(move |_| rows(End::Head)), Memo::new(move |_| rows(End::Tail)));
    let hidden = Memo::new(move |_| timeline.with(|timeline| part.get().hidden(timeline.steps().len())));
    let span = Memo::new(move |_| {
        timeline.with(|timeline| timeline.span(if timeline.is_over() { None } else { clock.now() }))
    });
    let whole = move || duration(span.get().1.millis_since(span.get().0));
    view! {
        <section class="panel" aria-labelledby="steps-title">
            <h2 id="steps-title">"Steps"</h2>
            <table class="table steps" role="table">
                <thead role="rowgroup">
                    <tr role="row">
                        <th role="columnheader" scope="col">"Step"</th>
                        <th role="columnheader" scope="col">"Status"</th>
                        <th role="columnheader" scope="col" class="number">"Attempts"</th>
                        <th role="columnheader" scope="col" class="number">"Duration"</th>
                        <th role="columnheader" scope="col" class="axis">
                            <span class="sr-only">"When"</span>
                            <span aria-hidden="true">"0"</span>
                            <span aria-hidden="true">{whole}</span>
                        </th>
                    </tr>
                </thead>
                <tbody role="rowgroup">
                    <For each=move || head.get() key=Clone::clone let:path>
                        <Row path=path timeline=timeline span=span open=open/>
                    </For>
                    <Gap hidden=hidden part=part/>
                    <For each=move || tail.get() key=Clone::clone let:path>
                        <Row path=path timeline=timeline span=span open=open/>
                    </For>
                </tbody>
            </table>
            <Show when=move || head.with(Vec::is_empty)>
                <p class="hint">"No step has begun yet."</p>
            </Show>
        </section>
    }
    .erased()
}

/// The steps that are not in the page, and a way to bring some in.
#[component]
fn Gap(hidden: Memo<usize>, part: RwSignal<Part>) -> impl IntoView {
    let words = move || plural(u64::try_from(hidden.get()).unwrap_or(0), "step between", "steps between");
    view! {
        <Show when=move || { hidden.get() > 0 }>
            <tr role="row" class="gap">
                <td role="cell" colspan="5">
                    <button type="button" class="link" on:click=move |_| part.update(Part::grow)>{words}</button>
                </td>
            </tr>
        </Show>
    }
    .erased()
}

#[component]
fn Row(
    path: StepPath,
    timeline: RwSignal<Timeline>,
    span: Memo<(magone_core::time::Timestamp, magone_core::time::Timestamp)>,
    open: Memo<Option<String>>,
) -> impl IntoView {
    let found = path.clone();
    let step = Memo::new(move |_| timeline.with(|timeline| timeline.step(&found).cloned()));
    let Some(first) = step.get_untracked() else {
        return ().erased();
    };
    let text = path.to_string();
    let is_open = Memo::new(move |_| open.with(|open| open.as_deref() == Some(text.as_str())));
    let page = use_location().pathname;
    let query = format!("?step={}", escaped(path.as_str()));
    let href = move || page.with(|page| if is_open.get() { page.clone() } else { format!("{page}{query}") });
    let tone = Signal::derive(move || {
        step.with(|step| step.as_ref().map_or(Tone::from(&Phase::Running), |s| Tone::from(&s.phase)))
    });
    view! {
        <tr role="row" class=move || format!("step {}", tone.get().class)>
            <th role="rowheader" scope="row" class=format!("indent-{}", first.depth.min(6))>
                <a class="row-link" href=href data-noscroll aria-expanded=move || is_open.get().to_string()>
                    {path.parent().map(|parent| view! { <span class="sr-only">{format!("{parent}, ")}</span> })}
                    {first.title.clone().unwrap_or_else(|| path.step_id().to_owned())}
                </a>
                <span class="kind">{first.kind.clone()}</span>
                {path.pass().map(|pass| view! { <span class="kind">{format!("#{pass}")}</span> })}
            </th>
            <td role="cell">
                <StatusBadge tone=tone code=Signal::derive(move || step.with(|s| s.as_ref().and_then(|s| s.phase.code())))/>
            </td>
            <td role="cell" class="number">{move || step.with(|step| step.as_ref().map(Step::attempts))}</td>
            <td role="cell" class="number">
                <Elapsed
                    since=Signal::stored(Some(first.started))
                    until=Signal::derive(move || step.with(|step| step.as_ref().and_then(|step| step.ended)))
                />
            </td>
            <td role="cell" class="axis"><Bar step=step span=span/></td>
        </tr>
        {move || is_open.get().then(|| step.get()).flatten().map(|step| view! { <Detail step=step/> })}
    }
    .erased()
}

/// Hundredths of a percent of the run's span, as SVG takes them.
fn share(part: u64, whole: u64) -> String {
    let share = part.min(whole).saturating_mul(10_000) / whole.max(1);
    format!("{}.{:02}%", share / 100, share % 100)
}

/// When a step ran within the run, and when it was tried again.
#[component]
fn Bar(
    step: Memo<Option<Step>>,
    span: Memo<(magone_core::time::Timestamp, magone_core::time::Timestamp)>,
) -> impl IntoView {
    let whole = move || span.get().1.millis_since(span.get().0);
    let x = move || {
        step.with(|step| step.as_ref().map(|step| share(step.started.millis_since(span.get().0), whole())))
    };
    let width = move || step.with(|step| step.as_ref().map(|step| share(step.millis(span.get().1), whole())));
    let ticks = move || {
        let at = |step: &Step| -> Vec<String> {
            step.retries.iter().map(|retry| share(retry.at.millis_since(span.get().0), whole())).collect()
        };
        step.with(|step| step.as_ref().map(at).unwrap_or_default())
    };
    view! {
        <svg class="bar" aria-hidden="true" width="100%" height="16">
            <rect class="bar-track" width="100%" height="1" y="8"></rect>
            <rect class="bar-run" x=x width=width y="4" height="8" rx="2"></rect>
            {move || ticks().into_iter().map(|x| view! {
                <rect class="bar-retry" x=x y="1" width="2" height="14"></rect>
            }).collect_view()}
        </svg>
    }
    .erased()
}

/// All that is known of one step, below its row.
#[component]
fn Detail(step: Step) -> impl IntoView {
    let failure = match &step.phase {
        Phase::Failed { failure, .. } => Some(failure.clone()),
        _ => None,
    };
    let model = (step.usage.tokens() > 0).then(|| format!("{} tokens", count(step.usage.tokens())));
    let facts: Vec<String> = [
        Some(step.path.to_string()),
        step.agent.as_ref().map(|agent| format!("agent {agent}")),
        step.tool.as_ref().map(|tool| format!("tool {tool}")),
        (step.turns > 0).then(|| format!("turn {}", step.turns)),
        model,
    ]
    .into_iter()
    .flatten()
    .collect();
    view! {
        <tr role="row" class="step-detail">
            <td role="cell" colspan="5">
                <p class="notice-facts">{facts.into_iter().map(|fact| view! { <span>{fact}</span> }).collect_view()}</p>
                {step.child.map(|child| view! {
                    <p>"Child execution "<a href=paths::execution(&child)><code>{child.to_string()}</code></a></p>
                })}
                {failure.map(|failure| view! {
                    <p class="outcome-text">{failure.error}</p>
                    {failure.detail.map(|detail| view! { <CodeBlock text=detail what="cause"/> })}
                })}
                {(!step.retries.is_empty()).then(|| view! {
                    <ul class="retries">
                        {step.retries.iter().map(|retry| view! { <li>{retry.words()}</li> }).collect_view()}
                    </ul>
                })}
                {step.request.map(|request| view! { <h3>"Given"</h3><CodeBlock text=pretty(&request) what="request"/> })}
                {step.output.map(|output| view! { <h3>"Output"</h3><CodeBlock text=pretty(&output) what="output"/> })}
            </td>
        </tr>
    }
    .erased()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_stay_inside() {
        assert_eq!(share(0, 0), "0.00%");
        assert_eq!(share(1, 3), "33.33%");
        assert_eq!(share(9, 3), "100.00%");
    }
}
