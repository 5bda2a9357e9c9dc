//! The scrolling list of events: which rows are in the page, and whether it follows its end.

use leptos::html::{Div, Li};
use leptos::prelude::*;

use super::window::Window;

/// How near to the end counts as reading the end, in CSS pixels.
const NEAR: i32 = 40;

/// The state of one scrolling list.
#[derive(Clone, Copy, Debug)]
pub struct Scroll {
    /// The part that scrolls.
    pub list: NodeRef<Div>,
    /// Stands for the rows above those in the page.
    pub above: NodeRef<Li>,
    /// Stands for the rows below them.
    pub below: NodeRef<Li>,
    window: RwSignal<Window>,
    total: Memo<usize>,
    follows: StoredValue<bool>,
}

impl Scroll {
    /// Of `total` rows. A list that `grows` follows its end while the end is what is seen.
    #[must_use]
    pub fn new(total: Memo<usize>, grows: bool) -> Self {
        let scroll = Self {
            list: NodeRef::new(),
            above: NodeRef::new(),
            below: NodeRef::new(),
            window: RwSignal::new(Window::unmeasured(total.get_untracked(), grows)),
            total,
            follows: StoredValue::new(grows),
        };
        Effect::new(move || scroll.pad());
        Effect::new(move || scroll.grown());
        scroll
    }

    /// The rows that are in the page.
    #[must_use]
    pub fn window(self) -> Window {
        self.window.get()
    }

    /// The list was scrolled, by whomever.
    pub fn scrolled(self) {
        if let Some(list) = self.list.get_untracked() {
            let left = list.scroll_height() - list.client_height() - list.scroll_top();
            self.follows.set_value(left <= NEAR);
        }
        self.measure();
    }

    fn measure(self) {
        if let Some(list) = self.list.get_untracked() {
            self.window.set(Window::at(list.scroll_top(), list.client_height(), self.total.get_untracked()));
        }
    }

    /// Keeps the place of the rows that are not in the page.
    fn pad(self) {
        let (above, below) = self.window.get().padding(self.total.get());
        for (row, height) in [(self.above, above), (self.below, below)] {
            if let Some(row) = row.get_untracked() {
                // Through the object model: inline styles in the markup are forbidden.
                let _ = (*row).style().set_property("height", &height);
            }
        }
    }

    fn grown(self) {
        self.total.track();
        self.measure();
        if self.follows.get_value() {
            request_animation_frame(move || {
                // The page may be gone by now.
                if let Some(list) = self.list.try_get_untracked().flatten() {
                    list.set_scroll_top(list.scroll_height());
                }
            });
        }
    }
}
