//! Every endpoint: method, path, who may call it, its handler, and what the contract says about it.
//!
//! A new endpoint is a line here and two functions side by side: the handler, and one that says what no
//! type can tell, for example
//!
//! ```text
//! pub(in crate::api) fn one_doc() -> Doc {
//!     Doc::new("readThing", "One thing").answers::<Thing>(200, "The thing.").fails(&[ErrorCode::NotFound])
//! }
//! ```
//!
//! Bodies (`takes::<T>`), queries (`query::<T>`) and answers are types with `derive(JsonSchema)`: those that
//! the handler reads and sends. Access, headers and errors that all endpoints of a kind share are added; a
//! name in a path is explained in `openapi/parameter.rs`. `make openapi` writes `clients/openapi.json`. Every
//! answer that a test gets is held against the document (`tests/src/harness/conformity.rs`).

use std::convert::identity;

use actix_web::http::Method;
use actix_web::web::{self, ServiceConfig};
use actix_web::{Handler, Resource, Route};
use magone_core::agent::Agent;
use magone_core::grant::Scope;
use magone_core::workflow::Definition;
use magone_service::Permission;

use super::openapi::{self, Doc};
use super::{external, health, internal, pages, schemas, webhooks};
use crate::auth::{
    Asks, Guarded, ManageWebhooks, Needs, ReadWebhooks, Scoped, StandIn, StandInBody, Tenant, WithBody,
    WriteWebhooks,
};
use crate::metrics;

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
    /// What the contract says about it.
    pub doc: fn() -> Doc,
    route: fn(Method) -> Route,
}

macro_rules! endpoint {
    ($method:ident, $path:expr, $access:ident, $handler:path, $doc:path) => {
        Endpoint {
            method: Method::$method,
            path: $path,
            access: Access::$access,
            doc: $doc,
            route: |method| web::method(method).to($handler),
        }
    };
}

/// As `endpoint!`, for handlers that only admins reach: one that does not ask for a permission in
/// its first argument does not compile here.
macro_rules! internal {
    ($method:ident, $path:expr, $handler:path, $doc:expr) => {
        Endpoint {
            method: Method::$method,
            path: $path,
            access: guard_of($handler),
            doc: $doc,
            route: |method| web::method(method).to($handler),
        }
    };
}

/// As `internal!`, for handlers that tenants reach: one that does not ask for a scope in its first
/// argument does not compile here.
macro_rules! external {
    ($method:ident, $path:expr, $handler:path, $doc:expr) => {
        Endpoint {
            method: Method::$method,
            path: $path,
            access: scope_of($handler),
            doc: $doc,
            route: |method| web::method(method).to($handler),
        }
    };
}

fn scope_of<F: Handler<Arguments>, Arguments: Scoped>(_: F) -> Access {
    Access::TenantKey(Arguments::Asks::SCOPE)
}

/// The endpoints of a kind of document below its address.
macro_rules! documents {
    ($base:literal, $kind:ty) => {{
        use internal::{documents as of, documents_doc as doc};
        const ALL: &str = $base;
        const ONE: &str = concat!($base, "/{id}");
        const VERSIONS: &str = concat!($base, "/{id}/versions");
        vec![
            internal!(GET, ALL, of::list::<$kind>, doc::list::<$kind>),
            internal!(POST, ALL, of::create::<$kind>, doc::create::<$kind>),
            internal!(GET, ONE, of::one::<$kind>, doc::one::<$kind>),
            internal!(PUT, ONE, of::save::<$kind>, doc::save::<$kind>),
            internal!(DELETE, ONE, of::delete::<$kind>, doc::delete::<$kind>),
            internal!(GET, VERSIONS, of::versions::<$kind>, doc::versions::<$kind>),
            internal!(
                GET,
                concat!($base, "/{id}/versions/{version}"),
                of::version::<$kind>,
                doc::version::<$kind>
            ),
            internal!(GET, concat!($base, "/{id}/diff"), of::diff::<$kind>, doc::diff::<$kind>),
        ]
    }};
}

/// The endpoints of webhooks below an address. What signs them is not for everybody who may read.
macro_rules! webhooks {
    ($kind:ident, $below:literal, $read:ty, $write:ty, $body:ty, $said:path) => {{
        use webhooks::{deliveries as sent, endpoints as to};
        const TO: &str = concat!($below, "/webhook-endpoints");
        const ONE: &str = concat!($below, "/webhook-endpoints/{id}");
        const TEST: &str = concat!($below, "/webhook-endpoints/{id}/test");
        const SECRET: &str = concat!($below, "/webhook-endpoints/{id}/secret");
        const ROTATE: &str = concat!($below, "/webhook-endpoints/{id}/secret/rotate");
        const SENT: &str = concat!($below, "/webhook-deliveries");
        const DELIVERY: &str = concat!($below, "/webhook-deliveries/{id}");
        const AGAIN: &str = concat!($below, "/webhook-deliveries/{id}/redeliver");
        vec![
            $kind!(GET, TO, to::list::<$read>, || $said(to::list_doc())),
            $kind!(POST, TO, to::create::<$body>, || $said(to::create_doc())),
            $kind!(GET, ONE, to::one::<$read>, || $said(to::one_doc())),
            $kind!(PATCH, ONE, to::update::<$body>, || $said(to::update_doc())),
            $kind!(DELETE, ONE, to::delete::<$write>, || $said(to::delete_doc())),
            $kind!(POST, TEST, to::test::<$body>, || $said(to::test_doc())),
            $kind!(GET, SECRET, to::secret::<$write>, || $said(to::secret_doc())),
            $kind!(POST, ROTATE, to::rotate::<$body>, || $said(to::rotate_doc())),
            $kind!(GET, SENT, sent::list::<$read>, || $said(sent::list_doc())),
            $kind!(GET, DELIVERY, sent::one::<$read>, || $said(sent::one_doc())),
            $kind!(POST, AGAIN, sent::redeliver::<$body>, || $said(sent::redeliver_doc())),
        ]
    }};
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
        endpoint!(GET, "/health", Open, health::health, health::health_doc),
        endpoint!(GET, "/livez", Open, health::live, health::live_doc),
        endpoint!(GET, "/readyz", Open, health::ready, health::ready_doc),
        endpoint!(GET, "/openapi.json", Open, openapi::serve, openapi::serve_doc),
        endpoint!(GET, "/metrics", Open, metrics::read, metrics::read_doc),
        endpoint!(GET, "/docs", Open, pages::contract, pages::contract_doc),
        endpoint!(GET, "/docs.css", Open, pages::style, pages::style_doc),
        endpoint!(GET, "/problems/{code}", Open, pages::problem, pages::problem_doc),
        endpoint!(GET, "/api/v1/schemas/workflow.json", Open, schemas::workflow, schemas::workflow_doc),
    ]
}

fn of_tenants() -> Vec<Endpoint> {
    use external::{approvals, events, execute, executions, keys, retry, standing, workflows};
    vec![
        external!(POST, "/api/v1/external/execute/{slug}", execute::wait, execute::wait_doc),
        external!(POST, "/api/v1/external/execute/{slug}/async", execute::start, execute::start_doc),
        external!(POST, "/api/v1/external/execute/{slug}/stream", execute::stream, execute::stream_doc),
        external!(GET, "/api/v1/external/limits", standing::limits, standing::limits_doc),
        external!(GET, "/api/v1/external/usage", standing::usage, standing::usage_doc),
        external!(GET, "/api/v1/external/me", standing::me, standing::me_doc),
        external!(GET, "/api/v1/external/workflows", workflows::list, workflows::list_doc),
        external!(GET, "/api/v1/external/workflows/{slug}", workflows::one, workflows::one_doc),
        external!(GET, "/api/v1/external/executions", executions::list, executions::list_doc),
        external!(GET, "/api/v1/external/executions/{id}", executions::one, executions::one_doc),
        external!(GET, "/api/v1/external/executions/{id}/events", events::read, events::read_doc),
        external!(
            POST,
            "/api/v1/external/executions/{id}/cancel",
            executions::cancel,
            executions::cancel_doc
        ),
        external!(POST, "/api/v1/external/executions/{id}/retry", retry::retry, retry::retry_doc),
        external!(
            POST,
            "/api/v1/external/executions/{id}/approvals/{approval_id}",
            approvals::decide,
            approvals::decide_doc
        ),
        external!(GET, "/api/v1/external/keys", keys::list, keys::list_doc),
        external!(POST, "/api/v1/external/keys", keys::create, keys::create_doc),
        external!(GET, "/api/v1/external/keys/{id}", keys::one, keys::one_doc),
        external!(DELETE, "/api/v1/external/keys/{id}", keys::revoke, keys::revoke_doc),
        external!(POST, "/api/v1/external/keys/{id}/rotate", keys::rotate, keys::rotate_doc),
    ]
}

/// Below the tenant's own address for its keys, and below one that names it for admins in its place.
fn of_webhooks() -> Vec<Endpoint> {
    type Own = Tenant<ManageWebhooks>;
    let own = webhooks!(external, "/api/v1/external", Own, Own, WithBody<ManageWebhooks>, identity);
    let named = webhooks!(
        internal,
        "/api/v1/tenants/{tenant}",
        StandIn<ReadWebhooks>,
        StandIn<WriteWebhooks>,
        StandInBody<WriteWebhooks>,
        Doc::of_named_tenant
    );
    [own, named].concat()
}

fn of_admins() -> Vec<Endpoint> {
    let of_runs = vec![
        internal!(GET, "/api/v1/audit", internal::audit::list, internal::audit::list_doc),
        internal!(POST, "/api/v1/workflow/execute", internal::runs::execute, internal::runs::execute_doc),
        internal!(GET, "/api/v1/workflow/status/{id}", internal::runs::status, internal::runs::status_doc),
        internal!(
            POST,
            "/api/v1/executions/{id}/approvals/{approval_id}",
            internal::runs::decide,
            internal::runs::decide_doc
        ),
    ];
    [of_runs, of_tenancy(), of_documents()].concat()
}

fn of_tenancy() -> Vec<Endpoint> {
    use internal::{assignments, keys, prices, tenants};
    vec![
        internal!(GET, "/api/v1/tenants", tenants::list, tenants::list_doc),
        internal!(POST, "/api/v1/tenants", tenants::create, tenants::create_doc),
        internal!(GET, "/api/v1/tenants/{tenant}", tenants::one, tenants::one_doc),
        internal!(PATCH, "/api/v1/tenants/{tenant}", tenants::update, tenants::update_doc),
        internal!(DELETE, "/api/v1/tenants/{tenant}", tenants::delete, tenants::delete_doc),
        internal!(POST, "/api/v1/tenants/{tenant}/erase", tenants::erase, tenants::erase_doc),
        internal!(POST, "/api/v1/tenants/{tenant}/suspend", tenants::suspend, tenants::suspend_doc),
        internal!(POST, "/api/v1/tenants/{tenant}/resume", tenants::resume, tenants::resume_doc),
        internal!(GET, "/api/v1/tenants/{tenant}/workflows", assignments::list, assignments::list_doc),
        internal!(
            PUT,
            "/api/v1/tenants/{tenant}/workflows/{slug}",
            assignments::assign,
            assignments::assign_doc
        ),
        internal!(
            DELETE,
            "/api/v1/tenants/{tenant}/workflows/{slug}",
            assignments::unassign,
            assignments::unassign_doc
        ),
        internal!(
            GET,
            "/api/v1/tenants/{tenant}/workflows/{slug}/effective",
            assignments::effective,
            assignments::effective_doc
        ),
        internal!(GET, "/api/v1/keys", keys::list, keys::list_doc),
        internal!(POST, "/api/v1/keys", keys::create, keys::create_doc),
        internal!(DELETE, "/api/v1/keys/{id}", keys::revoke, keys::revoke_doc),
        internal!(POST, "/api/v1/keys/{id}/rotate", keys::rotate, keys::rotate_doc),
        internal!(GET, "/api/v1/model-prices", prices::list, prices::list_doc),
        internal!(GET, "/api/v1/model-prices/{provider}/{name}", prices::one, prices::one_doc),
        internal!(PUT, "/api/v1/model-prices/{provider}/{name}", prices::set, prices::set_doc),
        internal!(DELETE, "/api/v1/model-prices/{provider}/{name}", prices::remove, prices::remove_doc),
    ]
}

fn of_documents() -> Vec<Endpoint> {
    [documents!("/api/v1/workflows", Definition), documents!("/api/v1/agents", Agent)].concat()
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
