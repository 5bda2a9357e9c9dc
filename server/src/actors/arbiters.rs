//! A few threads for all actors; an actor stays on the thread that its key hashes to.

use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};

use actix::{Arbiter, ArbiterHandle};

/// More threads than this are of no use: handlers are short and never wait.
const MOST: usize = 4;

/// The threads. Stops them when dropped.
pub struct Arbiters {
    arbiters: Vec<Arbiter>,
}

impl fmt::Debug for Arbiters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Arbiters").field("threads", &self.arbiters.len()).finish()
    }
}

impl Arbiters {
    /// As many threads as there are cores, at most four. Needs a running actix system.
    #[must_use]
    pub fn start() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self { arbiters: (0..cores.min(MOST)).map(|_| Arbiter::new()).collect() }
    }

    /// The thread of a key.
    pub(super) fn of(&self, key: &str) -> ArbiterHandle {
        let mut hasher = DefaultHasher::new();
        key.hash(&mut hasher);
        let count = u64::try_from(self.arbiters.len()).unwrap_or(1).max(1);
        let place = usize::try_from(hasher.finish() % count).unwrap_or(0);
        self.arbiters.get(place).map_or_else(Arbiter::current, Arbiter::handle)
    }
}

/// Does something with arbiters where there is no server: what measures actors needs a system to run
/// them in.
pub fn on_system<T>(work: impl FnOnce(Arbiters) -> T) -> T {
    actix::System::new().block_on(async move { work(Arbiters::start()) })
}

impl Drop for Arbiters {
    fn drop(&mut self) {
        for arbiter in &self.arbiters {
            arbiter.stop();
        }
    }
}
