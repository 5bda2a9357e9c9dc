//! What definitions and agents have in common as documents with versions.

use actix_web::HttpResponse;
use actix_web::http::header::{self, ETag, EntityTag, HeaderMap};
use magone_service::Version;
use magone_store::{Summary, VersionSummary};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::query;
use crate::problem::Problem;

/// Query of a comparison.
#[derive(Debug, Deserialize)]
pub struct Compared {
    from: Option<String>,
    to: Option<String>,
}

impl Compared {
    /// The two versions.
    pub(super) fn versions(&self) -> Result<(u32, u32), Problem> {
        let number = |name: &str, text: &Option<String>| {
            let number =
                text.as_deref().and_then(|text| text.parse::<u32>().ok()).filter(|number| *number > 0);
            number.ok_or_else(|| query::wrong(name, "a version's number"))
        };
        Ok((number("from", &self.from)?, number("to", &self.to)?))
    }
}

/// The version that a change was made to, as `If-Match` names it; `*` is any.
pub(super) fn base(headers: &HeaderMap) -> Result<Option<u32>, Problem> {
    let Some(value) = headers.get(header::IF_MATCH) else { return Ok(None) };
    let text = value.to_str().unwrap_or_default().trim();
    if text == "*" {
        return Ok(None);
    }
    let number = text.trim_matches('"').parse().ok();
    number.map(Some).ok_or_else(|| query::wrong("If-Match", "the ETag of a version, such as \"3\""))
}

/// A version of a path.
pub(super) fn version(text: &str) -> Option<u32> {
    text.parse().ok().filter(|number| *number > 0)
}

/// A version with its number as its tag.
pub(super) fn answer<D: Serialize>(
    mut response: actix_web::HttpResponseBuilder,
    document: &Version<D>,
) -> HttpResponse {
    response.insert_header(ETag(EntityTag::new_strong(document.version.to_string()))).json(document)
}

/// A document in a list.
pub(super) fn summary(summary: &Summary) -> Value {
    json!({
        "id": summary.id,
        "name": summary.name,
        "description": summary.description,
        "latest_version": summary.latest_version,
        "created_at": summary.created_at,
        "updated_at": summary.updated_at,
    })
}

/// All versions of a document.
pub(super) fn history(versions: &[VersionSummary]) -> HttpResponse {
    let listed = |one: &VersionSummary| json!({"version": one.version, "created_at": one.created_at});
    let versions: Vec<Value> = versions.iter().map(listed).collect();
    HttpResponse::Ok().json(json!({"total": versions.len(), "versions": versions}))
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    #[test]
    fn the_tag_of_a_version_is_its_number() {
        let of = |text: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::IF_MATCH, HeaderValue::from_static(text));
            base(&headers).map_err(|problem| problem.errors.len())
        };
        assert_eq!((of("\"3\""), of("3"), of("*")), (Ok(Some(3)), Ok(Some(3)), Ok(None)));
        assert_eq!((of("W/\"3\""), of("x"), of("")), (Err(1), Err(1), Err(1)));
        assert_eq!(base(&HeaderMap::new()).ok(), Some(None));
    }
}
