//! What went in and what came out.

use leptos::prelude::*;
use magone_core::json::Json;
use serde_json::Value;

use super::live::LiveExecution;
use crate::components::{CodeBlock, Icon, pretty};
use crate::erased::Erase as _;
use crate::timeline::{Reason, Timeline};

/// The result or the error, once there is one.
#[component]
pub fn Outcome(live: LiveExecution) -> impl IntoView {
    let LiveExecution { view, timeline } = live;
    let result = Memo::new(move |_| view.with(|view| view.result.clone()));
    let error = Memo::new(move |_| view.with(|view| view.error.clone().zip(view.code.clone())));
    let detail = move || match timeline.with(Timeline::reason) {
        Some(Reason::Failed { failure }) => failure.detail,
        _ => None,
    };
    view! {
        {move || result.get().map(|result| view! { <ResultCard result=result/> })}
        {move || error.get().map(|(sentence, code)| view! {
            <section class="panel outcome bad" aria-labelledby="outcome-title">
                <h2 id="outcome-title"><Icon name="failed"/>"Error"</h2>
                <p class="outcome-text">{sentence}</p>
                <p class="notice-facts">
                    <code>{code.to_string()}</code>
                    {move || view.with(|view| view.retryable).map(|again| {
                        if again { "The same request may work later." } else { "The same request will fail again." }
                    })}
                </p>
                {move || detail().map(|detail| view! {
                    <details><summary>"Cause"</summary><CodeBlock text=detail what="cause"/></details>
                })}
            </section>
        })}
    }
    .erased()
}

/// The text of a result, unless it is only the structure once more as text.
fn prose(result: &Value) -> Option<String> {
    let text = result.get("content").and_then(Value::as_str).or(result.as_str())?;
    (!text.trim_start().starts_with(['{', '['])).then(|| text.to_owned())
}

/// The text first, where the result has one; then all of it.
#[component]
fn ResultCard(result: Json) -> impl IntoView {
    let prose = prose(&result);
    let bare = prose.is_none();
    view! {
        <section class="panel outcome good" aria-labelledby="outcome-title">
            <h2 id="outcome-title"><Icon name="completed"/>"Result"</h2>
            {prose.map(|prose| view! { <p class="outcome-text">{prose}</p> })}
            <details open=bare>
                <summary>"As the caller gets it"</summary>
                <CodeBlock text=pretty(&result) what="result"/>
            </details>
        </section>
    }
    .erased()
}

/// What the caller sent.
#[component]
pub fn Input(input: Json) -> impl IntoView {
    let text = input.as_str().map_or_else(|| pretty(&input), str::to_owned);
    view! {
        <section class="panel" aria-labelledby="input-title">
            <h2 id="input-title">"Input"</h2>
            <CodeBlock text=text what="input"/>
        </section>
    }
    .erased()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn structure_is_not_shown_as_text() {
        assert_eq!(prose(&json!({"content": "Twelve", "data": null})).as_deref(), Some("Twelve"));
        assert_eq!(prose(&json!("Twelve")).as_deref(), Some("Twelve"));
        assert_eq!(prose(&json!({"content": "{\"a\":1}", "data": {"a": 1}})), None);
        assert_eq!(prose(&json!({"depots": []})), None);
    }
}
