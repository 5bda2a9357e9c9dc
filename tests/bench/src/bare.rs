//! What stands beside the server: actix-web, and nothing else. It says the same bytes to everybody.

use std::fs;
use std::net::SocketAddr;
use std::process::Command;
use std::sync::mpsc;
use std::thread::{self, JoinHandle};

use actix_web::dev::ServerHandle;
use actix_web::http::StatusCode;
use actix_web::rt::System;
use actix_web::web::{self, Bytes, Data};
use actix_web::{App, HttpResponse, HttpServer};
use anyhow::{Context as _, Result, ensure};

use crate::options::Options;
use crate::wire::Answer;

/// What it answers.
#[derive(Clone, Debug)]
pub(crate) struct Saved {
    status: StatusCode,
    headers: Vec<(String, String)>,
    body: Bytes,
}

impl Saved {
    /// All of an answer but what every server writes anew.
    pub(crate) fn of(answer: &Answer<'_>) -> Result<Self> {
        let head = std::str::from_utf8(answer.head)?;
        let headers = head.lines().skip(1).filter_map(|line| line.split_once(':'));
        let own = |name: &str| ["content-length", "date"].iter().any(|own| name.eq_ignore_ascii_case(own));
        Ok(Self {
            status: StatusCode::from_u16(answer.status)?,
            headers: headers
                .filter(|(name, _)| !own(name))
                .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
                .collect(),
            body: Bytes::copy_from_slice(answer.body),
        })
    }

    fn answer(&self) -> HttpResponse {
        let mut answer = HttpResponse::build(self.status);
        for (name, value) in &self.headers {
            answer.append_header((name.as_str(), value.as_str()));
        }
        answer.body(self.body.clone())
    }
}

/// A running one; dropping it ends it.
#[derive(Debug)]
pub(crate) struct Bare {
    /// Where it listens.
    pub address: SocketAddr,
    handle: ServerHandle,
    thread: Option<JoinHandle<Result<()>>>,
}

impl Bare {
    /// Starts it on the core that is the server's.
    pub(crate) fn start(options: &Options, saved: Saved) -> Result<Self> {
        let (core, (sender, receiver)) = (options.core, mpsc::channel());
        let thread = thread::spawn(move || serve(core, saved, &sender));
        match receiver.recv() {
            Ok((address, handle)) => Ok(Self { address, handle, thread: Some(thread) }),
            Err(_) => {
                let ended = thread.join().ok().context("the bare server panicked")?;
                Err(ended.err().context("the bare server ended")?)
            }
        }
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        // Told at once; what it returns only says when it is over.
        drop(self.handle.stop(false));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn serve(core: u32, saved: Saved, started: &mpsc::Sender<(SocketAddr, ServerHandle)>) -> Result<()> {
    pin(core)?;
    let saved = Data::new(saved);
    let app = move || App::new().app_data(saved.clone()).default_service(web::to(answer));
    let server = HttpServer::new(app).workers(1).disable_signals().bind("127.0.0.1:0")?;
    let address = server.addrs().first().copied().context("the bare server has no address")?;
    System::new().block_on(async {
        let server = server.run();
        started.send((address, server.handle())).context("nobody waits for the bare server")?;
        Ok(server.await?)
    })
}

async fn answer(saved: Data<Saved>) -> HttpResponse {
    saved.answer()
}

/// Keeps this thread, and those that it will start, on a core.
fn pin(core: u32) -> Result<()> {
    let thread = fs::read_link("/proc/thread-self")?;
    let id = thread.file_name().context("this thread has no number")?;
    let pinned = Command::new("taskset").args(["--cpu-list", "--pid", &core.to_string()]).arg(id).output()?;
    let told = String::from_utf8_lossy(&pinned.stderr);
    ensure!(pinned.status.success(), "taskset does not keep the bare server on core {core}: {told}");
    Ok(())
}
