//! JSON as templates see it, without a copy: a node is a shared document and a way into it.

use std::fmt;
use std::sync::Arc;

use minijinja::Value;
use minijinja::value::{DynObject, Enumerator, Object, ObjectRepr};
use serde_json::Value as JsonValue;

use crate::json::Json;

/// One step of the way into a document.
#[derive(Clone, Debug)]
enum Place {
    Member(Arc<str>),
    Item(usize),
}

/// An array or object inside a document.
#[derive(Debug)]
pub(super) struct Node {
    root: Json,
    way: Vec<Place>,
}

/// A whole document.
pub(super) fn document(root: &Json) -> Value {
    wrap(root, root, Vec::new)
}

/// `found` is the value in `root` that `way` leads to; scalars need no way.
fn wrap(root: &Json, found: &JsonValue, way: impl FnOnce() -> Vec<Place>) -> Value {
    match found {
        JsonValue::Null => Value::from(()),
        JsonValue::Bool(value) => Value::from(*value),
        JsonValue::Number(number) => number
            .as_i64()
            .map(Value::from)
            .or_else(|| number.as_u64().map(Value::from))
            .or_else(|| number.as_f64().map(Value::from))
            .unwrap_or(Value::UNDEFINED),
        JsonValue::String(text) => Value::from(text.as_str()),
        JsonValue::Array(_) | JsonValue::Object(_) => {
            Value::from_object(Node { root: Arc::clone(root), way: way() })
        }
    }
}

impl Node {
    /// The JSON that the node stands for.
    pub(super) fn json(&self) -> &JsonValue {
        self.way
            .iter()
            .try_fold(&*self.root, |value, place| match place {
                Place::Member(key) => value.get(&**key),
                Place::Item(at) => value.get(at),
            })
            .unwrap_or(&JsonValue::Null)
    }

    fn child(&self, found: &JsonValue, place: impl FnOnce() -> Place) -> Value {
        wrap(&self.root, found, || {
            let mut way = Vec::with_capacity(self.way.len() + 1);
            way.extend_from_slice(&self.way);
            way.push(place());
            way
        })
    }
}

impl Object for Node {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        if self.json().is_array() { ObjectRepr::Seq } else { ObjectRepr::Map }
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match (key.as_str(), key.as_usize()) {
            (Some(key), _) => self.get_value_by_str(key),
            (None, Some(at)) => {
                self.json().as_array()?.get(at).map(|found| self.child(found, || Place::Item(at)))
            }
            (None, None) => None,
        }
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        self.json().as_object()?.get(key).map(|found| self.child(found, || Place::Member(key.into())))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        match self.json() {
            JsonValue::Array(items) => Enumerator::Seq(items.len()),
            JsonValue::Object(members) => {
                Enumerator::Values(members.keys().map(|key| Value::from(key.as_str())).collect())
            }
            _ => Enumerator::Empty,
        }
    }

    fn custom_cmp(self: &Arc<Self>, _: &DynObject) -> Option<std::cmp::Ordering> {
        None
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.json())
    }
}
