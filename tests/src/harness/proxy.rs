//! What stands between a server and its PostgreSQL, and may be in the way.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::unix;
use tokio::net::{TcpListener, TcpStream, UnixStream, tcp};
use tokio::sync::watch;

use super::outside::{block_on, spawn};
use super::{Data, until};

/// How a transaction is ended on the wire.
const COMMIT: &[u8] = b"COMMIT";

/// What becomes of what a server says to its database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// It arrives.
    Open,
    /// It arrives so much later.
    Slow(Duration),
    /// It waits until the way is another one.
    Blocked,
    /// The next commit arrives, and the connection breaks before anybody learns of it.
    CutAtCommit,
}

/// A running proxy.
pub struct Proxy {
    url: String,
    way: watch::Sender<Way>,
}

impl Proxy {
    /// In front of a PostgreSQL database, open.
    pub fn before(data: &Data) -> Self {
        let database = data.postgres().expect("a database that is on a server");
        let (listener, socket) = (block_on(TcpListener::bind("127.0.0.1:0")).unwrap(), database.socket());
        let url = format!("postgres://postgres@{}/{}", listener.local_addr().unwrap(), database.name());
        let (way, seen) = watch::channel(Way::Open);
        let shared = way.clone();
        spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                // Where nobody listens behind, the connection is closed.
                if let Ok(server) = UnixStream::connect(&socket).await {
                    spawn(connect(client, server, seen.clone(), shared.clone()));
                }
            }
        });
        Self { url, way }
    }

    /// For `DATABASE_URL`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// From now on.
    pub fn turn(&self, way: Way) {
        self.way.send_replace(way);
    }

    /// Waits until a commit was cut, which opens the way again.
    pub fn wait_for_cut(&self) {
        until("a commit is cut", || (*self.way.borrow() == Way::Open).then_some(()));
    }
}

async fn connect(
    client: TcpStream,
    server: UnixStream,
    way: watch::Receiver<Way>,
    shared: watch::Sender<Way>,
) {
    let (from_client, mut to_client) = client.into_split();
    let (mut from_server, to_server) = server.into_split();
    let (cut, mut was_cut) = watch::channel(false);
    spawn(there(from_client, to_server, way, shared, cut));
    let mut bytes = vec![0; 64 * 1024];
    while let Ok(read) = from_server.read(&mut bytes).await {
        // What comes after the cut is the answer that nobody gets. Dropping both ends closes them.
        if read == 0 || *was_cut.borrow_and_update() || to_client.write_all(&bytes[..read]).await.is_err() {
            return;
        }
    }
}

/// From the client to the server, until either closes.
async fn there(
    mut client: tcp::OwnedReadHalf,
    mut server: unix::OwnedWriteHalf,
    mut way: watch::Receiver<Way>,
    shared: watch::Sender<Way>,
    cut: watch::Sender<bool>,
) {
    let mut bytes = vec![0; 64 * 1024];
    while let Ok(read) = client.read(&mut bytes).await {
        let now = *way.borrow();
        match now {
            Way::Slow(delay) => tokio::time::sleep(delay).await,
            Way::Blocked if way.wait_for(|way| *way != Way::Blocked).await.is_err() => return,
            Way::CutAtCommit if bytes[..read].windows(COMMIT.len()).any(|window| window == COMMIT) => {
                cut.send_replace(true);
                shared.send_replace(Way::Open);
            }
            Way::Open | Way::Blocked | Way::CutAtCommit => {}
        }
        if read == 0 || server.write_all(&bytes[..read]).await.is_err() {
            return;
        }
    }
}
