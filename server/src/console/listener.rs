//! The listener: what is at which address.

use std::net::TcpListener;
use std::sync::Arc;

use actix_web::dev::Server;
use actix_web::{App, HttpServer, middleware, web};
use app::backend::ConsoleBackend;
use app::request::CookiePolicy;
use app::{FUNCTIONS_PATH, PACKAGE_PATH, STREAM_PATH};
use leptos::prelude::provide_context;
use leptos_actix::{
    LeptosRoutes, generate_route_list, handle_server_fns_with_context, render_app_async_with_context,
};
use leptos_router::Method;

use crate::announce::Addresses;
use crate::application::{Application, StartError};
use crate::edge;

use super::backend::Backend;
use super::{assets, guard, stream};

/// The console's server, not yet running.
///
/// # Errors
/// When the listener cannot be used.
pub fn server(
    application: &Application,
    listener: TcpListener,
    addresses: &Addresses,
) -> Result<Server, StartError> {
    let state = web::Data::new(application.state.clone());
    let cookies = cookie_policy(addresses);
    let backend: Arc<dyn ConsoleBackend> =
        Arc::new(Backend::new(application.state.clone(), addresses.api_url()));
    let version = assets::version();
    let routes = generate_route_list(app::App);
    let server = HttpServer::new(move || {
        let (backend, version) = (Arc::clone(&backend), version.clone());
        let context = move || {
            provide_context(Arc::clone(&backend));
            provide_context(cookies);
        };
        let page = move || app::shell(&version);
        App::new()
            .app_data(state.clone())
            .app_data(web::Data::new(cookies))
            .route(STREAM_PATH, web::get().to(stream::read))
            .route(&format!("{PACKAGE_PATH}/{{file}}"), web::get().to(assets::file))
            .route(&format!("{FUNCTIONS_PATH}/{{tail:.*}}"), handle_server_fns_with_context(context.clone()))
            .leptos_routes_with_context(routes.clone(), context.clone(), page.clone())
            .default_service(render_app_async_with_context(context, page, Method::Get))
            .wrap(middleware::from_fn(guard::same_origin))
            .wrap(middleware::from_fn(edge::edge))
    });
    server
        .workers(1)
        .disable_signals()
        .shutdown_timeout(1)
        .listen(listener)
        .map(HttpServer::run)
        .map_err(|error| StartError::System(format!("cannot listen: {error}")))
}

/// Plain http is for loopback: elsewhere browsers are to reach the console through https.
fn cookie_policy(addresses: &Addresses) -> CookiePolicy {
    match addresses.console.ip().is_loopback() {
        true => CookiePolicy::Loopback,
        false => CookiePolicy::Secure,
    }
}
