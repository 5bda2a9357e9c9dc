//! Whether a block printed what the page says. `…` stands for what differs from run to run; numbers
//! are compared by their type, and members that the page leaves out may be there.

use serde_json::Value;

/// What differs from run to run.
const ANYTHING: char = '…';

/// Compares what was printed with what the page says.
pub fn json(expected: &str, printed: &str) -> Result<(), String> {
    let expected = serde_json::from_str(expected).map_err(|error| format!("the page's JSON: {error}"))?;
    let printed: Value =
        serde_json::from_str(printed).map_err(|error| format!("no JSON ({error}): {printed}"))?;
    differing("", &expected, &printed)
}

/// Compares line by line.
pub fn text(expected: &str, printed: &str) -> Result<(), String> {
    let (expected, lines): (Vec<_>, Vec<_>) = (expected.lines().collect(), printed.lines().collect());
    let alike = expected.len() == lines.len()
        && expected.iter().zip(&lines).all(|(pattern, line)| matches(pattern, line));
    if alike { Ok(()) } else { Err(format!("expected:\n{}\nprinted:\n{printed}", expected.join("\n"))) }
}

fn differing(at: &str, expected: &Value, found: &Value) -> Result<(), String> {
    let wrong = || Err(format!("at '{at}': expected {expected}, found {found}"));
    match (expected, found) {
        (Value::Object(members), Value::Object(others)) => members.iter().try_for_each(|(name, member)| {
            let other = others.get(name).ok_or_else(|| format!("at '{at}': no '{name}' in {found}"))?;
            differing(&format!("{at}/{name}"), member, other)
        }),
        (Value::Array(items), Value::Array(others)) => {
            let open = items.last().is_some_and(|last| last == &Value::from(ANYTHING.to_string()));
            let items = if open { &items[..items.len() - 1] } else { &items[..] };
            if others.len() < items.len() || (!open && others.len() > items.len()) {
                return wrong();
            }
            let mut pairs = items.iter().zip(others).enumerate();
            pairs.try_for_each(|(n, (item, other))| differing(&format!("{at}/{n}"), item, other))
        }
        (Value::Number(_), Value::Number(_)) => Ok(()),
        (Value::String(pattern), Value::String(text)) if matches(pattern, text) => Ok(()),
        // `"…"` alone is any value at all.
        (Value::String(pattern), _) if pattern.chars().eq([ANYTHING]) => Ok(()),
        (expected, found) if expected == found => Ok(()),
        _ => wrong(),
    }
}

/// Whether the parts between the `…` stand in the text, in their order.
fn matches(pattern: &str, text: &str) -> bool {
    let mut parts: Vec<&str> = pattern.split(ANYTHING).collect();
    let (Some(first), last) = (parts.first().copied(), parts.pop()) else { return pattern == text };
    let Some(last) = last.filter(|_| !parts.is_empty()) else { return pattern == text };
    let inner = text.strip_prefix(first).and_then(|rest| rest.strip_suffix(last));
    let middle = |rest: &str| {
        parts.iter().skip(1).try_fold(rest.to_owned(), |rest, part| {
            rest.find(part).map(|at| rest[at + part.len()..].to_owned())
        })
    };
    inner.and_then(middle).is_some()
}

#[test]
fn what_differs_is_named_with_its_place() {
    let page = r#"{"id": "exec_…", "n": 1, "list": [{"a": "b"}, "…"], "any": "…"}"#;
    assert_eq!(
        json(page, r#"{"id": "exec_1", "n": 7, "list": [{"a": "b"}, 2], "any": null, "more": 1}"#),
        Ok(())
    );
    for (printed, place) in [
        (r#"{"id": "run_1", "n": 7, "list": [{"a": "b"}], "any": 1}"#, "/id"),
        (r#"{"id": "exec_1", "n": "7", "list": [{"a": "b"}], "any": 1}"#, "/n"),
        (r#"{"id": "exec_1", "n": 7, "list": [{"a": "c"}], "any": 1}"#, "/list/0/a"),
        (r#"{"id": "exec_1", "n": 7, "list": [], "any": 1}"#, "/list"),
    ] {
        assert!(json(page, printed).unwrap_err().contains(place), "{printed}");
    }
    assert!(json(page, r#"{"id": "exec_1"}"#).unwrap_err().contains("no '"));
}

#[test]
fn lines_are_compared_with_what_may_differ() {
    assert_eq!(text("id: …\nend\n", "id: 4\nend\n"), Ok(()));
    assert!(text("id: …\n", "id: 4\nend\n").is_err());
    assert!(text("a…b…c", "abc").is_ok() && text("a…b…c", "acb").is_err() && text("a", "b").is_err());
}
