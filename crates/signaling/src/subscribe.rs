//! The words of SUBSCRIBE and its acknowledgement: one round of offer and answer.

use bytes::Bytes;
use carillon_frame::{Bitrate, Ssrc};

use crate::{
    id::{GroupId, Mid, StreamId},
    roster::Mute,
    video_subscription::VideoSubscription,
};

/// A session description on its way, not looked into here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sdp {
    /// As text.
    Plain(String),
    /// As raw DEFLATE of the text (RFC 1951), only after JOIN_ACK asked for it.
    Compressed(Bytes),
}

/// A client's whole wish: what it sends, what it wants to receive, and the offer for both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscribe {
    /// The offer, complete with candidates.
    pub offer: Sdp,
    /// The client's sound; `None` in a session of video only.
    pub audio: Option<AudioCheckIn>,
    /// The layers of its camera, lowest first, switched off ones included; empty while the camera is off.
    pub send_layers: Vec<SendLayer>,
    /// What each video section of the offer shall receive, in SDP order, the camera's own section and stopped ones
    /// included as `None`.
    pub receive: Vec<Option<StreamId>>,
    /// How the received videos shall be adapted, if the server chooses layers.
    pub video_subscriptions: Vec<VideoSubscription>,
}

/// What a SUBSCRIBE says about the client's sound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AudioCheckIn {
    /// The audio host of the join configuration, given back as it was.
    pub host: String,
    /// Whether the client is muted at this moment.
    pub mute: Mute,
}

/// One layer of the camera that a client sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SendLayer {
    /// The id allocated to it, or the client's own placeholder before the first acknowledgement.
    pub stream_id: Option<StreamId>,
    /// The group allocated to it, or the client's own placeholder.
    pub group_id: Option<GroupId>,
    /// Frames per second, unless the browser decides.
    pub framerate: Option<u32>,
    /// The most it will use; zero is a layer that is switched off.
    pub max_bitrate: Bitrate,
    /// What it uses on average, if known.
    pub average_bitrate: Option<Bitrate>,
}

/// The server's half of the round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubscribeAck {
    /// The answer, complete with candidates.
    pub answer: Sdp,
    /// One entry for each of [`Subscribe::send_layers`], in that order: the client reads them by position.
    pub allocations: Vec<Allocation>,
    /// One entry for each section that receives something.
    pub tracks: Vec<Track>,
}

/// The global names given to one layer of the client's camera.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allocation {
    /// The layer.
    pub stream_id: StreamId,
    /// All layers of this publishing session.
    pub group_id: GroupId,
}

/// Which stream arrives on which section. The label that browsers match tiles by follows from the section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Track {
    /// The stream asked for on the section.
    pub stream_id: StreamId,
    /// The SSRC that the answer announces for it.
    pub ssrc: Ssrc,
    /// The section.
    pub mid: Mid,
}
