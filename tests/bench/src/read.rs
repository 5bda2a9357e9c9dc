//! B1: what a read costs, with a key that is right and with one that is wrong, beside a server that does
//! nothing but say the same bytes. Both are kept on the same core, one after the other.

use std::net::{Ipv4Addr, SocketAddr};
use std::rc::Rc;
use std::time::Duration;

use anyhow::Result;

use crate::bare::{Bare, Saved};
use crate::closed;
use crate::count::per;
use crate::figure::{Figures, Mark};
use crate::options::Options;
use crate::process;
use crate::report::About;
use crate::rounds::{Site, rounds};
use crate::server::Server;
use crate::wire::{Answer, Connection, Request};
use crate::workload::{self, ONE_STEP, WORKFLOWS};

/// What it is about.
pub(crate) const ABOUT: About = About { bench: "B1", name: "read path", beside: &[] };

const PATH: &str = "/api/v1/external/workflows";
/// How many workflows the answer names.
const LISTED: usize = 20;
/// Wrong keys that come from one address: with a few more it would be held up for a while.
const PATIENCE: usize = 25;
/// The first of their addresses, of 16 million: of a network that is nobody's here.
const FIRST_ADDRESS: u32 = 0x0b00_0000;

/// How much is asked.
#[derive(Clone, Copy)]
struct Load {
    warm_up: usize,
    count: usize,
    callers: usize,
}

/// Measures it.
pub(crate) fn measure(options: &Options) -> Result<Figures> {
    let load = match options.smoke {
        true => Load { warm_up: 50, count: 500, callers: 8 },
        false => Load { warm_up: 5_000, count: 60_000, callers: 64 },
    };
    rounds(options, &[load], round)
}

async fn round(site: Site<'_>, load: Load, figures: &mut Figures) -> Result<()> {
    let Site { options, data, key } = site;
    for place in WORKFLOWS..LISTED {
        workload::assign(&options.server, data, ONE_STEP, &format!("more-{place}"))?;
    }
    // A caller's address is what its proxy says: so wrong keys can come from many.
    let server = Server::start(options, data, &[("MAGONE_TRUSTED_PROXIES", "127.0.0.1")]).await?;
    let list = Request::get(PATH, key);
    let right = Asked { status: 200, request: Rc::new(move |_| list.clone()) };
    beside(options, &server, load, right, ("a list", Mark::AtLeast(0.6)), figures).await?;
    let key = damaged(key);
    let wrong = Asked { status: 401, request: Rc::new(move |place| stranger(&key, place)) };
    beside(options, &server, load, wrong, ("a wrong key", Mark::AtLeast(0.9)), figures).await
}

/// What is asked, and what is answered.
#[derive(Clone)]
struct Asked {
    status: u16,
    request: Rc<dyn Fn(usize) -> Request>,
}

/// The key with another last character: its checksum is wrong.
fn damaged(key: &str) -> String {
    let (start, last) = key.split_at(key.len().saturating_sub(1));
    format!("{start}{}", if last == "0" { '1' } else { '0' })
}

/// The wrong key, from the address whose turn it is.
fn stranger(key: &str, place: usize) -> Request {
    let address = u32::try_from(place / PATIENCE).unwrap_or_default();
    Request::forwarded(PATH, key, Ipv4Addr::from_bits(FIRST_ADDRESS | address))
}

/// The same load for the server and for a bare one.
async fn beside(
    options: &Options,
    server: &Server,
    load: Load,
    asked: Asked,
    (name, mark): (&str, Mark),
    figures: &mut Figures,
) -> Result<()> {
    let mut connection = Connection::open(server.address).await?;
    let answer = connection.exchange(&(asked.request)(0)).await?;
    answer.must_be(asked.status, "")?;
    let saved = Saved::of(&answer)?;
    let ours = burst(server.address, load, &asked, || server.cpu()).await?;
    let bare = Bare::start(options, saved)?;
    // It is a part of this process: all but this thread.
    let used = || Ok(process::cpu("self")?.saturating_sub(process::cpu("thread-self")?));
    let peer = burst(bare.address, load, &asked, used).await?;
    let mut note = |what: &str, unit, value, mark| figures.note(format!("{name}, {what}"), unit, value, mark);
    note("a second", "1/s", ours.rate, Mark::None);
    note("a second, bare", "1/s", peer.rate, Mark::None);
    note("a second, to bare", "x", ours.rate / peer.rate, mark);
    // Where the generator is slower than a server, only this tells the difference.
    note("processor time", "us", ours.cpu, Mark::None);
    note("processor time, bare", "us", peer.cpu, Mark::None);
    note("processor time, bare to ours", "x", peer.cpu / ours.cpu, mark);
    Ok(())
}

/// What was measured of one server.
struct Burst {
    /// Answers a second.
    rate: f64,
    /// Microseconds of processor time for an answer.
    cpu: f64,
}

async fn burst(
    address: SocketAddr,
    load: Load,
    asked: &Asked,
    used: impl Fn() -> Result<Duration>,
) -> Result<Burst> {
    // The first was sent already.
    closed::drive(address, load.callers, load.warm_up, asked.from(1), asked.judge()).await?;
    let before = used()?;
    let from = asked.from(1 + load.warm_up);
    let done = closed::drive(address, load.callers, load.count, from, asked.judge()).await?;
    let cpu = per((used()? - before).as_secs_f64() * 1e6, done.taken.len());
    Ok(Burst { rate: done.rate(), cpu })
}

impl Asked {
    fn from(&self, first: usize) -> impl Fn(usize) -> Request + 'static {
        let request = Rc::clone(&self.request);
        move |place| request(first + place)
    }

    fn judge(&self) -> impl Fn(usize, Answer<'_>) -> Result<()> + 'static {
        let status = self.status;
        move |_, answer| answer.must_be(status, "")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_key_is_wrong_in_its_last_character_only() {
        assert_eq!([damaged("key0"), damaged("keyX")], ["key1", "key0"]);
    }
}
