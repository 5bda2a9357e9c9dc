//! A schema cut into its parts: which of them look at the same value, and which at what is inside.

use std::collections::{BTreeMap, VecDeque};

use serde_json::{Map, Value};

/// How often the library goes through what looks at the same value, to tell what was left unevaluated:
/// nested in each other, about three times a level.
const UNEVALUATED: usize = 4;

/// A schema inside a schema, or the whole. Others are named by their numbers.
#[derive(Debug, Default)]
pub(super) struct Part {
    /// Those that look at the same value.
    pub here: Vec<usize>,
    /// Those that look at one member, or at the item of this number.
    pub named: BTreeMap<String, Vec<usize>>,
    /// Those that look at every member, or may.
    pub members: Vec<usize>,
    /// Those that look at every item, or may.
    pub items: Vec<usize>,
    /// Those that look at every member's name.
    pub names: Vec<usize>,
    /// Members that have to be there.
    pub required: usize,
    /// Size of the pattern that a text is compared with, in bytes; 0 without one.
    pub pattern: u64,
    /// The same of all patterns that a member's name is compared with.
    pub name_patterns: u64,
}

/// The parts of a schema that can be reached from the whole, which is the first of them; `size` tells
/// the size of a pattern.
///
/// # Errors
/// A sentence about a reference that cannot be followed.
pub(super) fn of<'s>(schema: &'s Value, size: &'s dyn Fn(&str) -> u64) -> Result<Vec<Part>, String> {
    if names_itself_inside(schema) {
        return Err("an `$id` inside of the schema changes what references mean: take it out".to_owned());
    }
    let mut reader = Reader { root: schema, size, numbers: BTreeMap::new(), open: VecDeque::new() };
    reader.number(schema);
    let mut parts = Vec::new();
    // They are numbered in the order in which they come out.
    while let Some(schema) = reader.open.pop_front() {
        parts.push(reader.read(schema)?);
    }
    Ok(parts)
}

/// Whether a schema inside has an `$id`. Does not recurse.
fn names_itself_inside(schema: &Value) -> bool {
    // Draft 4 has no `$` in the name.
    let old = schema.get("$schema").and_then(Value::as_str).is_some_and(|draft| draft.contains("draft-04"));
    let mut open: Vec<&Value> = inner(schema).collect();
    while let Some(value) = open.pop() {
        let has = |name| value.get(name).is_some_and(Value::is_string);
        if has("$id") || (old && has("id")) {
            return true;
        }
        open.extend(inner(value));
    }
    false
}

fn inner(value: &Value) -> impl Iterator<Item = &Value> {
    let items = value.as_array().into_iter().flatten();
    items.chain(value.as_object().into_iter().flat_map(Map::values))
}

struct Reader<'s> {
    root: &'s Value,
    size: &'s dyn Fn(&str) -> u64,
    /// The parts' numbers by where they are in memory: a part has many names, and long ones.
    numbers: BTreeMap<*const Value, usize>,
    /// Parts that have a number and were not read yet.
    open: VecDeque<&'s Value>,
}

impl<'s> Reader<'s> {
    fn number(&mut self, schema: &'s Value) -> usize {
        let next = self.numbers.len();
        *self.numbers.entry(std::ptr::from_ref(schema)).or_insert_with(|| {
            self.open.push_back(schema);
            next
        })
    }

    fn all(&mut self, schemas: impl IntoIterator<Item = &'s Value>) -> Vec<usize> {
        schemas.into_iter().map(|schema| self.number(schema)).collect()
    }

    fn read(&mut self, schema: &'s Value) -> Result<Part, String> {
        let mut part = Part::default();
        for (keyword, value) in schema.as_object().into_iter().flatten() {
            match keyword.as_str() {
                "$ref" => {
                    let target = self.target(value)?;
                    part.here.push(self.number(target));
                }
                "$dynamicRef" | "$recursiveRef" => {
                    return Err(format!("`{keyword}` cannot be used: write `$ref`, and where it leads"));
                }
                "allOf" | "anyOf" | "oneOf" | "dependentSchemas" | "dependencies" => {
                    part.here.extend(self.all(inner(value)));
                }
                "not" | "if" | "then" | "else" => part.here.push(self.number(value)),
                "properties" => {
                    for (name, schema) in value.as_object().into_iter().flatten() {
                        let number = self.number(schema);
                        part.named.entry(name.clone()).or_default().push(number);
                    }
                }
                "patternProperties" => {
                    let patterns = value.as_object().into_iter().flat_map(Map::keys);
                    part.name_patterns = patterns.map(|pattern| (self.size)(pattern)).sum();
                    part.members.extend(self.all(inner(value)));
                }
                "additionalProperties" | "unevaluatedProperties" => part.members.push(self.number(value)),
                "propertyNames" => part.names.push(self.number(value)),
                "required" => part.required = value.as_array().map_or(0, Vec::len),
                "pattern" => part.pattern = value.as_str().map_or(0, self.size),
                "prefixItems" => self.by_place(&mut part, value),
                "items" if value.is_array() => self.by_place(&mut part, value),
                "items" | "additionalItems" | "unevaluatedItems" | "contains" => {
                    part.items.push(self.number(value));
                }
                _ => {}
            }
        }
        if ["unevaluatedProperties", "unevaluatedItems"].iter().any(|name| schema.get(name).is_some()) {
            part.here = part.here.repeat(UNEVALUATED);
        }
        Ok(part)
    }

    fn by_place(&mut self, part: &mut Part, list: &'s Value) {
        for (at, schema) in list.as_array().into_iter().flatten().enumerate() {
            let number = self.number(schema);
            part.named.entry(at.to_string()).or_default().push(number);
        }
    }

    fn target(&self, reference: &Value) -> Result<&'s Value, String> {
        let pointer = reference.as_str().and_then(|text| text.strip_prefix('#'));
        let pointer = pointer.filter(|pointer| pointer.is_empty() || pointer.starts_with('/'));
        let target = pointer.and_then(|pointer| self.root.pointer(&decoded(pointer)));
        target.ok_or_else(|| {
            let text: String = reference.as_str().unwrap_or_default().chars().take(60).collect();
            format!("the `$ref` `{text}` cannot be followed: write it as `#/` and the way from the top")
        })
    }
}

/// A part of a URI without its percent signs.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        bytes.extend_from_slice(before.as_bytes());
        match after.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(b'%');
                rest = after;
            }
        }
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::decoded;

    #[test]
    fn percent_signs_are_taken_out() {
        for (text, expected) in
            [("", ""), ("/a%20b", "/a b"), ("/%C3%A9/%", "/é/%"), ("%zz%2", "%zz%2"), ("/é%41", "/éA")]
        {
            assert_eq!(decoded(text), expected);
        }
    }
}
