//! How a server is started, and what is in its database before.

use std::sync::Arc;

use super::{Data, Mock, Postgres, Server, magone};

/// A tenant with its key.
#[derive(Clone, Debug)]
pub struct Tenant {
    /// Its slug.
    pub slug: String,
    /// Its key.
    pub key: String,
}

/// A server to be. What it is given is made by the command line before the start.
#[derive(Clone)]
pub struct Setup {
    pub(super) data: Data,
    pub(super) env: Vec<(String, String)>,
    pub(super) arguments: Vec<String>,
    pub(super) tenants: Vec<Tenant>,
    pub(super) through: Vec<String>,
}

impl Setup {
    /// Nothing yet, in the database that the environment asks for.
    pub fn new() -> Self {
        Self::with(Data::new())
    }

    /// Nothing yet, on that server.
    pub fn on(postgres: &Arc<Postgres>) -> Self {
        Self::with(Data::on(postgres))
    }

    fn with(data: Data) -> Self {
        Self { data, env: Vec::new(), arguments: Vec::new(), tenants: Vec::new(), through: Vec::new() }
    }

    /// Sets a variable.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Believes what its callers say about where they come from, as if each were a proxy.
    pub fn behind_proxies(self) -> Self {
        self.env("MAGONE_TRUSTED_PROXIES", "127.0.0.0/8")
    }

    /// Adds to the command line.
    pub fn argument(mut self, argument: &str) -> Self {
        self.arguments.push(argument.to_owned());
        self
    }

    /// Starts it through another program, which gets the command line at its end.
    pub fn through(mut self, program: &[&str]) -> Self {
        self.through = program.iter().map(|&word| word.to_owned()).collect();
        self
    }

    /// Models named `openai/…` are asked here.
    pub fn models(self, mock: &Mock) -> Self {
        self.env("OPENAI_BASE_URL", mock.url()).env("OPENAI_API_KEY", "sk-of-the-tests")
    }

    /// Makes a tenant without limits.
    pub fn tenant(mut self, slug: &str) -> Self {
        if self.tenants.is_empty() {
            magone(&self.data, &["migrate"]).succeeded();
        }
        let create = ["--output", "json", "tenant", "create", slug, slug, "--rate-limit", "none"];
        let made = magone(&self.data, &create).json();
        let key = made["key"].as_str().unwrap_or_else(|| panic!("no key in {made}"));
        self.tenants.push(Tenant { slug: slug.to_owned(), key: key.to_owned() });
        self
    }

    /// Saves an agent.
    pub fn agent(self, yaml: &str) -> Self {
        self.apply("agent", yaml)
    }

    /// Saves a definition whose id is `slug`, and gives it to a tenant under the same name.
    pub fn workflow(self, tenant: &str, slug: &str, yaml: &str) -> Self {
        let setup = self.apply("workflow", yaml);
        magone(&setup.data, &["workflow", "assign", tenant, slug, slug]).succeeded();
        setup
    }

    fn apply(self, kind: &str, yaml: &str) -> Self {
        let file = self.data.file(&format!("{kind}.yaml"), yaml);
        magone(&self.data, &[kind, "apply", "-f", file.to_str().unwrap()]).succeeded();
        self
    }

    /// The data directory.
    pub fn data(&self) -> &Data {
        &self.data
    }

    /// The tenants that were made.
    pub fn tenants(&self) -> &[Tenant] {
        &self.tenants
    }

    /// The same on a copy of the data.
    pub fn copy(&self) -> Self {
        Self { data: self.data.copy(), ..self.clone() }
    }

    /// Starts it and waits until it is ready.
    pub fn start(self) -> Server {
        Server::start(self)
    }

    /// Starts it and waits until it says where it listens, or ended.
    pub fn start_unready(self) -> Server {
        Server::start_unready(self)
    }
}
