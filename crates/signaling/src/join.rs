//! The words of joining: what a client says of itself and what it is told.

use std::fmt;

/// A client's own number for itself, kept over its reconnects: the same number is the same client resuming, another
/// one is another device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AudioSessionId(pub u64);

/// Who chooses the layers that a client receives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NetworkAdaption {
    /// Not said; the browser takes it as an order to fall back to [`NetworkAdaption::Client`].
    Default,
    /// The client chooses by itself.
    Client,
    /// The client chooses, helped by the server's probing.
    Probing,
    /// The server chooses, by the client's priorities.
    Server,
}

/// A client's wish to take part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Join {
    /// The client object that joins; absent from very old clients.
    pub audio_session_id: Option<AudioSessionId>,
    /// What kind of client it is, for diagnostics.
    pub client: ClientDetails,
    /// Who chooses the layers, if the client had its way.
    pub adaption: Option<NetworkAdaption>,
    /// Which choices the client can live with.
    pub supported_adaptions: Vec<NetworkAdaption>,
    /// Whether the client could send compressed offers.
    pub wants_compressed_sdp: bool,
    /// Whether the client wants temporal layers listed as streams of their own.
    pub wants_all_temporal_layers_in_index: bool,
    /// Whether its content share shall not be asked for key frames at intervals.
    pub disable_periodic_keyframe_request: bool,
}

/// What kind of client joins. Nothing is decided by it; overlong values arrive cut.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientDetails {
    /// The application's name.
    pub app_name: Option<String>,
    /// The application's version.
    pub app_version: Option<String>,
    /// The device.
    pub device_model: Option<String>,
    /// The browser or run time.
    pub platform_name: Option<String>,
    /// The version of that.
    pub platform_version: Option<String>,
    /// The client library.
    pub client_source: Option<String>,
    /// The version of the client library.
    pub sdk_version: Option<String>,
    /// Its offset from UTC, such as `+01:00`.
    pub utc_offset: Option<String>,
    /// The operating system.
    pub os_name: Option<String>,
    /// The version of that.
    pub os_version: Option<String>,
}

/// What a client is told when its JOIN was accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JoinAck {
    /// A relay, if media must go through one. With it the client uses nothing but the relay, so it stays `None` unless
    /// the relay works.
    pub turn: Option<TurnCredentials>,
    /// How many videos the client may receive at once.
    pub video_subscription_limit: u32,
    /// Whether the client shall compress its offers.
    pub wants_compressed_sdp: bool,
    /// Who chooses the layers.
    pub adaption: NetworkAdaption,
}

/// Videos that a client receives at once unless told otherwise, the figure that the browser client assumes.
const DEFAULT_VIDEO_SUBSCRIPTION_LIMIT: u32 = 25;

impl Default for JoinAck {
    /// No relay, 25 videos, plain SDP, and the client choosing its layers.
    fn default() -> Self {
        Self {
            turn: None,
            video_subscription_limit: DEFAULT_VIDEO_SUBSCRIPTION_LIMIT,
            wants_compressed_sdp: false,
            adaption: NetworkAdaption::Client,
        }
    }
}

/// Access to a TURN relay (RFC 8656).
#[derive(Clone, PartialEq, Eq)]
pub struct TurnCredentials {
    /// The user name.
    pub username: String,
    /// The secret; it never shows in logs.
    pub password: String,
    /// For how many seconds both are good.
    pub ttl_seconds: u32,
    /// Where the relay is, as `turn:` and `turns:` URIs.
    pub uris: Vec<String>,
}

impl fmt::Debug for TurnCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TurnCredentials").field("uris", &self.uris).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relay_secrets_never_show_in_debug_output() {
        let turn = TurnCredentials {
            username: "us3r".into(),
            password: "s3cr3t".into(),
            ttl_seconds: 60,
            uris: vec!["turn:relay.example".into()],
        };
        let shown = format!("{turn:?}");
        assert!(!shown.contains("s3cr3t") && !shown.contains("us3r") && shown.contains("relay"));
    }
}
