//! What checks find, in the words of the browser client.

/// What became of a microphone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CheckAudioInputFeedback {
    /// It delivers sound.
    Succeeded,
    /// It delivers none.
    Failed,
    /// The system does not let this program have it.
    PermissionDenied,
}

/// What became of a speaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CheckAudioOutputFeedback {
    /// The tone was heard.
    Succeeded,
    /// It was not.
    Failed,
}

/// What became of a camera.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CheckVideoInputFeedback {
    /// It delivers pictures.
    Succeeded,
    /// It delivers none.
    Failed,
}

/// What became of asking a camera for a size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CheckCameraResolutionFeedback {
    /// Its pictures have it.
    Succeeded,
    /// It delivers no pictures.
    Failed,
    /// Its pictures have another.
    ResolutionNotSupported,
}

/// What became of sound on its way to the meeting and back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CheckAudioConnectivityFeedback {
    /// It flows.
    Succeeded,
    /// The microphone cannot be used.
    AudioInputRequestFailed,
    /// The system does not let this program have the microphone.
    AudioInputPermissionDenied,
    /// The meeting cannot be joined.
    ConnectionFailed,
    /// The meeting was joined, and no sound flows.
    AudioNotReceived,
}

/// What became of pictures on their way to the meeting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CheckVideoConnectivityFeedback {
    /// They leave.
    Succeeded,
    /// The input cannot be used.
    VideoInputRequestFailed,
    /// The meeting cannot be joined.
    ConnectionFailed,
    /// The meeting was joined, and no pictures leave.
    VideoNotSent,
}

/// What became of a content share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CheckContentShareConnectivityFeedback {
    /// It shows in the meeting.
    Succeeded,
    /// It cannot be started, or the meeting allows none.
    Failed,
    /// It does not show in time.
    TimedOut,
    /// The meeting cannot be joined, or does not keep the share.
    ConnectionFailed,
}

/// What became of the way to the meeting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CheckNetworkUdpConnectivityFeedback {
    /// Media gets through.
    Succeeded,
    /// The server cannot be reached, or does not let the attendee in.
    ConnectionFailed,
    /// The server can be reached, and media does not get through.
    IceNegotiationFailed,
}
