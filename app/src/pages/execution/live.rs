//! What is known of the run on the page, and the stream that adds to it.

use leptos::prelude::*;
use magone_core::execution::{Event, ExecutionView};

use crate::live::{Frame, Indicator, Subscription, subscribe};
use crate::paths;
use crate::session::Session;
use crate::timeline::Timeline;
use crate::wire::ExecutionDetail;

/// The run on the page.
#[derive(Clone, Copy, Debug)]
pub struct LiveExecution {
    /// The projection, as the server made it last.
    pub view: RwSignal<ExecutionView>,
    /// The fold of the events so far.
    pub timeline: RwSignal<Timeline>,
}

impl LiveExecution {
    /// As the page came.
    #[must_use]
    pub fn new(detail: &ExecutionDetail) -> Self {
        Self {
            view: RwSignal::new(detail.view.clone()),
            timeline: RwSignal::new(Timeline::fold(detail.events.iter().cloned())),
        }
    }

    /// Follows the stream for as long as the page is open and the run has more to tell.
    pub fn follow(self) {
        let (indicator, session) = (Indicator::get(), Session::get());
        let id = self.view.with_untracked(|view| view.execution_id.clone());
        Effect::new(move || {
            let id = id.clone();
            subscribe(
                indicator,
                Subscription {
                    address: Box::new(move || {
                        let after = self.timeline.with_untracked(Timeline::last_seq);
                        (!self.is_over()).then(|| paths::stream_of_execution(&id, after))
                    }),
                    names: &["event", "view"],
                    on_frames: Box::new(move |frames| self.learn(&frames)),
                    on_open: Box::new(|| {}),
                    on_trouble: Box::new(move || session.check()),
                },
            );
        });
    }

    /// Whether nothing more can come: the log is at its end, and the projection says so too.
    fn is_over(self) -> bool {
        self.timeline.with_untracked(Timeline::is_over)
            && self.view.with_untracked(|view| view.state.is_terminal())
    }

    fn learn(self, frames: &[Frame]) {
        let events: Vec<Event> = frames.iter().filter(|f| f.name == "event").filter_map(read).collect();
        if !events.is_empty() {
            self.timeline.update(|timeline| events.into_iter().for_each(|event| timeline.apply(event)));
        }
        if let Some(view) = frames.iter().rev().filter(|frame| frame.name == "view").find_map(read) {
            self.view.set(view);
        }
    }
}

fn read<T: serde::de::DeserializeOwned>(frame: &Frame) -> Option<T> {
    match serde_json::from_slice(frame.data.as_bytes()) {
        Ok(value) => Some(value),
        Err(error) => {
            leptos::logging::warn!("a frame that this page does not understand: {error}");
            None
        }
    }
}
