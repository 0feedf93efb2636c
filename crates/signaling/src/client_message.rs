//! Everything a client can say.

use std::sync::Arc;

use carillon_types::JoinToken;

use crate::{
    client_metrics::ClientMetrics,
    data_message::SentData,
    id::{PingId, StreamId},
    identity::Identity,
    join::Join,
    roster::Mute,
    subscribe::Subscribe,
    video_subscription::RemoteVideoUpdate,
};

/// One frame of a client.
#[derive(Clone, Debug, PartialEq)]
pub enum ClientMessage {
    /// Asks for a sign of life.
    Ping(PingId),
    /// Gives one.
    Pong(PingId),
    /// Takes part.
    Join(Join),
    /// Offers and asks for media.
    Subscribe(Subscribe),
    /// Mutes or unmutes itself.
    Mute(Mute),
    /// Wants these streams stopped for the time being, without negotiation.
    Pause(Vec<StreamId>),
    /// Wants these streams again.
    Resume(Vec<StreamId>),
    /// Wants other layers on sections that exist.
    UpdateRemoteVideos(RemoteVideoUpdate),
    /// Sends a message to everybody.
    Data(SentData),
    /// Wants to take part in the primary meeting of this replica.
    JoinPrimaryMeeting(PrimaryMeetingCredentials),
    /// Goes back to watching the primary meeting.
    LeavePrimaryMeeting,
    /// Reports what it measured, each second.
    Metrics(ClientMetrics),
    /// Reports how long the steps of joining took, which is not read.
    SessionTiming,
    /// Goes.
    Leave,
}

/// Who a client is in the primary meeting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrimaryMeetingCredentials {
    /// The attendee there.
    pub attendee: Identity,
    /// The application's own name for it.
    pub external_user_id: Arc<str>,
    /// The proof.
    pub token: JoinToken,
}
