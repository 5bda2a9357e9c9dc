//! The egress policy at work: names are resolved here and nowhere else, and every address is vetted
//! before a connection is thought of.

use std::collections::HashMap;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use magone_core::egress::{Egress, Target};
use magone_core::ports::BoxFuture;
use reqwest::Url;
use reqwest::dns::{Name, Resolve, Resolving};

use crate::http::Fault;

/// Who resolves names.
pub trait Names: fmt::Debug + Send + Sync {
    /// The addresses of a name.
    ///
    /// # Errors
    /// What the system says, where it has none.
    fn addresses(&self, name: &str) -> BoxFuture<'static, std::io::Result<Vec<IpAddr>>>;
}

/// The system's resolver.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemNames;

impl Names for SystemNames {
    fn addresses(&self, name: &str) -> BoxFuture<'static, std::io::Result<Vec<IpAddr>>> {
        let name = name.to_owned();
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

/// Names for tests: each has answers in turn, and the last one stays. Names that are not among them are
/// the system's.
#[derive(Debug, Default)]
pub struct ScriptedNames {
    answers: Mutex<HashMap<String, Vec<Vec<IpAddr>>>>,
}

impl ScriptedNames {
    /// From `name=address+address/address,…`: addresses of one answer with `+`, answers with `/`
    /// between them.
    ///
    /// # Errors
    /// The part that is not understood.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut answers = HashMap::new();
        for entry in text.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
            let (name, scripted) = entry.split_once('=').ok_or(entry)?;
            let answer = |text: &str| text.split('+').map(str::parse).collect::<Result<Vec<IpAddr>, _>>();
            let scripted = scripted.split('/').map(answer).collect::<Result<Vec<_>, _>>();
            answers.insert(name.to_owned(), scripted.map_err(|_| entry)?);
        }
        Ok(Self { answers: Mutex::new(answers) })
    }

    fn next(&self, name: &str) -> Option<Vec<IpAddr>> {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let own = answers.get_mut(name)?;
        if own.len() > 1 { Some(own.remove(0)) } else { own.first().cloned() }
    }
}

impl Names for ScriptedNames {
    fn addresses(&self, name: &str) -> BoxFuture<'static, std::io::Result<Vec<IpAddr>>> {
        match self.next(name) {
            Some(scripted) => Box::pin(std::future::ready(Ok(scripted))),
            None => SystemNames.addresses(name),
        }
    }
}

/// The policy with whoever resolves names for it.
#[derive(Clone, Debug)]
pub struct Guard {
    policy: Arc<Egress>,
    names: Arc<dyn Names>,
}

impl Guard {
    /// Of that policy.
    #[must_use]
    pub fn new(policy: Arc<Egress>, names: Arc<dyn Names>) -> Self {
        Self { policy, names }
    }

    /// The addresses that a call to `url` may be connected to.
    ///
    /// # Errors
    /// [`Fault::NotAllowed`] where the policy refuses the URL or each of its addresses,
    /// [`Fault::Unreachable`] where its name has none.
    pub(crate) async fn vet(&self, url: &Url) -> Result<Vec<SocketAddr>, Fault> {
        let refused = |refusal: magone_core::egress::Refusal| Fault::NotAllowed(refusal.to_string());
        let target = self.policy.judge(url.as_str()).map_err(refused)?;
        let addresses = self.addresses(&target).await?;
        let mut refusal = None;
        let mut admitted = Vec::with_capacity(addresses.len());
        for address in addresses {
            match self.policy.admit(&target, address) {
                Ok(()) => admitted.push(SocketAddr::new(address, target.port())),
                Err(why) => refusal = Some(why),
            }
        }
        match (admitted.is_empty(), refusal) {
            (false, _) => Ok(admitted),
            (true, Some(why)) => Err(refused(why)),
            (true, None) => Err(Fault::Unreachable("the host's name has no address".to_owned())),
        }
    }

    async fn addresses(&self, target: &Target) -> Result<Vec<IpAddr>, Fault> {
        match (target.address(), target.name()) {
            (Some(address), _) => Ok(vec![address]),
            (None, Some(name)) => {
                let unknown = |error: std::io::Error| Fault::Unreachable(format!("the host's name: {error}"));
                self.names.addresses(name).await.map_err(unknown)
            }
            (None, None) => Ok(Vec::new()),
        }
    }
}

/// Resolves nothing: what a guarded call may reach is known before its client is made.
#[derive(Debug)]
pub(crate) struct Sealed;

impl Resolve for Sealed {
    fn resolve(&self, _: Name) -> Resolving {
        Box::pin(std::future::ready(Err("a name that was not vetted".into())))
    }
}

#[cfg(test)]
#[path = "guard_test.rs"]
mod tests;
