//! Where Temporal is, and the connection to it.

use std::time::Duration;

use temporalio_client::{Client, ClientOptions, Connection, ConnectionOptions};
use url::Url;

use crate::TASK_QUEUE;
use crate::error::Error;

/// How long a connection may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Where Temporal is, and which part of it is ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    server: Url,
    /// The namespace.
    pub namespace: String,
    /// The queue that workflows and activities wait in.
    pub task_queue: String,
    /// What histories call this process; empty: its number and the machine's name.
    pub identity: String,
}

impl Address {
    /// From `host:port`, or a URL with `http` or `https`.
    ///
    /// # Errors
    /// [`Error::Address`].
    pub fn parse(server: &str) -> Result<Self, Error> {
        let text = if server.contains("://") { server.to_owned() } else { format!("http://{server}") };
        let wrong = |why: String| Error::Address { address: server.to_owned(), why };
        let url = Url::parse(&text).map_err(|error| wrong(error.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(wrong(format!("'{}' is no scheme that it speaks", url.scheme())));
        }
        let (namespace, task_queue) = ("default".to_owned(), TASK_QUEUE.to_owned());
        Ok(Self { server: url, namespace, task_queue, identity: String::new() })
    }

    /// A client on the current runtime.
    ///
    /// # Errors
    /// [`Error::Unreachable`].
    pub(crate) async fn connect(&self) -> Result<Client, Error> {
        let unreachable = |why: String| Error::Unreachable { address: self.server.to_string(), why };
        let options = ConnectionOptions::new(self.server.clone())
            .identity(self.identity.clone())
            .connect_timeout(CONNECT_TIMEOUT)
            .build();
        let connection =
            Connection::connect(options).await.map_err(|error| unreachable(error.to_string()))?;
        let options = ClientOptions::new(self.namespace.clone()).build();
        Client::new(connection, options).map_err(|error| unreachable(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_urls_are_understood_and_others_are_refused_in_a_sentence() {
        for (text, server) in [
            ("temporal:7233", "http://temporal:7233/"),
            ("127.0.0.1:7233", "http://127.0.0.1:7233/"),
            ("https://ns.tmprl.cloud:7233", "https://ns.tmprl.cloud:7233/"),
        ] {
            assert_eq!(Address::parse(text).unwrap().server.as_str(), server);
        }
        for text in ["", "ftp://temporal:7233", "temporal:port"] {
            let refused = Address::parse(text).unwrap_err().to_string();
            assert!(refused.contains("write for example temporal:7233"), "{refused}");
        }
    }
}
