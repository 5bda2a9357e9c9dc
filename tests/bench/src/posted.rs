//! B3 with webhooks: every run's end is posted, and taken, once.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::closed;
use crate::count::number;
use crate::figure::{Figures, Mark};
use crate::server::Server;
use crate::wire::Request;
use crate::workload::{self, THREE_STEPS};

/// How long posts may still come after the last run was accepted.
const PATIENCE: Duration = Duration::from_secs(120);
const LOOK: Duration = Duration::from_millis(2);
const TAKEN: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

/// Starts the runs, and waits until the last post was taken.
pub(crate) async fn round(
    server: &Server,
    key: &str,
    (count, callers): (usize, usize),
    figures: &mut Figures,
) -> Result<()> {
    let (receiver, posts) = receive().await?;
    let body = format!(r#"{{"input":"ping","webhook_url":"http://{receiver}/"}}"#);
    let request = Request::post(&workload::async_path(THREE_STEPS), key, &body);
    let began = Instant::now();
    let asked = move |_| request.clone();
    let done =
        closed::drive(server.address, callers, count, asked, |_, answer| answer.must_be(202, "")).await?;
    while posts.load(Ordering::SeqCst) < count {
        let left = count.saturating_sub(posts.load(Ordering::SeqCst));
        ensure!(began.elapsed() < PATIENCE, "{left} of {count} posts did not arrive");
        tokio::time::sleep(LOOK).await;
    }
    let all = began.elapsed().as_secs_f64();
    figures.note("async with webhook, accepted", "runs/s", done.rate(), Mark::None);
    figures.note("async with webhook, posted", "runs/s", number(count) / all, Mark::None);
    Ok(())
}

/// A receiver that takes everything; how much that was.
async fn receive() -> Result<(SocketAddr, Arc<AtomicUsize>)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let (address, posts) = (listener.local_addr()?, Arc::<AtomicUsize>::default());
    let counted = Arc::clone(&posts);
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            tokio::spawn(take(socket, Arc::clone(&counted)));
        }
    });
    Ok((address, posts))
}

async fn take(mut socket: TcpStream, posts: Arc<AtomicUsize>) -> Result<()> {
    let mut bytes = Vec::with_capacity(8 * 1024);
    while !is_whole(&bytes) {
        ensure!(socket.read_buf(&mut bytes).await? > 0, "the server closed the connection");
    }
    socket.write_all(TAKEN).await?;
    posts.fetch_add(1, Ordering::SeqCst);
    Ok(())
}

fn is_whole(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
    });
    length.is_some_and(|length: usize| body.len() >= length)
}
