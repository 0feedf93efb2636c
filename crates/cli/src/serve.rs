//! `carillon serve`: the API, the signaling, the media and the demo page.

use std::{
    io::{IsTerminal as _, Write as _},
    net::{IpAddr, SocketAddr},
    num::NonZeroUsize,
    path::PathBuf,
    time::Duration,
};

use anyhow::{Context as _, ensure};
use carillon_server::{
    Access, EventSink, EventTarget, EventsConfig, Rate, Ready, Server, ServerConfig, TlsFiles,
    init_telemetry, read_config_file, scripted_engine,
};
use clap::{ArgGroup, Args};

use crate::signals::Signals;

/// Run the service.
///
/// When it is ready, it prints one line of JSON to standard output (three lines to read on a terminal); logs go to
/// standard error. SIGTERM or Ctrl-C lets running meetings end first; a second one stops at once.
///
/// GET /healthz, /readyz and /metrics tell how it does.
#[derive(Args)]
#[command(group = ArgGroup::new("keys").required(true).args(["dev", "config"]))]
pub(crate) struct Serve {
    /// Use the development key (devkey, devsecret, account 000000000000) and serve the demo page.
    #[arg(long)]
    dev: bool,

    /// Read keys and settings from this TOML file; flags win over it.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,

    /// Serve HTTP and WebSockets here; port 0 takes a free one [default: 127.0.0.1:8080].
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,

    /// Receive media on this UDP address; further workers take the following ports [default: 127.0.0.1:3478].
    #[arg(long, value_name = "ADDR")]
    media: Option<SocketAddr>,

    /// Run this many media workers [default: one per core].
    #[arg(long, value_name = "N")]
    media_workers: Option<NonZeroUsize>,

    /// Tell clients to send media to this address; may be repeated [default: the address in --media].
    #[arg(long, value_name = "IP")]
    advertise: Vec<IpAddr>,

    /// Let this many attendees of a meeting share content at once [default: 2].
    #[arg(long, value_name = "N")]
    max_shares: Option<usize>,

    /// The URL under which clients reach --listen, if a proxy stands before it.
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,

    /// Serve HTTPS and secure WebSockets with this certificate chain (PEM), which is read again when it is renewed.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,

    /// The private key of the certificate (PEM).
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,

    /// Answer StartMeetingTranscription with the words of this script instead of an engine, for tests of what applications
    /// do with transcripts: JSON, `[{"Speaker": "external user id", "Words": [{"Text": "hello", "AfterMs": 200}]}]`.
    /// A line such as `{"Engine": "Interrupted", "AfterMs": 500, "Message": "why"}`, with `Resumed` or `Failed` as well,
    /// says what becomes of the engine; a failure without a time is a refusal to begin.
    #[arg(long, value_name = "FILE")]
    transcription_script: Option<PathBuf>,

    /// Keep meetings and attendees in this folder [default with --dev: a temporary one].
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,

    /// With --dev, refuse calls beyond 10 a second and 20 at once for each operation, as --config does unless it says
    /// otherwise.
    #[arg(long)]
    throttle: bool,

    /// When told to stop, wait this long for running meetings to end [default: 30].
    #[arg(long, value_name = "S")]
    drain_seconds: Option<u64>,

    /// Tell every meeting's events to this file as lines of JSON; - is standard output.
    #[arg(long, value_name = "FILE")]
    events: Option<PathBuf>,

    /// Let the development key be used from other machines: anybody who reaches --listen can then create meetings.
    #[arg(long)]
    allow_insecure: bool,
}

impl Serve {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        init_telemetry();
        let config = self.config()?;
        let runtime = tokio::runtime::Runtime::new().context("cannot start the runtime")?;
        let served = runtime.block_on(serve(config));
        // What did not end in time, or was told to by a second signal, ends with the process.
        runtime.shutdown_background();
        served
    }

    fn config(self) -> anyhow::Result<ServerConfig> {
        let base = match &self.config {
            Some(path) => read_config_file(path)?,
            None => ServerConfig::default(),
        };
        let tls = self.tls_cert.zip(self.tls_key).map(|(cert, key)| TlsFiles { cert, key });
        let transcription = match &self.transcription_script {
            Some(path) => Some(scripted_engine(path)?),
            None => None,
        };
        let config = ServerConfig {
            listen: self.listen.unwrap_or(base.listen),
            media: self.media.unwrap_or(base.media),
            media_workers: self.media_workers.unwrap_or(base.media_workers),
            advertise: if self.advertise.is_empty() { base.advertise } else { self.advertise },
            max_shares: self.max_shares.unwrap_or(base.max_shares),
            public_url: self.public_url.map(trimmed).or(base.public_url),
            tls: tls.or(base.tls),
            transcription: transcription.or(base.transcription),
            data: self.data.or(base.data),
            access: base.access,
            media_regions: base.media_regions,
            token_key_life: base.token_key_life,
            quotas: base.quotas,
            lifetimes: base.lifetimes,
            throttle: base.throttle.or(self.throttle.then_some(Rate::ORIGINAL_API)),
            drain: self.drain_seconds.map_or(base.drain, Duration::from_secs),
            events: match self.events {
                Some(file) => told_to(file, base.events),
                None => base.events,
            },
        };
        let open_dev = matches!(config.access, Access::Dev) && !config.listen.ip().is_loopback();
        ensure!(
            self.allow_insecure || !open_dev,
            "the development key on {} would let anybody create meetings: listen on 127.0.0.1, \
             give keys of your own with --config, or say --allow-insecure",
            config.listen,
        );
        Ok(config)
    }
}

/// The name of the target that the flag means.
const FLAG_TARGET: &str = "--events";

/// Makes the file the default target, beside those that the configuration file has for ARNs.
fn told_to(file: PathBuf, mut events: EventsConfig) -> EventsConfig {
    let sink = if file.as_os_str() == "-" { EventSink::Stdout } else { EventSink::File(file) };
    events.targets.insert(FLAG_TARGET.to_owned(), EventTarget { sink, arns: Vec::new() });
    events.default = Some(FLAG_TARGET.to_owned());
    events
}

fn trimmed(url: String) -> String {
    url.trim_end_matches('/').to_owned()
}

async fn serve(config: ServerConfig) -> anyhow::Result<()> {
    let mut signals = Signals::new()?;
    let server = Server::start(config).await?;
    announce(server.ready())?;
    server.announced();
    signals.next().await;
    // A second signal ends the wait: whoever sends it does not want the meetings to end first.
    tokio::select! {
        () = server.stop() => {}
        () = signals.next() => tracing::warn!("stopped at once"),
    }
    Ok(())
}

fn announce(ready: &Ready) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    if out.is_terminal() {
        write!(out, "{ready}")?;
    } else {
        writeln!(out, "{}", serde_json::to_string(ready)?)?;
    }
    out.flush().context("cannot say that the service is ready")
}
