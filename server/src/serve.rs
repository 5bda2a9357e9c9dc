//! The role `serve`: listeners, background jobs, orderly shutdown.

use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use actix_web::dev::{Server, ServerHandle};
use actix_web::{App, HttpServer, middleware, web};
use tokio::runtime::Handle;
use tokio::signal::unix::{SignalKind, signal};

use crate::application::{Application, StartError};
use crate::config::Config;
use crate::edge::Gate;
use crate::engine::MakeEngine;
use crate::webhooks::Courier;
use crate::{announce, api, console, edge, jobs, limits, metrics};

/// How a server is started.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// With the demo's tenant, workflows and agents.
    pub demo: bool,
    /// `provider/name` for the demo's agents instead of the scripted one.
    pub model: Option<String>,
}

/// Serves until a signal stops it. `make` makes the engine.
///
/// # Errors
/// One sentence why it did not start.
pub fn run(config: Config, options: Options, make: MakeEngine) -> Result<(), StartError> {
    let system = |error: std::io::Error| StartError::System(format!("cannot start threads: {error}"));
    let shared = tokio::runtime::Builder::new_multi_thread()
        .thread_name("magone-work")
        .enable_all()
        .build()
        .map_err(system)?;
    let handle = shared.handle().clone();
    let served = actix_web::rt::System::new().block_on(serve(config, options, handle, make));
    shared.shutdown_timeout(Duration::from_secs(1));
    served
}

async fn serve(
    mut config: Config,
    options: Options,
    runtime: Handle,
    make: MakeEngine,
) -> Result<(), StartError> {
    // Bound first: a port that is taken is told before anything else happens.
    let api_listener = bind(config.listen.api, "MAGONE_LISTEN")?;
    let console_listener = bind(config.listen.console, "MAGONE_CONSOLE_LISTEN")?;
    let metrics_listener =
        config.listen.metrics.map(|address| bind(address, "MAGONE_METRICS_LISTEN")).transpose()?;
    let gate = Gate::of(&config);
    let application = Application::build(&mut config, options.model.clone(), runtime.clone(), make).await?;
    let addresses = announce::Addresses::of(&api_listener, &console_listener, metrics_listener.as_ref())?;
    announce::start(&application, &config, &options, &addresses).await?;
    let api = api_server(&application, &gate, api_listener)?;
    let console = console::server(&application, console_listener, &addresses)?;
    let metrics =
        metrics_listener.map(|listener| metrics::server(&application, &gate, listener)).transpose()?;
    jobs::start(&application);
    let courier = Courier::start(application.state.services.clone(), config.egress.guard(), &runtime)?;
    let servers: Vec<_> = [Some(api), Some(console), metrics].into_iter().flatten().collect();
    let handles: Vec<_> = servers.iter().map(Server::handle).collect();
    let servers: Vec<_> = servers.into_iter().map(actix_web::rt::spawn).collect();
    stopped().await?;
    shut_down(&application, courier, config.drain, handles).await;
    for server in servers {
        // It was stopped: how it ended says nothing more.
        let _ = server.await;
    }
    Ok(())
}

fn bind(address: SocketAddr, variable: &'static str) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).map_err(|error| StartError::Listen {
        address: address.to_string(),
        variable,
        why: error.to_string(),
    })
}

fn api_server(application: &Application, gate: &Gate, listener: TcpListener) -> Result<Server, StartError> {
    let (state, gate) = (web::Data::new(application.state.clone()), web::Data::new(gate.clone()));
    let server = HttpServer::new(move || {
        App::new()
            .app_data(state.clone())
            .app_data(gate.clone())
            .configure(api::configure)
            .wrap(middleware::from_fn(edge::plain))
            .wrap(middleware::Compress::default())
            .wrap(middleware::from_fn(edge::edge))
            .wrap(middleware::from_fn(limits::tell))
    });
    server
        .disable_signals()
        .shutdown_timeout(1)
        .listen(listener)
        .map(HttpServer::run)
        .map_err(|error| StartError::System(format!("cannot listen: {error}")))
}

/// Resolves with the first SIGTERM or SIGINT; a second one ends the process at once.
async fn stopped() -> Result<(), StartError> {
    let no_signals = |error: std::io::Error| StartError::System(format!("cannot wait for signals: {error}"));
    let mut terminate = signal(SignalKind::terminate()).map_err(no_signals)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(no_signals)?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    actix_web::rt::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        // What is committed is on disk: the next start goes on from there.
        std::process::exit(1);
    });
    Ok(())
}

/// Readiness goes first, then streams end, runs finish or are noted in the log, and waiting callers
/// learn their run's id.
async fn shut_down(application: &Application, courier: Courier, grace: Duration, handles: Vec<ServerHandle>) {
    tracing::info!(grace_s = grace.as_secs(), "shutting down");
    application.state.readiness.set_draining();
    application.state.draining.cancel();
    let engine = std::sync::Arc::clone(&application.engine);
    let drained = application.state.runtime.spawn(async move { engine.drain(grace).await });
    courier.stop().await;
    if let Err(error) = drained.await {
        tracing::error!(%error, "the engine ended abnormally");
    }
    application.state.stopping.cancel();
    for handle in handles {
        handle.stop(true).await;
    }
    jobs::write_uses(application.state.services.clone()).await;
    application.store.close().await;
}
