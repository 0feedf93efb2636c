//! One secured media path between the server and a peer: ICE-lite, DTLS and SRTP over one UDP flow.
//!
//! It takes datagrams and the time, and gives back datagrams to send, events and a deadline.
//! It is not a socket, not a clock and not SDP: a shell moves the bytes, and whoever reads the offer fills
//! in a [`SessionConfig`].
//! It knows neither meetings nor codecs.
//!
//! The main type is [`Session`], the server's end.
//! [`ClientSession`] is the browser's end, for load tests and simulation.
//! A shell that receives for many sessions on one socket routes with [`demux`].
//!
//! Read `session.rs` first, then the parts that it joins: `ice_lite.rs` (which addresses belong to the peer),
//! `handshake.rs` (DTLS and what protects it), `srtp.rs` (sealing and opening packets).

mod certificate;
mod client;
mod config;
mod credentials;
mod crypto;
pub mod demux;
mod dtls;
mod error;
mod fingerprint;
mod handshake;
mod ice_lite;
mod output;
#[cfg(any(test, fuzzing))]
pub mod properties;
mod session;
mod srtp;
mod stats;
mod stun;

pub use certificate::Certificate;
pub use client::ClientSession;
pub use config::{ClientConfig, SessionConfig, Timeouts};
pub use credentials::IceCredentials;
pub use error::{CertificateError, CheckError, DtlsError, OpenError, SealError, SessionError};
pub use fingerprint::{Fingerprint, InvalidFingerprint};
pub use output::{CloseReason, Event, Output, Received, Transmit};
pub use session::Session;
pub use srtp::SrtpProfile;
pub use stats::Stats;
