//! Why a wish of the application is refused.

use crate::tiles::TileId;

/// Why a session cannot be started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// Start it inside of a tokio runtime.
    #[error("there is no tokio runtime here")]
    NoRuntime,
    /// Too many wishes of the application wait for the session: start it again later.
    #[error("too many wishes wait for the session")]
    Busy,
}

/// Why the own video cannot be started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VideoStartError {
    /// Choose an input first: [`DeviceController::start_video_input`](crate::DeviceController::start_video_input).
    #[error("no video input was chosen")]
    NoInput,
    /// The meeting allows no video.
    #[error("the meeting allows no video")]
    NotAllowed,
    /// The system has no thread left: try again later.
    #[error("no thread could be started")]
    NoThread(#[source] std::io::Error),
}

/// Why a content share cannot be started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ContentShareError {
    /// The attendee is not in the meeting: start the session first.
    #[error("the session is not running")]
    NotRunning,
    /// The meeting allows no content.
    #[error("the meeting allows no content")]
    NotAllowed,
    /// The session could not be started.
    #[error("the content session could not be started")]
    Start(#[from] StartError),
    /// The pictures could not be started.
    #[error("the content could not be shown")]
    Video(#[from] VideoStartError),
    /// The screen or window cannot be captured; the cause says what to do.
    #[cfg(feature = "screen")]
    #[error("the screen could not be captured")]
    Screen(#[from] carillon_devices::DeviceError),
}

/// Why a message is not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SendDataError {
    /// A topic has 1 to 36 letters, digits, hyphens and underscores.
    #[error("a topic has 1 to 36 letters, digits, hyphens and underscores")]
    InvalidTopic,
    /// A message has 2,048 bytes at most: split it.
    #[error("a message has 2048 bytes at most, this one has {bytes}")]
    TooLong {
        /// How many it has.
        bytes: usize,
    },
    /// The session is not running: start it first.
    #[error("the session is not running")]
    NotRunning,
}

/// Why an event is not published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PublishEventError {
    /// Name it with 1 to 64 letters, digits, hyphens and underscores.
    #[error("an event is named with 1 to 64 letters, digits, hyphens and underscores")]
    InvalidName,
    /// Say less about it: its attributes have 3,000 bytes at most as JSON.
    #[error("the attributes of an event have 3000 bytes at most, these have {bytes}")]
    TooLong {
        /// How many they have.
        bytes: usize,
    },
}

/// There is no tile of that number (any more): take one that was announced and not removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no tile {0}")]
pub struct NoSuchTile(pub TileId);

/// Why no still of a tile can be taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CaptureError {
    /// There is no such tile.
    #[error(transparent)]
    NoSuchTile(#[from] NoSuchTile),
    /// No picture has come yet: wait until the tile is active.
    #[error("the tile has shown no picture yet")]
    NoPicture,
    /// The picture's colours could not be converted.
    #[error("the picture could not be converted")]
    Colour(#[source] carillon_media::colour::ColourError),
    /// The picture could not be written as PNG.
    #[error("the picture could not be encoded")]
    Encode(#[source] png::EncodingError),
}
