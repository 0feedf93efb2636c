//! The service assembled as a library: the control plane, its API, the media side and the demo page in one process.
//!
//! It holds no rule of its own: it reads configuration, joins the parts, and starts and stops them in order.
//! It is not the command line, which is `carillon-cli`.
//! The main type is [`Server`]; read on in `assemble.rs`, which shows who is given what.

mod admission;
mod assemble;
mod clock;
mod config;
mod demo;
mod error;
mod follow;
mod health;
mod http;
mod live_meetings;
mod metrics;
mod notify;
mod page;
mod presence;
mod readiness;
mod ready;
mod scripted_engine;
mod telemetry;
mod test_server;
mod tls;

pub use assemble::Server;
pub use carillon_control_api::Rate;
pub use config::{
    Access, ConfigFileError, DeliveryPace, EventSink, EventTarget, EventsConfig, EventsError,
    KeyConfig, SecretKey, ServerConfig, WebhookConfig, read_config_file,
};
pub use error::StartError;
pub use ready::Ready;
pub use scripted_engine::{ScriptError, scripted_engine};
pub use telemetry::init_telemetry;
pub use test_server::TestServer;
pub use tls::{TlsError, TlsFiles};
