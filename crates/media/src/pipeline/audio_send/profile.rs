//! What is sent: talk or music, and how good it is to be.

use carillon_frame::Bitrate;
use carillon_rtp::payload::opus::OpusChannels;

use crate::opus::Application;

/// What the sound is, and how good it is to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AudioProfile {
    /// Speech at 32 kb/s, what browsers send unless told otherwise.
    #[default]
    Default,
    /// Speech of full bandwidth at 40 kb/s.
    FullbandSpeechMono,
    /// Music at 64 kb/s.
    FullbandMusicMono,
    /// Music in stereo at 128 kb/s.
    FullbandMusicStereo,
}

impl AudioProfile {
    /// The bitrate it is sent at.
    #[must_use]
    pub const fn bitrate(self) -> Bitrate {
        Bitrate::from_kbps(match self {
            Self::Default => 32,
            Self::FullbandSpeechMono => 40,
            Self::FullbandMusicMono => 64,
            Self::FullbandMusicStereo => 128,
        })
    }

    /// How many channels it has.
    #[must_use]
    pub const fn channels(self) -> OpusChannels {
        match self {
            Self::Default | Self::FullbandSpeechMono | Self::FullbandMusicMono => {
                OpusChannels::Mono
            }
            Self::FullbandMusicStereo => OpusChannels::Stereo,
        }
    }

    pub(super) const fn application(self) -> Application {
        match self {
            Self::Default | Self::FullbandSpeechMono => Application::Voice,
            Self::FullbandMusicMono | Self::FullbandMusicStereo => Application::Audio,
        }
    }

    /// A client encodes one stream, so it searches harder than a mixer that encodes hundreds: 9, as browsers do on desktops.
    pub(super) const fn complexity(self) -> u8 {
        9
    }
}
