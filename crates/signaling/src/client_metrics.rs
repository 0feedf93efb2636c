//! What a client measured, each second.

use std::fmt;

use crate::{id::StreamId, proto::metric::Type};

/// What a client measured over the last second, as far as it is worth keeping.
///
/// These figures decide nothing: they are the client's own words, for whoever wants to know why a call was poor.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClientMetrics {
    /// About the client as a whole.
    pub global: Vec<Metric>,
    /// About its streams, sent and received.
    pub streams: Vec<StreamMetrics>,
}

impl ClientMetrics {
    /// A figure about the client as a whole.
    #[must_use]
    pub fn value(&self, kind: MetricKind) -> Option<f64> {
        value(&self.global, kind)
    }
}

/// What a client measured of one stream.
#[derive(Clone, Debug, PartialEq)]
pub struct StreamMetrics {
    /// Which stream; sound has none, and neither has a picture that the server has not named yet.
    pub stream_id: Option<StreamId>,
    /// What it carries.
    pub kind: StreamKind,
    /// The figures.
    pub metrics: Vec<Metric>,
}

impl StreamMetrics {
    /// A figure about the stream.
    #[must_use]
    pub fn value(&self, kind: MetricKind) -> Option<f64> {
        value(&self.metrics, kind)
    }
}

/// What a measured stream carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StreamKind {
    /// Sound.
    Audio,
    /// Pictures.
    Video,
}

/// One figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Metric {
    /// What was measured, and in which unit.
    pub kind: MetricKind,
    /// How much; always a finite number.
    pub value: f64,
}

/// What a figure says. Its name tells the unit where that is not a plain count or bits a second.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MetricKind(pub(crate) Type);

impl MetricKind {
    /// Round trip of the media path, in milliseconds; about the client as a whole.
    pub const ROUND_TRIP_MS: Self = Self(Type::StunRttMs);
    /// What the client may send, in bits a second; about the client as a whole.
    pub const SEND_BANDWIDTH: Self = Self(Type::VideoAvailableSendBandwidth);
    /// What the client can receive, in bits a second; about the client as a whole.
    pub const RECEIVE_BANDWIDTH: Self = Self(Type::VideoAvailableReceiveBandwidth);
    /// Lost packets of the client's own sound, in percent.
    pub const MICROPHONE_LOSS_PERCENT: Self = Self(Type::RtcMicFractionPacketLostPercent);
    /// Lost packets of the sound that it hears, in percent.
    pub const SPEAKER_LOSS_PERCENT: Self = Self(Type::RtcSpkFractionPacketLostPercent);
    /// Sound that it hears made up for lost packets, in percent.
    pub const SPEAKER_CONCEALED_PERCENT: Self = Self(Type::RtcSpkFractionDecoderLossPercent);
    /// How long sound waits in its jitter buffer, in milliseconds.
    pub const SPEAKER_BUFFER_MS: Self = Self(Type::RtcSpkJitterBufferMs);
    /// Lost packets of the client's own pictures, in percent.
    pub const SENT_VIDEO_LOSS_PERCENT: Self = Self(Type::VideoSentFractionPacketLostPercent);
    /// Pictures a second that it encodes.
    pub const ENCODED_FRAMES: Self = Self(Type::VideoEncodeFps);
    /// Lost packets of a video that it sees, in percent.
    pub const RECEIVED_VIDEO_LOSS_PERCENT: Self =
        Self(Type::VideoReceivedFractionPacketLostPercent);
    /// Pictures a second that it decodes.
    pub const DECODED_FRAMES: Self = Self(Type::VideoDecodeFps);

    /// The name in the protocol, such as `STUN_RTT_MS`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.0.as_str_name()
    }
}

impl fmt::Debug for MetricKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

fn value(metrics: &[Metric], kind: MetricKind) -> Option<f64> {
    metrics.iter().find(|metric| metric.kind == kind).map(|metric| metric.value)
}
