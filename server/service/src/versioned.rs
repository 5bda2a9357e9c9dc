//! Versions of documents: one that was found, one that is to be saved.

use magone_core::ports::StoreError;
use magone_core::workflow::Problem;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::difference::{self, Difference};
use crate::members::Members;
use crate::{Document, ServiceError};

/// A version of a document.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "{D}Version")]
pub struct Version<D> {
    /// Its number, from 1.
    pub version: u32,
    /// The document.
    #[serde(flatten)]
    pub document: D,
}

/// A document that is to be saved, as it came.
#[derive(Clone, Debug, PartialEq)]
pub struct SaveRequest {
    /// The document.
    pub body: Value,
    /// The version that the change was made to, 0 for none; `None`: whatever is there.
    pub base: Option<u32>,
}

impl SaveRequest {
    /// From a body that is the document, and may have `base_version` beside its members.
    ///
    /// `id`: the document's id where the address names it. `base`: the version where the request
    /// names it elsewhere.
    ///
    /// # Errors
    /// [`ServiceError::Validation`].
    pub fn from_json<D: Document>(
        body: Value,
        id: Option<&str>,
        base: Option<u32>,
    ) -> Result<Self, ServiceError> {
        let mut members = Members::of(D::WORD, body)?.into_rest();
        let named = members.remove("base_version");
        let mut problems = Vec::new();
        let named = match named {
            None | Some(Value::Null) => None,
            Some(named) => {
                let number = named.as_u64().and_then(|number| u32::try_from(number).ok());
                if number.is_none() {
                    problems.push(Problem::new(
                        "/base_version",
                        "'base_version' has to be a whole number, 0 or more",
                    ));
                }
                number
            }
        };
        if let Some(id) = id {
            let given = members.entry("id").or_insert_with(|| Value::from(id));
            if given.as_str() != Some(id) {
                problems.push(Problem::new(
                    "/id",
                    format!("the address says '{id}': leave 'id' out, or repeat it"),
                ));
            }
        }
        if base.zip(named).is_some_and(|(base, named)| base != named) {
            let detail = "'base_version' and the header If-Match name different versions; keep one of them";
            problems.push(Problem::new("/base_version", detail));
        }
        match problems.is_empty() {
            true => Ok(Self { body: Value::Object(members), base: base.or(named) }),
            false => Err(ServiceError::invalid(D::WORD, problems)),
        }
    }
}

/// There is no such document, or no such version of it.
pub(crate) fn missing<D: Document>(id: &str, version: Option<u32>) -> ServiceError {
    match version {
        None => ServiceError::not_found(D::KIND, id),
        Some(version) => ServiceError::not_found(D::KIND, format!("{id} version {version}")),
    }
}

/// Where it was there a moment ago.
pub(crate) fn gone(error: StoreError, kind: &'static str, id: &str) -> ServiceError {
    match error {
        StoreError::NotFound(_) => ServiceError::not_found(kind, id),
        error => error.into(),
    }
}

/// What differs between two versions.
pub(crate) fn differences<D: Serialize>(before: &D, after: &D) -> Result<Vec<Difference>, ServiceError> {
    let value = |document: &D| {
        serde_json::to_value(document)
            .map_err(|error| ServiceError::Internal(format!("a document is no JSON: {error}")))
    };
    Ok(difference::between(&value(before)?, &value(after)?))
}

#[cfg(test)]
mod tests {
    use magone_core::agent::Agent;
    use serde_json::json;

    use super::*;

    #[test]
    fn the_base_is_taken_from_either_place_and_has_to_agree() {
        let read = |body: Value, base| SaveRequest::from_json::<Agent>(body, Some("a"), base);
        assert_eq!(read(json!({"model": "m"}), None).unwrap().body, json!({"id": "a", "model": "m"}));
        assert_eq!(read(json!({"base_version": 3}), None).unwrap().base, Some(3));
        assert_eq!(read(json!({}), Some(4)).unwrap().base, Some(4));
        assert_eq!(read(json!({"base_version": 4}), Some(4)).unwrap().base, Some(4));
        for (body, base, pointer) in [
            (json!({"base_version": 3}), Some(4), "/base_version"),
            (json!({"base_version": -1}), None, "/base_version"),
            (json!({"id": "b"}), None, "/id"),
            (json!([]), None, ""),
        ] {
            assert_eq!(read(body, base).unwrap_err().problems()[0].pointer, pointer);
        }
    }
}
