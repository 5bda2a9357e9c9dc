//! A listener for the figures alone (`MAGONE_METRICS_LISTEN`).

use std::net::TcpListener;

use actix_web::dev::Server;
use actix_web::{App, HttpResponse, HttpServer, middleware, web};

use super::page;
use crate::application::{Application, StartError};
use crate::edge::{self, Gate};

/// The server, not yet running.
///
/// # Errors
/// When the listener cannot be used.
pub fn server(application: &Application, gate: &Gate, listener: TcpListener) -> Result<Server, StartError> {
    let (state, gate) = (application.state.clone(), gate.clone());
    let server = HttpServer::new(move || {
        let (state, gate) = (state.clone(), gate.clone());
        let figures = move || {
            let text = page::render(&state, Some(&gate));
            async { HttpResponse::Ok().content_type(prometheus::TEXT_FORMAT).body(text) }
        };
        App::new().route("/metrics", web::get().to(figures)).wrap(middleware::from_fn(edge::edge))
    });
    server
        .workers(1)
        .disable_signals()
        .shutdown_timeout(1)
        .listen(listener)
        .map(HttpServer::run)
        .map_err(|error| StartError::System(format!("cannot listen: {error}")))
}
