//! The client facade: joins a meeting from a Rust program, as `amazon-chime-sdk-js` does from a browser.
//!
//! It is the one crate that an application names; it is no server, and it needs no libwebrtc.
//! The main type is [`MeetingSession`], made of the two answers that the service gave for the meeting and the attendee.
//! Its [`AudioVideoFacade`] starts and leaves, its [`DeviceController`] chooses where sound and pictures come from, its
//! [`ContentShareController`] shares a screen; what happens is told to observers, or read from [`SessionEvents`].
//!
//! Read on in `connection.rs` for the life of a session, `audio.rs` and `camera.rs` for the way of sound and pictures,
//! `media_link.rs` for how they travel.

mod active_speaker;
mod audio;
mod audio_video;
mod camera;
mod capture;
mod clock;
mod configuration;
mod connection;
mod containment;
mod content_share;
mod device_controller;
mod error;
mod event;
mod frame_processor;
mod health;
mod ingestion;
mod logger;
mod media_link;
mod media_task;
mod metrics;
mod observer;
mod policy;
mod readiness;
mod reconnect;
mod session;
mod shared;
mod side;
mod signaling_socket;
mod speaker_scores;
mod status;
mod still;
mod subscription;
mod tiles;
mod video_receive;
mod video_send;

pub use active_speaker::{ActiveSpeakerPolicy, DefaultActiveSpeakerPolicy, SpeakerChanges};
pub use audio::{AudioInput, AudioOutput, AudioOutputId, InputKind, MixedAudioSource};
pub use audio_video::{AttendeePresence, AudioVideoFacade};
pub use camera::VideoInput;
#[cfg(feature = "files")]
pub use carillon_devices as devices;
pub use carillon_frame as frame;
pub use carillon_media as media;
#[cfg(feature = "opus")]
pub use carillon_media::pipeline::audio_send::AudioProfile;
#[cfg(feature = "processing")]
pub use carillon_media::processing::{Switch, VoiceProcessing};
pub use carillon_signaling::{Identity, Modality, Mute, SignalStrength, Topic};
pub use carillon_types::{AttendeeId, JoinToken, WallTime};
pub use configuration::*;
pub use content_share::*;
pub use device_controller::*;
pub use error::*;
pub use event::*;
pub use frame_processor::{ProcessedVideoSource, VideoFrameProcessor};
pub use ingestion::MeetingHistoryItem;
pub use logger::{ConsoleLogger, LogLevel, Logger, MultiLogger, NoOpLogger, TracingLogger};
pub use metrics::{MetricsReport, VideoReceiveMetrics, VideoSendMetrics};
pub use observer::*;
pub use policy::*;
pub use readiness::*;
pub use session::MeetingSession;
pub use status::{MeetingSessionStatus, MeetingSessionStatusCode};
pub use subscription::Subscription;
pub use tiles::{PauseState, SinkId, TileId, VideoSurface, VideoTileState};
