//! Makes Opus payloads of frames.

use carillon_frame::{AudioFrame, Bitrate, SAMPLE_RATE};

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
            fec: InbandFec::Off,
            expected_loss_percent: 0,
            dtx: Dtx::Off,
        }
    }
}

/// An Opus encoder for 48 kHz mono.
#[derive(Debug)]
pub struct OpusEncoder {
    codec: ::opus::Encoder,
}

impl OpusEncoder {
    /// Makes an encoder.
    ///
    /// # Errors
    /// [`OpusError::Setup`] when a value of the configuration is out of its range.
    pub fn new(config: OpusConfig) -> Result<Self, OpusError> {
        configured(config).map(|codec| Self { codec }).map_err(OpusError::Setup)
    }

    /// Encodes one frame and returns how many bytes of `payload` it took.
    ///
    /// # Errors
    /// [`OpusError::Encode`] when `payload` is too short; [`super::MAX_PAYLOAD_BYTES`] always suffice.
    pub fn encode(&mut self, frame: &AudioFrame, payload: &mut [u8]) -> Result<usize, OpusError> {
        self.codec.encode(frame.samples(), payload).map_err(OpusError::Encode)
    }
}

fn configured(config: OpusConfig) -> Result<::opus::Encoder, ::opus::Error> {
    let application = match config.application {
        Application::Voice => ::opus::Application::Voip,
        Application::Audio => ::opus::Application::Audio,
        Application::LowDelay => ::opus::Application::LowDelay,
    };
    let bits = i32::try_from(config.bitrate.bps()).unwrap_or(i32::MAX);
    let mut codec = ::opus::Encoder::new(SAMPLE_RATE.hz(), ::opus::Channels::Mono, application)?;
    codec.set_bitrate(::opus::Bitrate::Bits(bits))?;
    codec.set_complexity(config.complexity.into())?;
    codec.set_inband_fec(config.fec == InbandFec::On)?;
    codec.set_packet_loss_perc(config.expected_loss_percent.into())?;
    codec.set_dtx(config.dtx == Dtx::On)?;
    Ok(codec)
}
