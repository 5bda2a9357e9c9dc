//! What the contract says about definitions and agents: the same for both.

use magone_core::error::ErrorCode;
use magone_service::{Difference, Version};
use magone_store::{Summary, VersionSummary};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use serde_json::{Value, json};

use super::documents::{Compared, Served};
use crate::api::openapi::{Doc, Header};

/// Versions in a list.
#[derive(JsonSchema, Serialize)]
pub(super) struct Versions {
    /// How many there are.
    pub total: usize,
    /// Newest first.
    pub versions: Vec<VersionSummary>,
}

/// What differs between two versions.
#[derive(JsonSchema, Serialize)]
pub(super) struct Changes {
    /// The document.
    pub id: String,
    /// The one version.
    pub from: u32,
    /// The other.
    pub to: u32,
    /// In the order of the document.
    pub changes: Vec<Difference>,
}

/// A document that is to be saved, and the version that the change was made to.
fn to_save<D: Served>(generator: &mut SchemaGenerator) -> Schema {
    let mut schema = D::json_schema(generator);
    let base = json!({
        "type": ["integer", "null"],
        "minimum": 0,
        "description": "The version that the change was made to, 0 for none; null: whatever is there.",
    });
    if let Some(members) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        members.insert("base_version".to_owned(), base);
    }
    schema
}

pub(in crate::api) fn list<D: Served>() -> Doc {
    fn schema<D: Served>(generator: &mut SchemaGenerator) -> Schema {
        let rows = generator.subschema_for::<Vec<Summary>>();
        json_schema!({
            "type": "object",
            "required": ["total", D::PLURAL],
            "properties": {"total": {"type": "integer", "minimum": 0}, (D::PLURAL): rows},
        })
    }
    Doc::new(format!("list{}s", D::SINGULAR), format!("All {}", D::PLURAL)).answers_as(
        200,
        "application/json",
        "All of them, by id.",
        schema::<D>,
    )
}

pub(in crate::api) fn create<D: Served>() -> Doc {
    saving::<D>("create", "Save a new one")
        .answers::<Version<D>>(201, "Its first version.")
        .gives(Header::LOCATION)
        .gives(Header::ETAG)
        .fails(&[ErrorCode::Conflict])
}

pub(in crate::api) fn save<D: Served>() -> Doc {
    saving::<D>("save", "Save the next version")
        .about(
            "`If-Match`, or `base_version` in the body, names the version that the change was made to: if \
             somebody saved in between, the answer is 409. The same content again is the same version.",
        )
        .reads(Header::IF_MATCH)
        .answers::<Version<D>>(200, "The version.")
        .gives(Header::ETAG)
        .fails(&[ErrorCode::Conflict])
}

fn saving<D: Served>(verb: &str, summary: &str) -> Doc {
    Doc::new(format!("{verb}{}", D::SINGULAR), summary).takes_as(to_save::<D>, D::example())
}

pub(in crate::api) fn one<D: Served>() -> Doc {
    Doc::new(format!("read{}", D::SINGULAR), "The latest version")
        .answers::<Version<D>>(200, "The version.")
        .gives(Header::ETAG)
        .fails(&[ErrorCode::NotFound])
}

pub(in crate::api) fn delete<D: Served>() -> Doc {
    Doc::new(format!("delete{}", D::SINGULAR), "Delete it")
        .about("Its versions stay for the executions that are pinned to them. Whoever uses it is named in the conflict.")
        .answers_empty(204, "It is gone.")
        .fails(&[ErrorCode::NotFound, ErrorCode::Conflict])
}

pub(in crate::api) fn versions<D: Served>() -> Doc {
    Doc::new(format!("list{}Versions", D::SINGULAR), "Its versions")
        .answers::<Versions>(200, "All of them.")
        .fails(&[ErrorCode::NotFound])
}

pub(in crate::api) fn version<D: Served>() -> Doc {
    Doc::new(format!("read{}Version", D::SINGULAR), "One of its versions")
        .answers::<Version<D>>(200, "The version.")
        .gives(Header::ETAG)
        .fails(&[ErrorCode::NotFound])
}

pub(in crate::api) fn diff<D: Served>() -> Doc {
    Doc::new(format!("compare{}Versions", D::SINGULAR), "What differs between two versions")
        .query::<Compared>()
        .answers::<Changes>(200, "Every difference.")
        .fails(&[ErrorCode::NotFound, ErrorCode::Validation])
}
