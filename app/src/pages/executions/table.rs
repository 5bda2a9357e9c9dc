//! The table of runs.

use leptos::prelude::*;
use magone_core::execution::Status;

use super::attention::Attention;
use super::list::{ExecutionList, LiveRow};
use crate::components::{Copy, Elapsed, ProgressBar, StatusBadge, When, state_tone};
use crate::erased::Erase as _;
use crate::paths;

/// Rows that change in place. The roles are spelled out, since on a narrow screen the rows are laid
/// out as cards and browsers then forget what they are.
#[component]
pub fn ExecutionTable(list: ExecutionList, attention: Attention) -> impl IntoView {
    view! {
        <div id="runs" on:pointermove=move |_| attention.pointer_moved()>
            <table class="table cards" role="table">
                <caption class="sr-only">"Executions, newest first"</caption>
                <thead role="rowgroup">
                    <tr role="row">
                        <th role="columnheader" scope="col">"Status"</th>
                        <th role="columnheader" scope="col">"Workflow"</th>
                        <th role="columnheader" scope="col">"Tenant"</th>
                        <th role="columnheader" scope="col">"Execution"</th>
                        <th role="columnheader" scope="col">"Progress"</th>
                        <th role="columnheader" scope="col">"Created"</th>
                        <th role="columnheader" scope="col" class="number">"Duration"</th>
                    </tr>
                </thead>
                <tbody role="rowgroup">
                    <For each=move || list.rows() key=|row| row.id.clone() let:row>
                        <Row row=row/>
                    </For>
                </tbody>
            </table>
        </div>
    }
    .erased()
}

/// The end of an id: its beginning is the time, which rows next to each other share.
fn short(id: &str) -> String {
    let tail: Vec<char> = id.chars().rev().take(8).collect();
    if id.chars().count() <= 14 {
        id.to_owned()
    } else {
        format!("…{}", tail.iter().rev().collect::<String>())
    }
}

#[component]
fn Row(row: LiveRow) -> impl IntoView {
    let LiveRow { id, row } = row;
    // What never changes in the life of a run is read once.
    let first = row.get_untracked();
    let row = Signal::derive(move || row.get());
    let tone = Signal::derive(move || row.with(|row| state_tone(row.state)));
    let text = id.to_string();
    view! {
        <tr role="row" class=move || format!("run {}", tone.get().class)>
            <td role="cell" data-label="Status">
                <StatusBadge tone=tone code=Signal::derive(move || row.with(|row| row.code.clone()))/>
            </td>
            <th role="rowheader" scope="row" data-label="Workflow">
                <a class="row-link" href=paths::execution(&id)>
                    {first.workflow_slug}
                    <span class="sr-only">{format!(", execution {text}")}</span>
                </a>
                <span class="version">{format!("v{}", first.workflow_version)}</span>
            </th>
            <td role="cell" data-label="Tenant" title=first.tenant_slug>{first.tenant_name}</td>
            <td role="cell" data-label="Execution" class="id-cell">
                <code title=text.clone()>{short(&text)}</code>
                <Copy text=text what="execution id"/>
            </td>
            <td role="cell" data-label="Progress">
                <ProgressBar
                    progress=Signal::derive(move || row.with(|row| row.progress.clone()))
                    complete=Signal::derive(move || row.with(|row| row.status == Status::Completed))
                />
            </td>
            <td role="cell" data-label="Created"><When at=first.created_at/></td>
            <td role="cell" data-label="Duration" class="number">
                <Elapsed
                    since=Signal::derive(move || row.with(|row| row.started_at))
                    until=Signal::derive(move || row.with(|row| row.completed_at))
                />
            </td>
        </tr>
    }
    .erased()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_ids_show_their_end() {
        assert_eq!(short("exec_01k6z0n0t8f6vb3x9m2q4r5s7w"), "…2q4r5s7w");
        assert_eq!(short("run-1"), "run-1");
    }
}
