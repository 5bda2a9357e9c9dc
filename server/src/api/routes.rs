//! Every endpoint: method, path, who may call it.

use actix_web::http::Method;
use actix_web::web::{self, ServiceConfig};
use actix_web::{Resource, Route};

use super::{external, health, problems};

/// Who may call an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everybody.
    Open,
    /// A tenant's key.
    TenantKey,
}

/// One endpoint.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// Its method.
    pub method: Method,
    /// Its path, with `{names}` for what varies.
    pub path: &'static str,
    /// Who may call it.
    pub access: Access,
    route: fn(Method) -> Route,
}

macro_rules! endpoint {
    ($method:ident, $path:literal, $access:ident, $handler:path) => {
        Endpoint {
            method: Method::$method,
            path: $path,
            access: Access::$access,
            route: |method| web::method(method).to($handler),
        }
    };
}

/// Every endpoint of the API's listener.
#[must_use]
pub fn endpoints() -> Vec<Endpoint> {
    use external::{approvals, events, execute, executions, workflows};
    vec![
        endpoint!(POST, "/api/v1/external/execute/{slug}", TenantKey, execute::wait),
        endpoint!(POST, "/api/v1/external/execute/{slug}/async", TenantKey, execute::start),
        endpoint!(GET, "/api/v1/external/workflows", TenantKey, workflows::list),
        endpoint!(GET, "/api/v1/external/workflows/{slug}", TenantKey, workflows::one),
        endpoint!(GET, "/api/v1/external/executions", TenantKey, executions::list),
        endpoint!(GET, "/api/v1/external/executions/{id}", TenantKey, executions::one),
        endpoint!(GET, "/api/v1/external/executions/{id}/events", TenantKey, events::read),
        endpoint!(POST, "/api/v1/external/executions/{id}/cancel", TenantKey, executions::cancel),
        endpoint!(
            POST,
            "/api/v1/external/executions/{id}/approvals/{approval_id}",
            TenantKey,
            approvals::decide
        ),
        endpoint!(GET, "/health", Open, health::health),
        endpoint!(GET, "/livez", Open, health::live),
        endpoint!(GET, "/readyz", Open, health::ready),
        endpoint!(GET, "/problems/{code}", Open, problems::page),
    ]
}

/// Puts every endpoint into the router; what can be read can be asked about with HEAD (RFC 9110,
/// section 9.1). A path with another method answers 405.
pub fn configure(config: &mut ServiceConfig) {
    let mut paths: Vec<(&'static str, Resource)> = Vec::new();
    for endpoint in endpoints() {
        let at = paths.iter().position(|(path, _)| *path == endpoint.path);
        let resource = match at {
            Some(at) => paths.swap_remove(at).1,
            None => web::resource(endpoint.path),
        };
        let resource = match endpoint.method == Method::GET {
            true => resource.route((endpoint.route)(Method::HEAD)),
            false => resource,
        };
        paths.push((endpoint.path, resource.route((endpoint.route)(endpoint.method))));
    }
    for (_, resource) in paths {
        config.service(resource);
    }
}
