//! Makes Opus payloads of frames.

use carillon_frame::{AudioFrame, Bitrate, SAMPLE_RATE, StereoFrame};
use carillon_rtp::payload::opus::OpusChannels;

use super::OpusError;

/// What an encoder is tuned for (RFC 6716 section 2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Application {
    /// Speech: the linear prediction layer, alone or with the transform layer above it. Sounds best, costs three to four times as much.
    Voice,
    /// Everything: the encoder chooses its layers by content.
    Audio,
    /// The transform layer alone, whatever is heard: cheap, with the least delay, and of a state that may be copied.
    LowDelay,
}

/// Whether packets repeat a coarse copy of the one before (RFC 6716 section 2.1.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InbandFec {
    /// No redundancy.
    Off,
    /// Redundancy as the expected loss justifies it; only in the linear prediction layer.
    On,
}

/// Whether silence is left out (RFC 6716 section 2.1.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dtx {
    /// Every frame becomes a packet of its own weight.
    Off,
    /// Silent frames become packets of one or two bytes, which need not be sent.
    On,
}

/// How an encoder works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpusConfig {
    /// How many bits per second to aim at: 6 to 510 kb/s.
    pub bitrate: Bitrate,
    /// How hard to search, 0 to 10: 5 costs two thirds of 10 and is hard to tell apart in speech.
    pub complexity: u8,
    /// What to tune for.
    pub application: Application,
    /// How many channels the packets have; either takes frames of both kinds.
    pub channels: OpusChannels,
    /// Whether to repeat earlier frames.
    pub fec: InbandFec,
    /// How many packets of a hundred are expected to be lost: 0 to 100; steers the redundancy.
    pub expected_loss_percent: u8,
    /// Whether to leave silence out.
    pub dtx: Dtx,
}

impl Default for OpusConfig {
    /// Fullband mono at 32 kb/s in the transform layer, every frame sent: what a mixed stream wants.
    fn default() -> Self {
        Self {
            bitrate: Bitrate::from_kbps(32),
            complexity: 5,
            application: Application::LowDelay,
            channels: OpusChannels::Mono,
            fec: InbandFec::Off,
            expected_loss_percent: 0,
            dtx: Dtx::Off,
        }
    }
}

/// An Opus encoder for 48 kHz.
#[derive(Debug)]
pub struct OpusEncoder {
    codec: ::opus::Encoder,
    feed: Feed,
}

/// What the codec wants to be fed with, and where frames of the other kind are turned into it.
#[derive(Debug)]
enum Feed {
    Mono(Box<AudioFrame>),
    Stereo(Box<StereoFrame>),
}

impl OpusEncoder {
    /// Makes an encoder.
    ///
    /// # Errors
    /// [`OpusError::Setup`] when a value of the configuration is out of its range.
    pub fn new(config: OpusConfig) -> Result<Self, OpusError> {
        let feed = match config.channels {
            OpusChannels::Mono => Feed::Mono(Box::default()),
            OpusChannels::Stereo => Feed::Stereo(Box::default()),
        };
        configured(config).map(|codec| Self { codec, feed }).map_err(OpusError::Setup)
    }

    /// Encodes one frame and returns how many bytes of `payload` it took; in stereo, both sides sound the same.
    ///
    /// # Errors
    /// [`OpusError::Encode`] when `payload` is too short; [`super::MAX_PAYLOAD_BYTES`] always suffice.
    pub fn encode(&mut self, frame: &AudioFrame, payload: &mut [u8]) -> Result<usize, OpusError> {
        let samples = match &mut self.feed {
            Feed::Mono(_) => frame.samples().as_slice(),
            Feed::Stereo(both) => {
                both.copy_mono(frame);
                both.samples().as_slice()
            }
        };
        self.codec.encode(samples, payload).map_err(OpusError::Encode)
    }

    /// Encodes one frame of stereo as [`OpusEncoder::encode`] does; in mono, the mean of both sides.
    ///
    /// # Errors
    /// As [`OpusEncoder::encode`].
    pub fn encode_stereo(
        &mut self,
        frame: &StereoFrame,
        payload: &mut [u8],
    ) -> Result<usize, OpusError> {
        let samples = match &mut self.feed {
            Feed::Mono(mean) => {
                frame.mix_down(mean);
                mean.samples().as_slice()
            }
            Feed::Stereo(_) => frame.samples().as_slice(),
        };
        self.codec.encode(samples, payload).map_err(OpusError::Encode)
    }

    /// Aims at another bitrate from the next frame on.
    ///
    /// # Errors
    /// [`OpusError::Setup`] when it is out of range.
    pub fn set_bitrate(&mut self, bitrate: Bitrate) -> Result<(), OpusError> {
        self.codec.set_bitrate(bits(bitrate)).map_err(OpusError::Setup)
    }

    /// Expects so many packets of a hundred to be lost, from the next frame on.
    ///
    /// # Errors
    /// [`OpusError::Setup`] beyond 100.
    pub fn set_expected_loss_percent(&mut self, percent: u8) -> Result<(), OpusError> {
        self.codec.set_packet_loss_perc(percent.into()).map_err(OpusError::Setup)
    }
}

fn bits(bitrate: Bitrate) -> ::opus::Bitrate {
    ::opus::Bitrate::Bits(i32::try_from(bitrate.bps()).unwrap_or(i32::MAX))
}

fn configured(config: OpusConfig) -> Result<::opus::Encoder, ::opus::Error> {
    let application = match config.application {
        Application::Voice => ::opus::Application::Voip,
        Application::Audio => ::opus::Application::Audio,
        Application::LowDelay => ::opus::Application::LowDelay,
    };
    let channels = match config.channels {
        OpusChannels::Mono => ::opus::Channels::Mono,
        OpusChannels::Stereo => ::opus::Channels::Stereo,
    };
    let mut codec = ::opus::Encoder::new(SAMPLE_RATE.hz(), channels, application)?;
    codec.set_bitrate(bits(config.bitrate))?;
    codec.set_complexity(config.complexity.into())?;
    codec.set_inband_fec(config.fec == InbandFec::On)?;
    codec.set_packet_loss_perc(config.expected_loss_percent.into())?;
    codec.set_dtx(config.dtx == Dtx::On)?;
    Ok(codec)
}
