//! How a session stands or ended, in the words of the browser client.

use std::fmt;

use carillon_signaling::SessionEnd;

/// Why a session ended or is being reconnected. Compare by name: numbers differ between clients and versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MeetingSessionStatusCode {
    /// All is well.
    Ok,
    /// The attendee left.
    Left,
    /// The attendee joined from another device.
    AudioJoinedFromAnotherDevice,
    /// The join token is not, or is no longer, good: ask the server application for a fresh attendee.
    AudioAuthenticationRejected,
    /// The meeting is full.
    AudioCallAtCapacity,
    /// The meeting is over.
    MeetingEnded,
    /// The server broke; the session comes back by itself while it may.
    AudioInternalServerError,
    /// The server cannot serve the session at the moment; it comes back by itself while it may.
    AudioServiceUnavailable,
    /// The server ended the session for a reason that this version does not know.
    AudioDisconnected,
    /// The attendee may look but not send video.
    VideoCallSwitchToViewOnly,
    /// The meeting has as many videos as it may have.
    VideoCallAtSourceCapacity,
    /// The server refused what this client said: report a bug.
    SignalingBadRequest,
    /// The server broke; the session comes back by itself while it may.
    SignalingInternalServerError,
    /// The server does not speak the protocol: check the signaling address.
    SignalingRequestFailed,
    /// The signaling socket was lost; the session comes back by itself while it may.
    SignalingChannelClosedUnexpectedly,
    /// Media stopped arriving, so the session connects anew.
    ConnectionHealthReconnect,
    /// An observer of the application panicked.
    RealtimeApiFailed,
    /// A step of connecting failed or took too long.
    TaskFailed,
    /// The server's answer does not fit what this client offered.
    IncompatibleSdp,
    /// The attendee did not appear in the meeting in time; the session comes back by itself while it may.
    NoAttendeePresent,
    /// The attendee was removed from the meeting.
    AudioAttendeeRemoved,
}

impl MeetingSessionStatusCode {
    /// Whether something went wrong.
    #[must_use]
    pub const fn is_failure(self) -> bool {
        match self {
            Self::Ok
            | Self::Left
            | Self::AudioJoinedFromAnotherDevice
            | Self::MeetingEnded
            | Self::VideoCallSwitchToViewOnly
            | Self::IncompatibleSdp
            | Self::AudioAttendeeRemoved => false,
            Self::AudioAuthenticationRejected
            | Self::AudioCallAtCapacity
            | Self::AudioInternalServerError
            | Self::AudioServiceUnavailable
            | Self::AudioDisconnected
            | Self::VideoCallAtSourceCapacity
            | Self::SignalingBadRequest
            | Self::SignalingInternalServerError
            | Self::SignalingRequestFailed
            | Self::SignalingChannelClosedUnexpectedly
            | Self::ConnectionHealthReconnect
            | Self::RealtimeApiFailed
            | Self::TaskFailed
            | Self::NoAttendeePresent => true,
        }
    }

    /// Whether joining again with the same answers is useless.
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        match self {
            Self::Left
            | Self::AudioJoinedFromAnotherDevice
            | Self::AudioAuthenticationRejected
            | Self::AudioCallAtCapacity
            | Self::MeetingEnded
            | Self::AudioDisconnected
            | Self::VideoCallAtSourceCapacity
            | Self::SignalingBadRequest
            | Self::SignalingRequestFailed
            | Self::RealtimeApiFailed
            | Self::AudioAttendeeRemoved => true,
            Self::Ok
            | Self::AudioInternalServerError
            | Self::AudioServiceUnavailable
            | Self::VideoCallSwitchToViewOnly
            | Self::SignalingInternalServerError
            | Self::SignalingChannelClosedUnexpectedly
            | Self::ConnectionHealthReconnect
            | Self::TaskFailed
            | Self::IncompatibleSdp
            | Self::NoAttendeePresent => false,
        }
    }

    /// The name, as the browser client spells it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Left => "Left",
            Self::AudioJoinedFromAnotherDevice => "AudioJoinedFromAnotherDevice",
            Self::AudioAuthenticationRejected => "AudioAuthenticationRejected",
            Self::AudioCallAtCapacity => "AudioCallAtCapacity",
            Self::MeetingEnded => "MeetingEnded",
            Self::AudioInternalServerError => "AudioInternalServerError",
            Self::AudioServiceUnavailable => "AudioServiceUnavailable",
            Self::AudioDisconnected => "AudioDisconnected",
            Self::VideoCallSwitchToViewOnly => "VideoCallSwitchToViewOnly",
            Self::VideoCallAtSourceCapacity => "VideoCallAtSourceCapacity",
            Self::SignalingBadRequest => "SignalingBadRequest",
            Self::SignalingInternalServerError => "SignalingInternalServerError",
            Self::SignalingRequestFailed => "SignalingRequestFailed",
            Self::SignalingChannelClosedUnexpectedly => "SignalingChannelClosedUnexpectedly",
            Self::ConnectionHealthReconnect => "ConnectionHealthReconnect",
            Self::RealtimeApiFailed => "RealtimeApiFailed",
            Self::TaskFailed => "TaskFailed",
            Self::IncompatibleSdp => "IncompatibleSDP",
            Self::NoAttendeePresent => "NoAttendeePresent",
            Self::AudioAttendeeRemoved => "AudioAttendeeRemoved",
        }
    }
}

impl From<SessionEnd> for MeetingSessionStatusCode {
    fn from(end: SessionEnd) -> Self {
        match end {
            SessionEnd::Left => Self::Left,
            SessionEnd::JoinedFromAnotherDevice => Self::AudioJoinedFromAnotherDevice,
            SessionEnd::AuthenticationRejected => Self::AudioAuthenticationRejected,
            SessionEnd::AtCapacity => Self::AudioCallAtCapacity,
            SessionEnd::MeetingEnded => Self::MeetingEnded,
            SessionEnd::AttendeeRemoved => Self::AudioAttendeeRemoved,
            SessionEnd::AtSourceCapacity => Self::VideoCallAtSourceCapacity,
            SessionEnd::BadRequest => Self::SignalingBadRequest,
            SessionEnd::Disconnected => Self::AudioDisconnected,
            SessionEnd::ServerError => Self::SignalingInternalServerError,
            SessionEnd::Unavailable => Self::AudioServiceUnavailable,
            SessionEnd::NotUnderstood => Self::SignalingRequestFailed,
            SessionEnd::NoAnswer => Self::TaskFailed,
            SessionEnd::Silent => Self::ConnectionHealthReconnect,
            SessionEnd::SocketLost => Self::SignalingChannelClosedUnexpectedly,
        }
    }
}

/// How a session ended.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MeetingSessionStatus {
    /// Why.
    pub code: MeetingSessionStatusCode,
    /// What exactly went wrong, if anything is known: for logs, not for decisions.
    pub detail: Option<String>,
}

impl MeetingSessionStatus {
    pub(crate) fn detailed(code: MeetingSessionStatusCode, detail: impl fmt::Display) -> Self {
        Self { code, detail: Some(detail.to_string()) }
    }

    /// Whether something went wrong.
    #[must_use]
    pub const fn is_failure(&self) -> bool {
        self.code.is_failure()
    }

    /// Whether joining again with the same answers is useless.
    #[must_use]
    pub const fn is_terminal(&self) -> bool {
        self.code.is_terminal()
    }
}

impl From<MeetingSessionStatusCode> for MeetingSessionStatus {
    fn from(code: MeetingSessionStatusCode) -> Self {
        Self { code, detail: None }
    }
}

impl fmt::Display for MeetingSessionStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code.name())?;
        match &self.detail {
            Some(detail) => write!(f, " ({detail})"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_worth_coming_back_from_are_not_terminal() {
        for end in [
            SessionEnd::ServerError,
            SessionEnd::Unavailable,
            SessionEnd::NoAnswer,
            SessionEnd::Silent,
            SessionEnd::SocketLost,
        ] {
            assert!(end.is_worth_retrying() && !MeetingSessionStatusCode::from(end).is_terminal());
        }
        for end in [SessionEnd::MeetingEnded, SessionEnd::AuthenticationRejected, SessionEnd::Left]
        {
            assert!(MeetingSessionStatusCode::from(end).is_terminal());
        }
        assert!(!MeetingSessionStatusCode::from(SessionEnd::MeetingEnded).is_failure());
    }
}
