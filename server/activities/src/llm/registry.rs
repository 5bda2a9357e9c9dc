//! Which providers there are.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::LlmProvider;
use crate::error::Error;

/// Providers by name.
#[derive(Clone, Default)]
pub struct Providers {
    by_name: BTreeMap<&'static str, Arc<dyn LlmProvider>>,
}

impl Providers {
    /// Adds a provider; one of the same name is replaced.
    pub fn add(&mut self, name: &'static str, provider: Arc<dyn LlmProvider>) {
        self.by_name.insert(name, provider);
    }

    /// The provider of that name.
    ///
    /// # Errors
    /// [`Error::NotConfigured`], which tells the operator what is missing.
    pub fn get(&self, name: &str) -> Result<&dyn LlmProvider, Error> {
        self.by_name.get(name).map(Arc::as_ref).ok_or_else(|| {
            Error::NotConfigured(match name {
                "openai" => "the provider 'openai' has no credentials: set OPENAI_API_KEY, or \
                             OPENAI_BASE_URL for a server that asks for none"
                    .to_owned(),
                name => {
                    let known: Vec<_> = self.by_name.keys().copied().collect();
                    format!("there is no model provider '{name}'; there is: {}", known.join(", "))
                }
            })
        })
    }
}
