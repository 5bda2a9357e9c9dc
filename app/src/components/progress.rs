//! How far a run is. Widths are SVG attributes: the content security policy forbids inline styles.

use leptos::prelude::*;
use magone_core::execution::Progress;

use crate::erased::Erase as _;

/// The share that is done, in percent.
fn percent(progress: &Progress) -> u32 {
    let total = progress.steps_total.max(progress.steps_done).max(1);
    progress.steps_done.saturating_mul(100) / total
}

/// A bar and the figures that it stands for. A run that ended may have left steps out.
#[component]
pub fn ProgressBar(
    /// Steps done and steps in all.
    #[prop(into)]
    progress: Signal<Progress>,
    /// Whether the run completed.
    #[prop(into)]
    complete: Signal<bool>,
) -> impl IntoView {
    let width = move || {
        if complete.get() { 100 } else { progress.with(percent) }
    };
    view! {
        <span class="progress">
            <svg class="progress-bar" aria-hidden="true" width="100%" height="4">
                <rect class="progress-track" width="100%" height="4" rx="2"></rect>
                <rect class="progress-done" width=move || format!("{}%", width()) height="4" rx="2"></rect>
            </svg>
            <span class="progress-text">
                {move || progress.with(|p| {
                    if complete.get() {
                        format!("{} {}", p.steps_done, if p.steps_done == 1 { "step" } else { "steps" })
                    } else {
                        format!("{} of {}", p.steps_done, p.steps_total.max(p.steps_done))
                    }
                })}
            </span>
        </span>
    }
    .erased()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loops_do_not_overflow_the_bar() {
        let of =
            |steps_done, steps_total| percent(&Progress { steps_done, steps_total, current: Vec::new() });
        assert_eq!([of(0, 0), of(1, 4), of(4, 4), of(9, 4)], [0, 25, 100, 100]);
    }
}
