//! What paths name.

use serde::Deserialize;

/// The thing that a path names, whatever else stands in it.
#[derive(Debug, Deserialize)]
pub struct Named {
    /// Its id.
    pub id: String,
}
