//! One JSON object a line: what a program reads of a participant. `docs/join.md` describes each.

use carillon_facade::frame::VideoSize;
use carillon_facade::{
    AttendeeInfo, ConnectionHealth, ContentShareEvent, MeetingSessionStatus, MetricsReport, Mute,
    PauseState, SessionEvent, SignalStrength, SimulcastLayers, UnavailableReason, VideoTileState,
};
use serde::Serialize;

/// A line: when, and what.
#[derive(Debug, Serialize)]
pub(crate) struct Line {
    /// Milliseconds since the program began to join.
    pub(crate) t_ms: u64,
    #[serde(flatten)]
    pub(crate) event: Event,
}

/// Who something is about.
#[derive(Debug, Serialize)]
pub(crate) struct Who {
    attendee: String,
    external_user_id: String,
}

impl From<&AttendeeInfo> for Who {
    fn from(attendee: &AttendeeInfo) -> Self {
        Self {
            attendee: attendee.identity.to_string(),
            external_user_id: attendee.external_user_id.to_string(),
        }
    }
}

/// What happened.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(crate) enum Event {
    Connecting {
        reconnecting: bool,
    },
    Started,
    Stopped {
        status: &'static str,
        failure: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        detail: Option<String>,
    },
    Presence {
        #[serde(flatten)]
        who: Who,
        state: &'static str,
    },
    Volume {
        #[serde(flatten)]
        who: Who,
        volume: f32,
    },
    Mute {
        #[serde(flatten)]
        who: Who,
        muted: bool,
    },
    Signal {
        #[serde(flatten)]
        who: Who,
        strength: &'static str,
    },
    Tile(Tile),
    TileRemoved {
        tile: u32,
    },
    Data {
        topic: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        text: Option<String>,
        bytes: usize,
        #[serde(skip_serializing_if = "Option::is_none")]
        sender: Option<String>,
        throttled: bool,
    },
    Speakers {
        attendees: Vec<String>,
    },
    Videos {
        videos: Vec<Video>,
    },
    Share {
        state: &'static str,
    },
    Layers {
        layers: &'static str,
    },
    Health {
        state: &'static str,
    },
    Recording {
        file: String,
    },
    Error {
        message: String,
    },
    Stats(Box<Stats>),
}

#[derive(Debug, Serialize)]
pub(crate) struct Tile {
    tile: u32,
    #[serde(flatten)]
    who: Who,
    local: bool,
    content: bool,
    active: bool,
    paused: Option<&'static str>,
    width: Option<u32>,
    height: Option<u32>,
}

impl From<&VideoTileState> for Tile {
    fn from(tile: &VideoTileState) -> Self {
        Self {
            tile: tile.tile_id.0,
            who: (&tile.attendee).into(),
            local: tile.local_tile,
            content: tile.is_content,
            active: tile.active,
            paused: match tile.pause_state {
                PauseState::Unpaused => None,
                PauseState::PausedByUserRequest => Some("by_request"),
                PauseState::PausedForPoorConnection => Some("for_poor_connection"),
            },
            width: tile.size.map(|size| size.width),
            height: tile.size.map(|size| size.height),
        }
    }
}

/// A video that could be received.
#[derive(Debug, Serialize)]
pub(crate) struct Video {
    #[serde(flatten)]
    who: Who,
    unavailable: Option<&'static str>,
}

/// Figures of the last second.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Stats {
    pub(crate) level_dbov: f32,
    pub(crate) tones_hz: Vec<u32>,
    pub(crate) pictures: Vec<Shown>,
    round_trip_ms: Option<f64>,
    send_bps: u64,
    receive_bps: u64,
    available_send_bps: Option<u64>,
    audio_packets_received: u64,
    audio_loss: f32,
    audio_made_up: f32,
    audio_delay_ms: f64,
    send_loss: f32,
    frames_encoded: Option<u64>,
}

/// What a tile shows at the moment.
#[derive(Debug, Serialize)]
pub(crate) struct Shown {
    pub(crate) tile: u32,
    #[serde(flatten)]
    pub(crate) size: Size,
    /// Pictures decoded so far.
    pub(crate) frames: u64,
    pub(crate) freezes: u64,
    /// The commonest colour, in degrees of the colour circle.
    pub(crate) hue: Option<u16>,
    /// The number in the picture, if it is a test pattern.
    pub(crate) counter: Option<u16>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Size {
    width: u32,
    height: u32,
}

impl From<VideoSize> for Size {
    fn from(size: VideoSize) -> Self {
        Self { width: size.width, height: size.height }
    }
}

impl Stats {
    pub(crate) fn of(report: &MetricsReport) -> Self {
        let millis = |span: std::time::Duration| span.as_secs_f64() * 1_000.0;
        Self {
            round_trip_ms: report.current_round_trip_time.map(millis),
            send_bps: report.upstream_bitrate.bps(),
            receive_bps: report.downstream_bitrate.bps(),
            available_send_bps: report.available_outgoing_bitrate.map(|bitrate| bitrate.bps()),
            audio_packets_received: report.audio_packets_received,
            audio_loss: report.audio_packets_received_fraction_loss,
            audio_made_up: report.audio_decoder_loss,
            audio_delay_ms: millis(report.audio_speaker_delay),
            send_loss: report.audio_packets_sent_fraction_loss,
            frames_encoded: report.video_upstream.map(|video| video.frames_encoded),
            ..Self::default()
        }
    }
}

impl Event {
    pub(crate) fn stopped(status: &MeetingSessionStatus) -> Self {
        Self::Stopped {
            status: status.code.name(),
            failure: status.is_failure(),
            detail: status.detail.clone(),
        }
    }

    /// The lines that an event of the session makes; figures are told apart, with what is seen and heard.
    pub(crate) fn of(event: &SessionEvent) -> Vec<Self> {
        match event {
            SessionEvent::StartedConnecting { reconnecting } => {
                vec![Self::Connecting { reconnecting: *reconnecting }]
            }
            SessionEvent::Started => vec![Self::Started],
            SessionEvent::AttendeeJoined(who) => vec![presence(who, "joined")],
            SessionEvent::AttendeeLeft(who) => vec![presence(who, "left")],
            SessionEvent::AttendeeDropped(who) => vec![presence(who, "dropped")],
            SessionEvent::VolumeChanged(update) => {
                let who = || (&update.attendee).into();
                let volume = update.volume.map(|volume| Self::Volume { who: who(), volume });
                let mute =
                    update.mute.map(|mute| Self::Mute { who: who(), muted: mute == Mute::Muted });
                let signal = update.signal_strength.map(|strength| Self::Signal {
                    who: who(),
                    strength: match strength {
                        SignalStrength::None => "none",
                        SignalStrength::Weak => "weak",
                        SignalStrength::Good => "good",
                    },
                });
                volume.into_iter().chain(mute).chain(signal).collect()
            }
            SessionEvent::DataMessage(message) => vec![Self::Data {
                topic: message.topic.to_string(),
                text: message.text().map(str::to_owned),
                bytes: message.data.len(),
                sender: message.sender.as_ref().map(|sender| sender.identity.to_string()),
                throttled: message.is_throttled(),
            }],
            SessionEvent::TileUpdated(tile) => vec![Self::Tile(tile.into())],
            SessionEvent::TileRemoved(tile) => vec![Self::TileRemoved { tile: tile.0 }],
            SessionEvent::RemoteVideoSourcesChanged(sources) => {
                let videos = sources.iter().map(|source| Video {
                    who: (&source.attendee).into(),
                    unavailable: source.unavailable.map(|reason| match reason {
                        UnavailableReason::NotDecodable => "not_decodable",
                        UnavailableReason::NotSelected => "not_selected",
                        _ => "other",
                    }),
                });
                vec![Self::Videos { videos: videos.collect() }]
            }
            SessionEvent::ActiveSpeakersChanged(speakers) => {
                let attendees = speakers.iter().map(|speaker| speaker.identity.to_string());
                vec![Self::Speakers { attendees: attendees.collect() }]
            }
            SessionEvent::ContentShare(event) => vec![Self::Share {
                state: match event {
                    ContentShareEvent::Started => "started",
                    ContentShareEvent::Stopped(_) => "stopped",
                    ContentShareEvent::Paused => "paused",
                    ContentShareEvent::Unpaused => "unpaused",
                },
            }],
            SessionEvent::EncodingSimulcastLayersChanged(layers) => {
                vec![Self::Layers { layers: words(*layers) }]
            }
            SessionEvent::ConnectionHealthChanged(health) => vec![Self::Health {
                state: match health {
                    ConnectionHealth::Good => "good",
                    ConnectionHealth::Poor => "poor",
                    ConnectionHealth::SuggestStopVideo => "suggest_stop_video",
                },
            }],
            SessionEvent::VideoSendBecameUnavailable => vec![Self::Error {
                message:
                    "the camera is not forwarded: the meeting has enough, or the right is gone"
                        .to_owned(),
            }],
            SessionEvent::Stopped(_)
            | SessionEvent::LocalMuteChanged(_)
            | SessionEvent::VideoAvailabilityChanged { .. }
            | SessionEvent::Metrics(_)
            | SessionEvent::Meeting(_)
            | _ => Vec::new(),
        }
    }
}

const fn words(layers: SimulcastLayers) -> &'static str {
    match layers {
        SimulcastLayers::Low => "low",
        SimulcastLayers::LowAndMedium => "low_and_medium",
        SimulcastLayers::LowAndHigh => "low_and_high",
        SimulcastLayers::Medium => "medium",
        SimulcastLayers::MediumAndHigh => "medium_and_high",
        SimulcastLayers::High => "high",
        SimulcastLayers::All => "all",
        _ => "other",
    }
}

fn presence(who: &AttendeeInfo, state: &'static str) -> Event {
    Event::Presence { who: who.into(), state }
}

#[cfg(test)]
mod tests;
