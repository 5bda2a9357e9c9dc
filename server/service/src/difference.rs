//! What differs between two versions of a document.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

/// One difference.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Difference {
    /// Where: a JSON pointer into the newer document, or into the older one for what was taken out.
    pub pointer: String,
    /// What it was; absent where it was added.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// What it is; absent where it was taken out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
}

/// All differences, in the order of the documents. Items of lists that have an `id` are compared
/// with the item of the same id, so that a new step is one difference and not as many as there are
/// steps behind it; their order is no difference, since steps name what follows them.
pub(crate) fn between(before: &Value, after: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    compare("", Some(before), Some(after), &mut found);
    found
}

fn compare(pointer: &str, before: Option<&Value>, after: Option<&Value>, found: &mut Vec<Difference>) {
    match (before, after) {
        (Some(before), Some(after)) if before == after => {}
        (Some(Value::Object(old)), Some(Value::Object(new))) => {
            let added = new.keys().filter(|name| !old.contains_key(*name));
            for name in old.keys().chain(added) {
                let pointer = format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"));
                compare(&pointer, old.get(name), new.get(name), found);
            }
        }
        (Some(Value::Array(old)), Some(Value::Array(new))) if named(old) && named(new) => {
            for (at, item) in new.iter().enumerate() {
                compare(&format!("{pointer}/{at}"), same(item, old), Some(item), found);
            }
            for (at, item) in old.iter().enumerate().filter(|(_, item)| same(item, new).is_none()) {
                compare(&format!("{pointer}/{at}"), Some(item), None, found);
            }
        }
        (before, after) => found.push(Difference {
            pointer: pointer.to_owned(),
            before: before.cloned(),
            after: after.cloned(),
        }),
    }
}

fn id(item: &Value) -> Option<&str> {
    item.get("id")?.as_str()
}

fn named(items: &[Value]) -> bool {
    items.iter().all(|item| id(item).is_some())
}

fn same<'a>(item: &Value, others: &'a [Value]) -> Option<&'a Value> {
    others.iter().find(|other| id(other) == id(item))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(before: Value, after: Value) -> Value {
        serde_json::to_value(between(&before, &after)).unwrap()
    }

    #[test]
    fn steps_are_compared_by_their_id() {
        let before = json!({"name": "A", "steps": [{"id": "a", "n": 1}, {"id": "b"}, {"id": "c"}]});
        let after = json!({"steps": [{"id": "new"}, {"id": "a", "n": 2}, {"id": "c"}], "x/y": 1});
        let expected = json!([
            {"pointer": "/name", "before": "A"},
            {"pointer": "/steps/0", "after": {"id": "new"}},
            {"pointer": "/steps/1/n", "before": 1, "after": 2},
            {"pointer": "/steps/1", "before": {"id": "b"}},
            {"pointer": "/x~1y", "after": 1},
        ]);
        assert_eq!(told(before.clone(), after), expected);
        assert_eq!(told(before.clone(), before), json!([]));
    }

    #[test]
    fn other_lists_are_compared_as_a_whole() {
        let expected = json!([{"pointer": "/a", "before": [1, 2], "after": [2]}]);
        assert_eq!(told(json!({"a": [1, 2]}), json!({"a": [2]})), expected);
        assert_eq!(told(json!(1), json!(null)), json!([{"pointer": "", "before": 1, "after": null}]));
    }
}
