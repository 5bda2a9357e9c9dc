//! Reading the members of a JSON body, with every problem at once.

use magone_core::time::Timestamp;
use magone_core::workflow::Problem;
use serde_json::{Map, Value};

use crate::ServiceError;

/// The members of a body that were not read yet, and what was wrong so far.
#[derive(Debug)]
pub(crate) struct Members {
    what: &'static str,
    rest: Map<String, Value>,
    problems: Vec<Problem>,
}

impl Members {
    /// The members of a body that describes `what`.
    pub(crate) fn of(what: &'static str, body: Value) -> Result<Self, ServiceError> {
        match body {
            Value::Object(rest) => Ok(Self { what, rest, problems: Vec::new() }),
            _ => Err(ServiceError::invalid(what, vec![Problem::new("", "The body has to be a JSON object")])),
        }
    }

    /// All members that were not read.
    pub(crate) fn into_rest(self) -> Map<String, Value> {
        self.rest
    }

    /// Notes a problem of a member.
    pub(crate) fn problem(&mut self, name: &str, detail: impl Into<String>) {
        self.problems.push(Problem::new(format!("/{name}"), detail));
    }

    /// A member as it is; `None` where it is absent.
    pub(crate) fn take(&mut self, name: &str) -> Option<Value> {
        self.rest.remove(name)
    }

    /// A text; `None` where it is absent or null.
    pub(crate) fn text(&mut self, name: &str) -> Option<String> {
        match self.rest.remove(name) {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) => Some(text),
            Some(_) => {
                self.problem(name, format!("'{name}' has to be a text"));
                None
            }
        }
    }

    /// A text that has to be there; empty where it is not.
    pub(crate) fn needed_text(&mut self, name: &str) -> String {
        if matches!(self.rest.get(name), None | Some(Value::Null)) {
            self.problem(name, format!("The member '{name}' is missing"));
        }
        self.text(name).unwrap_or_default()
    }

    /// A whole number from 0 to `most`; `None` where it is absent, `Some(None)` where it is null.
    pub(crate) fn number(&mut self, name: &str, most: u32) -> Option<Option<u32>> {
        let value = self.rest.remove(name)?;
        if value.is_null() {
            return Some(None);
        }
        let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
        let number = number.filter(|number| *number <= most);
        if number.is_none() {
            self.problem(name, format!("'{name}' has to be a whole number from 0 to {most}, or null"));
        }
        number.map(Some)
    }

    /// A flag; `None` where it is absent or null.
    pub(crate) fn flag(&mut self, name: &str) -> Option<bool> {
        match self.rest.remove(name) {
            None | Some(Value::Null) => None,
            Some(Value::Bool(flag)) => Some(flag),
            Some(_) => {
                self.problem(name, format!("'{name}' has to be true or false"));
                None
            }
        }
    }

    /// A list of texts; `None` where it is absent or null.
    pub(crate) fn texts(&mut self, name: &str) -> Option<Vec<String>> {
        let items = match self.rest.remove(name) {
            None | Some(Value::Null) => return None,
            Some(Value::Array(items)) => items,
            Some(_) => {
                self.problem(name, format!("'{name}' has to be a list of texts"));
                return None;
            }
        };
        let mut texts = Vec::with_capacity(items.len());
        for (at, item) in items.into_iter().enumerate() {
            match item {
                Value::String(text) => texts.push(text),
                _ => self.problem(&format!("{name}/{at}"), format!("'{name}' has to be a list of texts")),
            }
        }
        Some(texts)
    }

    /// A time as in RFC 3339; `None` where it is absent or null.
    pub(crate) fn time(&mut self, name: &str) -> Option<Timestamp> {
        let text = self.text(name)?;
        let time = Timestamp::parse(&text);
        if time.is_none() {
            self.problem(
                name,
                format!("'{name}' has to be a time as in RFC 3339, like 2026-01-31T09:30:00Z"),
            );
        }
        time
    }

    /// Ends the reading: members that nobody asked for are problems, too.
    pub(crate) fn end(mut self) -> Result<(), ServiceError> {
        for name in std::mem::take(&mut self.rest).keys() {
            let pointer = format!("/{}", name.replace('~', "~0").replace('/', "~1"));
            self.problems.push(Problem::new(pointer, format!("There is no member '{name}' here")));
        }
        if self.problems.is_empty() { Ok(()) } else { Err(ServiceError::invalid(self.what, self.problems)) }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_problem_is_named_at_once() {
        let body = json!({"a": 1, "n": -1, "f": "yes", "t": "soon", "x/y": 0, "null": null});
        let mut members = Members::of("thing", body).unwrap();
        assert_eq!((members.text("a"), members.needed_text("b")), (None, String::new()));
        assert_eq!((members.number("n", 9), members.number("absent", 9)), (None, None));
        assert_eq!(
            (members.number("null", 9), members.flag("f"), members.time("t")),
            (Some(None), None, None)
        );
        let error = members.end().unwrap_err();
        let pointers: Vec<_> = error.problems().iter().map(|problem| problem.pointer.as_str()).collect();
        assert_eq!(pointers, ["/a", "/b", "/n", "/f", "/t", "/x~1y"]);
        assert!(Members::of("thing", json!([])).is_err());
    }
}
