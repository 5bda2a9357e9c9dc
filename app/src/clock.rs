//! The time in the browser. The server renders exact times and the browser's first rendering has to
//! be the same, so there is no time until the page is hydrated; from then on it ticks every second.

use std::time::Duration;

use leptos::prelude::*;
use magone_core::time::Timestamp;

/// The present, once there is one.
#[derive(Clone, Copy, Debug)]
pub struct Clock(RwSignal<Option<Timestamp>>);

impl Clock {
    /// Provides the clock to all components below, and starts it in the browser.
    pub fn provide() {
        let now = RwSignal::new(None);
        provide_context(Self(now));
        Effect::new(move || {
            now.set(Some(read()));
            let ticking = set_interval_with_handle(move || now.set(Some(read())), Duration::from_secs(1));
            if let Ok(ticking) = ticking {
                on_cleanup(move || ticking.clear());
            }
        });
    }

    /// The clock that was provided; one that stands still where none was.
    #[must_use]
    pub fn get() -> Self {
        use_context().unwrap_or_else(|| Self(RwSignal::new(None)))
    }

    /// The present; whoever reads it in a view is rendered again every second.
    #[must_use]
    pub fn now(self) -> Option<Timestamp> {
        self.0.get()
    }

    /// Whether the page is hydrated, without ticking.
    #[must_use]
    pub fn runs(self) -> Signal<bool> {
        Memo::new(move |_| self.0.with(Option::is_some)).into()
    }
}

/// The present, exactly. Only in the browser.
#[must_use]
pub fn read() -> Timestamp {
    let millis = js_sys::Date::now();
    // Whole milliseconds far below 2^53.
    #[allow(
        clippy::as_conversions,
        clippy::cast_possible_truncation,
        reason = "there is no other way from f64"
    )]
    Timestamp::from_millis(millis as i64)
}
