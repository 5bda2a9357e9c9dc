//! Compares a document with the tables. What does not fit is reported and taken out or replaced, so
//! that the rest can still be read as what it is.

use serde_json::{Map, Value};

use super::shape::{self, Member, Shape};
use crate::workflow::suggestion::Suggestions;
use crate::workflow::{Problem, StepKind, pointer};

/// What was found.
pub(super) struct Findings {
    pub problems: Vec<Problem>,
    suggestions: Suggestions,
}

impl Findings {
    pub(super) fn new() -> Self {
        Self { problems: Vec::new(), suggestions: Suggestions::new() }
    }

    fn report(&mut self, place: &str, detail: impl Into<String>) {
        self.problems.push(Problem::new(place, detail));
    }

    /// Compares an object with its table.
    pub(super) fn object(&mut self, place: &str, value: &mut Value, members: &[Member]) -> bool {
        let all: Vec<&Member> = members.iter().collect();
        match value {
            Value::Object(object) => {
                self.members(place, object, &all, "");
                true
            }
            _ => {
                self.report(place, "it has to be an object");
                false
            }
        }
    }

    fn members(&mut self, place: &str, object: &mut Map<String, Value>, members: &[&Member], of: &str) {
        self.unknown(place, object, members, of);
        for member in members {
            let place = pointer::member(place, member.name);
            match object.get_mut(member.name) {
                // An empty member of YAML is null: it is as good as absent, but where null is a value.
                Some(Value::Null) if !(member.required && matches!(member.shape, Shape::Any)) => {
                    object.remove(member.name);
                }
                Some(value) => {
                    if !self.value(&place, value, &member.shape) {
                        object.remove(member.name);
                        self.stand_in(object, member);
                    }
                    continue;
                }
                None => {}
            }
            if member.required {
                self.report(&place, format!("`{}` is missing{of}", member.name));
                self.stand_in(object, member);
            }
        }
    }

    /// Gives an object what it needs to be read, in place of what was wrong.
    fn stand_in(&self, object: &mut Map<String, Value>, member: &Member) {
        if member.required {
            let value = match member.shape {
                Shape::Text => Value::from(""),
                Shape::List(_) => Value::Array(Vec::new()),
                Shape::Whole(_) => Value::from(1),
                _ => Value::Null,
            };
            object.insert(member.name.to_owned(), value);
        }
    }

    /// Takes out members that are in no table.
    fn unknown(&mut self, place: &str, object: &mut Map<String, Value>, members: &[&Member], of: &str) {
        let is_known = |name: &str| members.iter().any(|member| member.name == name);
        let unknown: Vec<String> = object.keys().filter(|name| !is_known(name)).cloned().collect();
        for name in unknown {
            object.remove(&name);
            let names = members.iter().map(|member| member.name);
            let hint = match self.suggestions.nearest(&name, names) {
                Some(meant) => format!("; did you mean `{meant}`?"),
                None => String::new(),
            };
            self.report(&pointer::member(place, &name), format!("there is no member `{name}`{of}{hint}"));
        }
    }

    /// Whether the value has its shape; what is wrong deeper inside is mended there.
    fn value(&mut self, place: &str, value: &mut Value, shape: &Shape) -> bool {
        let expected = match (shape, &mut *value) {
            (Shape::Any, _)
            | (Shape::Text, Value::String(_))
            | (Shape::Object, Value::Object(_))
            | (Shape::Number, Value::Number(_))
            | (Shape::Schema, Value::Object(_) | Value::Bool(_)) => return true,
            (Shape::Whole(most), Value::Number(number)) if number.as_u64().is_some_and(|n| n <= *most) => {
                return true;
            }
            (Shape::Word(words), Value::String(word)) if words.contains(&word.as_str()) => return true,
            (Shape::OnError, Value::String(word)) if word == "continue" => return true,
            (Shape::OnError, Value::Object(_)) => return self.object(place, value, shape::ON_ERROR),
            (Shape::Members(members), Value::Object(_)) => return self.object(place, value, members),
            (Shape::List(item), Value::Array(items)) => {
                self.list(place, items, item);
                return true;
            }
            (Shape::Step, Value::Object(step)) => {
                self.step(place, step);
                return true;
            }
            (Shape::Text, _) => "text; put it in quotes".to_owned(),
            (Shape::Whole(_), _) => "a whole number, 0 or more".to_owned(),
            (Shape::Number, _) => "a number".to_owned(),
            (Shape::Word(words), _) => format!("one of {}", words.join(", ")),
            (Shape::Schema, _) => "a JSON Schema: an object, true or false".to_owned(),
            (Shape::OnError, _) => "`continue`, or an object with `next`".to_owned(),
            (Shape::List(_), _) => "a list".to_owned(),
            (Shape::Object | Shape::Members(_) | Shape::Step, _) => "an object".to_owned(),
        };
        self.report(place, format!("it has to be {expected}"));
        false
    }

    /// Compares the items of a list; those that do not fit keep their place, so that pointers stay
    /// true.
    fn list(&mut self, place: &str, items: &mut [Value], shape: &Shape) {
        for (at, item) in items.iter_mut().enumerate() {
            if !self.value(&pointer::item(place, at), item, shape) {
                *item = match shape {
                    Shape::Step => step_without_meaning(),
                    Shape::Members(_) => Value::Object(Map::new()),
                    _ => Value::from(""),
                };
                if let (Shape::Members(members), Value::Object(object)) = (shape, item) {
                    members.iter().for_each(|member| self.stand_in(object, member));
                }
            }
        }
    }

    fn step(&mut self, place: &str, step: &mut Map<String, Value>) {
        let kind = step.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
        let Some(own) = shape::of_kind(&kind) else {
            return self.step_of_unknown_kind(place, step, &kind);
        };
        let next = !matches!(kind.as_str(), "branch" | "fail");
        let members: Vec<&Member> =
            shape::STEP.iter().filter(|member| next || member.name != "next").chain(own).collect();
        self.members(place, step, &members, &format!(" in a step of type `{kind}`"));
    }

    /// Only the members that all steps have can be judged; the step stays where it is in the flow.
    fn step_of_unknown_kind(&mut self, place: &str, step: &mut Map<String, Value>, kind: &str) {
        if step.get("type").is_some_and(Value::is_string) {
            let hint = match self.suggestions.nearest(kind, StepKind::NAMES.into_iter()) {
                Some(meant) => format!("; did you mean `{meant}`?"),
                None => format!("; there are {}", StepKind::NAMES.join(", ")),
            };
            let detail = format!("there is no step of type `{kind}`{hint}");
            self.report(&pointer::member(place, "type"), detail);
        }
        step.retain(|name, _| shape::STEP.iter().any(|member| member.name == name));
        let members: Vec<&Member> = shape::STEP.iter().collect();
        self.members(place, step, &members, "");
        step.insert("type".to_owned(), Value::from("transform"));
        step.insert("value".to_owned(), Value::Null);
    }
}

/// What stands for a step that is no object.
fn step_without_meaning() -> Value {
    serde_json::json!({"id": "", "type": "transform", "value": null})
}
