//! The provider itself: a listener, and what it saw.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::net::TcpListener;
use tokio::sync::watch;

use super::{Call, Reply, connection};
use crate::harness::outside::{block_on, spawn};
use crate::harness::until;

#[derive(Default)]
pub(super) struct Seen {
    pub calls: Vec<Call>,
    pub hung_up: usize,
    pub answered: usize,
    pub bytes: u64,
}

type Script = dyn Fn(&Call) -> Reply + Send + Sync;

pub(super) struct Inner {
    pub script: Box<Script>,
    seen: Mutex<Seen>,
    pub released: watch::Sender<bool>,
}

impl Inner {
    pub fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A running provider.
#[derive(Clone)]
pub struct Mock {
    url: String,
    inner: Arc<Inner>,
}

impl Mock {
    /// `script` says what is done with each call.
    pub fn start(script: impl Fn(&Call) -> Reply + Send + Sync + 'static) -> Self {
        let listener = block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let url = format!("http://{}/v1", listener.local_addr().unwrap());
        let (released, _) = watch::channel(false);
        let inner = Arc::new(Inner { script: Box::new(script), seen: Mutex::default(), released });
        let serving = Arc::downgrade(&inner);
        spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let Some(inner) = serving.upgrade() else { return };
                spawn(connection::serve(socket, inner));
            }
        });
        Self { url, inner }
    }

    /// Always the same text.
    pub fn saying(text: &str) -> Self {
        let text = text.to_owned();
        Self::start(move |_| Reply::Say(text.clone()))
    }

    /// For `OPENAI_BASE_URL`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Lets every held call, and every later one, be answered.
    pub fn release(&self) {
        self.inner.released.send_replace(true);
    }

    /// All calls so far.
    pub fn calls(&self) -> Vec<Call> {
        self.inner.seen().calls.clone()
    }

    /// How many calls there were.
    pub fn count(&self) -> usize {
        self.inner.seen().calls.len()
    }

    /// How many answers were written to their end.
    pub fn answered(&self) -> usize {
        self.inner.seen().answered
    }

    /// How many calls were broken off by the caller.
    pub fn hung_up(&self) -> usize {
        self.inner.seen().hung_up
    }

    /// Bytes of answers that were written, those without an end included.
    pub fn bytes(&self) -> u64 {
        self.inner.seen().bytes
    }

    /// Calls by idempotency key.
    pub fn by_key(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for call in &self.inner.seen().calls {
            *counts.entry(call.key.clone()).or_default() += 1;
        }
        counts
    }

    /// Waits until there were so many calls; the last of them.
    pub fn wait_for(&self, calls: usize) -> Call {
        until(&format!("the model is called {calls} times"), || {
            self.inner.seen().calls.get(calls - 1).cloned()
        })
    }

    /// Waits until so many calls were broken off by the caller.
    pub fn wait_for_hang_up(&self, calls: usize) {
        until(&format!("{calls} calls are broken off"), || (self.hung_up() >= calls).then_some(()));
    }
}
