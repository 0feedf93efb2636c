//! The AWS-compatible REST API.

mod clock;
mod credentials;
mod limits;
mod problem;
mod query;
mod request_id;
mod sigv4;
#[cfg(test)]
mod test_signer;
pub use clock::Clock;
pub use credentials::{AccessKey, Credentials, Secret, Session};
pub use sigv4::{Regions, SignatureRules};
