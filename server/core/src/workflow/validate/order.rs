//! The order of problems: by pointer, numbers by their size.

use crate::workflow::Problem;

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Segment<'a> {
    Item(u64),
    Member(&'a str),
}

/// Sorts problems by where they are and drops repetitions.
pub(super) fn sort(problems: &mut Vec<Problem>) {
    problems.sort_by(|a, b| segments(a).cmp(segments(b)).then_with(|| a.detail.cmp(&b.detail)));
    problems.dedup();
}

fn segments(problem: &Problem) -> impl Iterator<Item = Segment<'_>> {
    problem.pointer.split('/').map(|text| text.parse().map_or(Segment::Member(text), Segment::Item))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_sort_by_number() {
        let mut problems: Vec<Problem> =
            ["/steps/10", "/id", "/steps/9/next", "", "/steps/9", "/id"].map(|p| Problem::new(p, "x")).into();
        sort(&mut problems);
        let pointers: Vec<&str> = problems.iter().map(|p| p.pointer.as_str()).collect();
        assert_eq!(pointers, ["", "/id", "/steps/9", "/steps/9/next", "/steps/10"]);
    }
}
