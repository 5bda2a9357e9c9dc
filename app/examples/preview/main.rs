//! The console with made-up runs: for working on its looks without a server, a database or a model.
//!
//! `cargo run -p console-build && cargo run -p app --features ssr --example preview`, then
//! <http://127.0.0.1:3999/>. Any email signs in with any password of twelve characters. `--empty`
//! begins without runs, `--new` without an account, `--long` adds a run of 20,000 events.

mod backend;
mod scripts;
mod stream;
mod world;

use std::path::Path;
use std::sync::Arc;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::{App as Actix, HttpRequest, HttpResponse, HttpServer, web};
use app::backend::ConsoleBackend;
use app::request::CookiePolicy;
use app::{App, FUNCTIONS_PATH, PACKAGE_PATH, STREAM_PATH, shell};
use leptos::prelude::provide_context;
use leptos_actix::{
    LeptosRoutes, generate_route_list, handle_server_fns_with_context, render_app_async_with_context,
};

use crate::backend::Preview;
use crate::world::World;

const SITE: &str = "target/site/console/pkg";

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let asked = |flag: &str| std::env::args().any(|argument| argument == flag);
    let world = Arc::new(World::new(asked("--empty")));
    if asked("--long") {
        world.add_past(scripts::long(10_000));
    }
    let backend = Arc::new(Preview::new(Arc::clone(&world), asked("--new")));
    if !asked("--empty") {
        actix_web::rt::spawn(Arc::clone(&world).keep_going());
    }
    let version = std::fs::read_to_string(Path::new(SITE).join("version"))?;
    let routes = generate_route_list(App);
    HttpServer::new(move || {
        let (version, backend) = (version.clone(), Arc::clone(&backend));
        let context = move || {
            let backend: Arc<dyn ConsoleBackend> = backend.clone();
            provide_context(backend);
            provide_context(CookiePolicy::Loopback);
        };
        let page = move || shell(&version);
        Actix::new()
            .app_data(web::Data::from(Arc::clone(&world)))
            .route(&format!("{PACKAGE_PATH}/{{file}}"), web::get().to(file))
            .route(STREAM_PATH, web::get().to(stream::stream))
            .route(&format!("{FUNCTIONS_PATH}/{{tail:.*}}"), handle_server_fns_with_context(context.clone()))
            .leptos_routes_with_context(routes.clone(), context.clone(), page.clone())
            .default_service(render_app_async_with_context(context, page, leptos_router::Method::Get))
    })
    .workers(1)
    .bind(("127.0.0.1", 3999))?
    .run()
    .await
}

/// A file of the build, as it is.
async fn file(request: HttpRequest) -> HttpResponse {
    let name = request.match_info().query("file");
    let kind = match name.rsplit_once('.') {
        Some((_, "js")) => "text/javascript",
        Some((_, "wasm")) => "application/wasm",
        Some((_, "css")) => "text/css",
        _ => return HttpResponse::NotFound().finish(),
    };
    match std::fs::read(Path::new(SITE).join(name)) {
        Ok(content) => HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, kind))
            .insert_header((CACHE_CONTROL, "no-cache"))
            .body(content),
        Err(_) => HttpResponse::NotFound().finish(),
    }
}
