//! The list by keyboard: j and k go through the rows, / to the search. Enter is the link's own.

use leptos::prelude::*;
use wasm_bindgen::JsCast as _;
use web_sys::HtmlElement;

use crate::components::on_key;

/// Where to go in the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row {
    /// To the newest.
    First,
    /// One older.
    Next,
    /// One newer.
    Previous,
}

/// Listens as long as the surrounding component lives.
pub fn move_by_keys() {
    Effect::new(move || {
        on_key(|key| {
            match key {
                "j" => go_to_row(Row::Next),
                "k" => go_to_row(Row::Previous),
                "/" => focus(document().get_element_by_id("q").and_then(|field| field.dyn_into().ok())),
                _ => return false,
            }
            true
        });
    });
}

/// Moves the keyboard's focus to a row's link. At either end it stays where it is.
pub fn go_to_row(to: Row) {
    let Ok(links) = document().query_selector_all("#runs .row-link") else {
        return;
    };
    let focused = document().active_element();
    let at = (0..links.length()).find(|i| {
        focused
            .as_ref()
            .is_some_and(|focused| links.item(*i).is_some_and(|link| focused.is_same_node(Some(&link))))
    });
    focus(links.item(target(to, at, links.length())).and_then(|link| link.dyn_into().ok()));
}

fn target(to: Row, at: Option<u32>, length: u32) -> u32 {
    match (to, at) {
        (Row::First, _) | (_, None) => 0,
        (Row::Next, Some(at)) => at.saturating_add(1).min(length.saturating_sub(1)),
        (Row::Previous, Some(at)) => at.saturating_sub(1),
    }
}

fn focus(element: Option<HtmlElement>) {
    if let Some(element) = element {
        // Fails only for elements that cannot be focused.
        let _ = element.focus();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_hold() {
        assert_eq!(target(Row::Next, None, 3), 0);
        assert_eq!(target(Row::Next, Some(1), 3), 2);
        assert_eq!(target(Row::Next, Some(2), 3), 2);
        assert_eq!(target(Row::Previous, Some(0), 3), 0);
        assert_eq!(target(Row::First, Some(2), 3), 0);
    }
}
