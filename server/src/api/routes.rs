//! Every endpoint: method, path, who may call it.

use actix_web::http::Method;
use actix_web::web::{self, ServiceConfig};
use actix_web::{Handler, Resource, Route};
use magone_core::agent::Agent;
use magone_core::grant::Scope;
use magone_core::workflow::Definition;
use magone_service::Permission;

use super::{external, health, internal, problems, schemas};
use crate::auth::{Asks, Guarded, Needs, Scoped};

/// Who may call an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everybody.
    Open,
    /// A tenant's key with this scope; `None`: any.
    TenantKey(Option<Scope>),
    /// An admin token with the scope of this permission; never a tenant's key.
    Admin(Permission),
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

/// As `endpoint!`, for handlers that only admins reach: one that does not ask for a permission in
/// its first argument does not compile here.
macro_rules! internal {
    ($method:ident, $path:literal, $handler:path) => {
        Endpoint {
            method: Method::$method,
            path: $path,
            access: guard_of($handler),
            route: |method| web::method(method).to($handler),
        }
    };
}

/// As `internal!`, for handlers that tenants reach: one that does not ask for a scope in its first
/// argument does not compile here.
macro_rules! external {
    ($method:ident, $path:literal, $handler:path) => {
        Endpoint {
            method: Method::$method,
            path: $path,
            access: scope_of($handler),
            route: |method| web::method(method).to($handler),
        }
    };
}

fn scope_of<F: Handler<Arguments>, Arguments: Scoped>(_: F) -> Access {
    Access::TenantKey(Arguments::Asks::SCOPE)
}

fn guard_of<F: Handler<Arguments>, Arguments: Guarded>(_: F) -> Access {
    Access::Admin(Arguments::Needs::PERMISSION)
}

/// Every endpoint of the API's listener.
#[must_use]
pub fn endpoints() -> Vec<Endpoint> {
    [of_everybody(), of_tenants(), of_webhooks(), of_admins()].concat()
}

fn of_everybody() -> Vec<Endpoint> {
    vec![
        endpoint!(GET, "/health", Open, health::health),
        endpoint!(GET, "/livez", Open, health::live),
        endpoint!(GET, "/readyz", Open, health::ready),
        endpoint!(GET, "/problems/{code}", Open, problems::page),
        endpoint!(GET, "/api/v1/schemas/workflow.json", Open, schemas::workflow),
    ]
}

fn of_tenants() -> Vec<Endpoint> {
    use external::{approvals, events, execute, executions, keys, retry, standing, workflows};
    vec![
        external!(POST, "/api/v1/external/execute/{slug}", execute::wait),
        external!(POST, "/api/v1/external/execute/{slug}/async", execute::start),
        external!(POST, "/api/v1/external/execute/{slug}/stream", execute::stream),
        external!(GET, "/api/v1/external/limits", standing::limits),
        external!(GET, "/api/v1/external/usage", standing::usage),
        external!(GET, "/api/v1/external/me", standing::me),
        external!(GET, "/api/v1/external/workflows", workflows::list),
        external!(GET, "/api/v1/external/workflows/{slug}", workflows::one),
        external!(GET, "/api/v1/external/executions", executions::list),
        external!(GET, "/api/v1/external/executions/{id}", executions::one),
        external!(GET, "/api/v1/external/executions/{id}/events", events::read),
        external!(POST, "/api/v1/external/executions/{id}/cancel", executions::cancel),
        external!(POST, "/api/v1/external/executions/{id}/retry", retry::retry),
        external!(POST, "/api/v1/external/executions/{id}/approvals/{approval_id}", approvals::decide),
        external!(GET, "/api/v1/external/keys", keys::list),
        external!(POST, "/api/v1/external/keys", keys::create),
        external!(GET, "/api/v1/external/keys/{id}", keys::one),
        external!(DELETE, "/api/v1/external/keys/{id}", keys::revoke),
        external!(POST, "/api/v1/external/keys/{id}/rotate", keys::rotate),
    ]
}

fn of_webhooks() -> Vec<Endpoint> {
    use external::{deliveries, endpoints};
    vec![
        external!(GET, "/api/v1/external/webhook-endpoints", endpoints::list),
        external!(POST, "/api/v1/external/webhook-endpoints", endpoints::create),
        external!(GET, "/api/v1/external/webhook-endpoints/{id}", endpoints::one),
        external!(PATCH, "/api/v1/external/webhook-endpoints/{id}", endpoints::update),
        external!(DELETE, "/api/v1/external/webhook-endpoints/{id}", endpoints::delete),
        external!(POST, "/api/v1/external/webhook-endpoints/{id}/test", endpoints::test),
        external!(GET, "/api/v1/external/webhook-endpoints/{id}/secret", endpoints::secret),
        external!(POST, "/api/v1/external/webhook-endpoints/{id}/secret/rotate", endpoints::rotate),
        external!(GET, "/api/v1/external/webhook-deliveries", deliveries::list),
        external!(GET, "/api/v1/external/webhook-deliveries/{id}", deliveries::one),
        external!(POST, "/api/v1/external/webhook-deliveries/{id}/redeliver", deliveries::redeliver),
    ]
}

fn of_admins() -> Vec<Endpoint> {
    let of_runs = vec![
        internal!(GET, "/api/v1/audit", internal::audit::list),
        internal!(POST, "/api/v1/workflow/execute", internal::runs::execute),
        internal!(GET, "/api/v1/workflow/status/{id}", internal::runs::status),
        internal!(POST, "/api/v1/executions/{id}/approvals/{approval_id}", internal::runs::decide),
    ];
    [of_runs, of_tenancy(), of_documents()].concat()
}

fn of_tenancy() -> Vec<Endpoint> {
    use internal::{assignments, keys, prices, tenants};
    vec![
        internal!(GET, "/api/v1/tenants", tenants::list),
        internal!(POST, "/api/v1/tenants", tenants::create),
        internal!(GET, "/api/v1/tenants/{tenant}", tenants::one),
        internal!(PATCH, "/api/v1/tenants/{tenant}", tenants::update),
        internal!(DELETE, "/api/v1/tenants/{tenant}", tenants::delete),
        internal!(POST, "/api/v1/tenants/{tenant}/erase", tenants::erase),
        internal!(POST, "/api/v1/tenants/{tenant}/suspend", tenants::suspend),
        internal!(POST, "/api/v1/tenants/{tenant}/resume", tenants::resume),
        internal!(GET, "/api/v1/tenants/{tenant}/workflows", assignments::list),
        internal!(PUT, "/api/v1/tenants/{tenant}/workflows/{slug}", assignments::assign),
        internal!(DELETE, "/api/v1/tenants/{tenant}/workflows/{slug}", assignments::unassign),
        internal!(GET, "/api/v1/tenants/{tenant}/workflows/{slug}/effective", assignments::effective),
        internal!(GET, "/api/v1/keys", keys::list),
        internal!(POST, "/api/v1/keys", keys::create),
        internal!(DELETE, "/api/v1/keys/{id}", keys::revoke),
        internal!(POST, "/api/v1/keys/{id}/rotate", keys::rotate),
        internal!(GET, "/api/v1/model-prices", prices::list),
        internal!(GET, "/api/v1/model-prices/{provider}/{name}", prices::one),
        internal!(PUT, "/api/v1/model-prices/{provider}/{name}", prices::set),
        internal!(DELETE, "/api/v1/model-prices/{provider}/{name}", prices::remove),
    ]
}

fn of_documents() -> Vec<Endpoint> {
    use internal::documents;
    vec![
        internal!(GET, "/api/v1/workflows", documents::list::<Definition>),
        internal!(POST, "/api/v1/workflows", documents::create::<Definition>),
        internal!(GET, "/api/v1/workflows/{id}", documents::one::<Definition>),
        internal!(PUT, "/api/v1/workflows/{id}", documents::save::<Definition>),
        internal!(DELETE, "/api/v1/workflows/{id}", documents::delete::<Definition>),
        internal!(GET, "/api/v1/workflows/{id}/versions", documents::versions::<Definition>),
        internal!(GET, "/api/v1/workflows/{id}/versions/{version}", documents::version::<Definition>),
        internal!(GET, "/api/v1/workflows/{id}/diff", documents::diff::<Definition>),
        internal!(GET, "/api/v1/agents", documents::list::<Agent>),
        internal!(POST, "/api/v1/agents", documents::create::<Agent>),
        internal!(GET, "/api/v1/agents/{id}", documents::one::<Agent>),
        internal!(PUT, "/api/v1/agents/{id}", documents::save::<Agent>),
        internal!(DELETE, "/api/v1/agents/{id}", documents::delete::<Agent>),
        internal!(GET, "/api/v1/agents/{id}/versions", documents::versions::<Agent>),
        internal!(GET, "/api/v1/agents/{id}/versions/{version}", documents::version::<Agent>),
        internal!(GET, "/api/v1/agents/{id}/diff", documents::diff::<Agent>),
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
