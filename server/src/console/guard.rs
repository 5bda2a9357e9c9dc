//! What changes something must come from the console's own pages: browsers say where a request
//! comes from in `Sec-Fetch-Site`, older ones in `Origin`. A request that says neither is no
//! browser's form.

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HOST, HeaderMap, HeaderName, ORIGIN};
use actix_web::middleware::Next;
use magone_core::error::ErrorCode;

use crate::problem::Problem;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The middleware.
///
/// # Errors
/// Those of the framework itself; a request that another site made a browser send is answered 403.
pub(super) async fn same_origin(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse, Error> {
    if !request.method().is_safe() && !is_own(request.headers()) {
        let detail = "This request was made by another site; open the console itself and try again";
        return Ok(request.error_response(Problem::new(ErrorCode::OriginNotAllowed, detail)));
    }
    Ok(next.call(request).await?.map_into_boxed_body())
}

fn is_own(headers: &HeaderMap) -> bool {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text(SEC_FETCH_SITE) {
        return matches!(site, "same-origin" | "none");
    }
    let Some(origin) = text(ORIGIN) else { return false };
    let host = origin.split_once("://").map(|(_, host)| host);
    host.is_some() && host == text(HOST)
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    #[test]
    fn only_the_consoles_own_pages_may_change_something() {
        let own = |pairs: &[(HeaderName, &'static str)]| {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, HeaderValue::from_static("127.0.0.1:3000"));
            for (name, value) in pairs {
                headers.insert(name.clone(), HeaderValue::from_static(value));
            }
            is_own(&headers)
        };
        assert!(own(&[(SEC_FETCH_SITE, "same-origin")]));
        assert!(own(&[(SEC_FETCH_SITE, "none")]));
        assert!(own(&[(ORIGIN, "http://127.0.0.1:3000")]));
        for bad in [
            &[][..],
            &[(SEC_FETCH_SITE, "cross-site")],
            &[(SEC_FETCH_SITE, "same-site")],
            &[(SEC_FETCH_SITE, "cross-site"), (ORIGIN, "http://127.0.0.1:3000")],
            &[(ORIGIN, "null")],
            &[(ORIGIN, "http://127.0.0.1:3001")],
            &[(ORIGIN, "https://evil.example")],
        ] {
            assert!(!own(bad), "{bad:?}");
        }
    }
}
