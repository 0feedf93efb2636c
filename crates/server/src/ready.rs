//! What a started service says of itself.

use std::{fmt, net::SocketAddr};

use serde::Serialize;

/// Where a started service is to be found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Ready {
    /// Always true: scripts wait for the line that says so.
    pub ready: bool,
    /// The endpoint for an AWS SDK.
    pub api: String,
    /// The UDP addresses of the media workers.
    pub media: Vec<SocketAddr>,
    /// The page for people.
    pub page: String,
    /// The key to call the API with, where it is the well-known one.
    #[serde(skip)]
    pub dev_key: Option<(String, String)>,
}

impl fmt::Display for Ready {
    /// Writes three lines for people.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Endpoint for AWS SDKs: {}", self.api)?;
        writeln!(f, "Page:                  {}", self.page)?;
        match &self.dev_key {
            Some((access, secret)) => {
                writeln!(f, "Credentials:           access key {access}, secret {secret}")
            }
            None => writeln!(f, "Credentials:           the keys of the configuration file"),
        }
    }
}
