//! Which part of a long list is in the page. Rows have one height, so a scroll position is a row.

/// Height of a row in CSS pixels; the style sheet says the same.
pub const ROW_HEIGHT: i32 = 30;

/// Rows kept above and below what can be seen, so that scrolling does not show gaps.
const MARGIN: usize = 12;

/// Rows that are rendered before anything was measured, on the server above all.
pub const FIRST_ROWS: usize = 40;

/// A part of a list of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The first row in the page.
    pub first: usize,
    /// How many.
    pub count: usize,
}

impl Window {
    /// Before anything was measured: the end of a list that grows, the beginning of one that does not.
    #[must_use]
    pub fn unmeasured(total: usize, grows: bool) -> Self {
        let first = if grows { total.saturating_sub(FIRST_ROWS) } else { 0 };
        Self { first, count: FIRST_ROWS }
    }

    /// What can be seen, and a little more.
    #[must_use]
    pub fn at(scrolled: i32, height: i32, total: usize) -> Self {
        let rows = |pixels: i32| usize::try_from(pixels.max(0) / ROW_HEIGHT).unwrap_or(0);
        let count = rows(height).saturating_add(2 * MARGIN).saturating_add(1);
        let last_start = total.saturating_sub(count.saturating_sub(MARGIN));
        Self { first: rows(scrolled).saturating_sub(MARGIN).min(last_start), count }
    }

    /// Heights of what is not in the page, above and below.
    #[must_use]
    pub fn padding(self, total: usize) -> (String, String) {
        let below = total.saturating_sub(self.first.saturating_add(self.count));
        let pixels = |rows: usize| {
            let rows = i32::try_from(rows).unwrap_or(i32::MAX);
            format!("{}px", rows.saturating_mul(ROW_HEIGHT))
        };
        (pixels(self.first), pixels(below))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_holds_what_is_seen_and_little_more() {
        for total in [0, 1, 39, 40, 500, 20_000] {
            for scrolled in [0, 1, 29, 30, 3_000, 599_000] {
                let window = Window::at(scrolled, 480, total);
                assert!(window.count <= 16 + 25);
                let top = usize::try_from(scrolled).unwrap() / 30;
                if top < total {
                    assert!(window.first <= top, "{window:?} {scrolled} {total}");
                    assert!(
                        window.first + window.count >= total.min(top + 17),
                        "{window:?} {scrolled} {total}"
                    );
                }
            }
        }
    }

    #[test]
    fn paddings_and_rows_add_up() {
        let window = Window::at(3_000, 480, 1_000);
        assert_eq!(window.first, 88);
        assert_eq!(window.padding(1_000), ("2640px".to_owned(), format!("{}px", (1_000 - 88 - 41) * 30)));
        assert_eq!(Window::at(0, 480, 3).padding(3), ("0px".to_owned(), "0px".to_owned()));
    }
}
