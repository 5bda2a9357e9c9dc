//! The console's files, embedded in the binary: compressed once, at build time.

use actix_web::http::header::{self, HeaderMap};
use actix_web::{HttpRequest, HttpResponse, web};
use app::BUILD_VERSION_PARAMETER;
use magone_service::ServiceError;
use rust_embed::Embed;

use crate::problem::Problem;

#[derive(Embed)]
#[folder = "../target/site/console/pkg"]
#[allow_missing = true]
struct Site;

/// Name of the build, for the addresses of its files; `none` when the binary was built without the
/// console.
pub(super) fn version() -> String {
    let file = Site::get("version");
    let text = file.and_then(|file| String::from_utf8(file.data.into_owned()).ok());
    text.map_or_else(|| "none".to_owned(), |text| text.trim().to_owned())
}

/// `GET /console/pkg/{file}`.
///
/// # Errors
/// 404 for a file that is not there.
pub(super) async fn file(request: HttpRequest, path: web::Path<String>) -> Result<HttpResponse, Problem> {
    let (encoding, found) =
        best(request.headers(), &path).ok_or_else(|| ServiceError::not_found("File", path.as_str()))?;
    let tag = tag(&found);
    let mut response = HttpResponse::Ok();
    response
        .insert_header((header::CONTENT_TYPE, media_type(&path)))
        .insert_header((header::VARY, "Accept-Encoding"))
        .insert_header((header::CACHE_CONTROL, caching(&request)))
        .insert_header((header::ETAG, tag.clone()));
    let seen = request.headers().get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    if seen == Some(tag.as_str()) {
        return Ok(HttpResponse::NotModified().insert_header((header::ETAG, tag)).finish());
    }
    if let Some(encoding) = encoding {
        response.insert_header((header::CONTENT_ENCODING, encoding));
    }
    Ok(response.body(found.data.into_owned()))
}

/// The smallest form of the file that the browser takes.
fn best(headers: &HeaderMap, path: &str) -> Option<(Option<&'static str>, rust_embed::EmbeddedFile)> {
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    let takes = |encoding: &str| {
        accepted.is_some_and(|accepted| accepted.split(',').any(|item| item.trim().starts_with(encoding)))
    };
    [("br", ".br"), ("gzip", ".gz")]
        .into_iter()
        .filter(|(encoding, _)| takes(encoding))
        .find_map(|(encoding, ending)| Some((Some(encoding), Site::get(&format!("{path}{ending}"))?)))
        .or_else(|| Some((None, Site::get(path)?)))
}

/// Under the address of its build a file never changes; under any other it is looked at again each
/// time, because a new server must never meet an old script.
fn caching(request: &HttpRequest) -> &'static str {
    let current = format!("{BUILD_VERSION_PARAMETER}={}", version());
    if request.query_string() == current { "public, max-age=31536000, immutable" } else { "no-cache" }
}

fn tag(file: &rust_embed::EmbeddedFile) -> String {
    let hash: String =
        file.metadata.sha256_hash().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("\"{hash}\"")
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, ending)| ending) {
        Some("js") => "text/javascript; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    }
}
