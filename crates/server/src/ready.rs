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

#[cfg(test)]
mod tests {
    use super::*;

    fn ready() -> Ready {
        Ready {
            ready: true,
            api: "http://127.0.0.1:8080".to_owned(),
            media: vec![SocketAddr::from(([127, 0, 0, 1], 3_478))],
            page: "http://127.0.0.1:8080/".to_owned(),
            dev_key: Some(("devkey".to_owned(), "devsecret".to_owned())),
        }
    }

    #[test]
    fn scripts_read_one_line_of_json_without_a_secret() {
        assert_eq!(
            serde_json::to_string(&ready()).unwrap(),
            "{\"ready\":true,\"api\":\"http://127.0.0.1:8080\",\"media\":[\"127.0.0.1:3478\"],\
             \"page\":\"http://127.0.0.1:8080/\"}"
        );
    }

    #[test]
    fn people_read_three_lines() {
        let text = ready().to_string();
        assert_eq!(
            text.lines().collect::<Vec<_>>(),
            [
                "Endpoint for AWS SDKs: http://127.0.0.1:8080",
                "Page:                  http://127.0.0.1:8080/",
                "Credentials:           access key devkey, secret devsecret",
            ]
        );
        let keyed = Ready { dev_key: None, ..ready() }.to_string();
        assert!(keyed.ends_with("the keys of the configuration file\n"));
    }
}
