//! From a client's frames to the payloads of its packets: encoded, repeated, timed and levelled.

mod packets;
mod profile;

use carillon_frame::{
    AudioFrame, AudioLevel, Bitrate, EncodedAudio, FRAME_SAMPLES, MediaTime, StereoFrame,
};
use carillon_rtp::payload::opus::OpusPacket;
use carillon_rtp::{AudioFormat, PayloadType};

use crate::audio_level;
use crate::opus::{
    Dtx, InbandFec, MAX_PAYLOAD_BYTES, OpusConfig, OpusDecoder, OpusEncoder, OpusError,
};

use packets::Packets;
pub use packets::Redundancy;
pub use profile::AudioProfile;

/// One frame in ticks of the stream's clock.
const FRAME_TICKS: u32 = 960;
const _: () = assert!(FRAME_TICKS as usize == FRAME_SAMPLES);

/// How far a source of encoded sound may jump ahead in its own time and be followed: 10 s, the longest pause between two sentences.
///
/// A longer jump is another clock, and following it would let the listener's clock jump as well.
const LONGEST_PAUSE: u32 = 480_000;

/// How sound is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AudioSendConfig {
    /// What the sound is, and how good it is to be.
    pub profile: AudioProfile,
    /// How many earlier packets each packet repeats.
    pub redundancy: Redundancy,
    /// Whether packets carry a coarse copy of the one before.
    pub fec: InbandFec,
    /// How many packets of a hundred are expected to be lost until [`AudioSend::set_expected_loss`] knows better: 0 to 100.
    pub expected_loss_percent: u8,
    /// Whether silence is left out.
    pub dtx: Dtx,
    /// The number of Opus in the session, which redundant packets repeat inside.
    pub opus: PayloadType,
    /// When the first frame begins, by the 48 kHz clock of the stream; RFC 3550 wants it random.
    pub first_timestamp: MediaTime,
}

impl AudioSendConfig {
    /// What a talking client sends: speech at first without any repair, which costs sound where nothing is lost, and with it once loss is reported.
    #[must_use]
    pub const fn speech(opus: PayloadType) -> Self {
        Self {
            profile: AudioProfile::Default,
            redundancy: Redundancy::NONE,
            fec: InbandFec::On,
            expected_loss_percent: 0,
            dtx: Dtx::Off,
            opus,
            first_timestamp: MediaTime(0),
        }
    }
}

/// One payload to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutgoingAudio<'a> {
    /// How the payload is coded.
    pub format: AudioFormat,
    /// The payload.
    pub payload: &'a [u8],
    /// When its sound begins, by the 48 kHz clock of the stream.
    pub timestamp: MediaTime,
    /// How loud it is (RFC 6464).
    pub level: AudioLevel,
    /// Whether nothing was sent just before: the marker bit of RFC 7587 section 4.2.
    pub starts_talking: bool,
}

/// The sending half of one client's sound.
#[derive(Debug)]
pub struct AudioSend {
    config: AudioSendConfig,
    encoder: OpusEncoder,
    /// When the next frame begins.
    next: MediaTime,
    packets: Packets,
    encoded: Box<[u8; MAX_PAYLOAD_BYTES]>,
    mean: Box<AudioFrame>,
    foreign: Option<Foreign>,
}

/// A source of packets somebody else encoded.
#[derive(Debug)]
struct Foreign {
    /// Decodes for the sake of the level alone.
    ear: OpusDecoder,
    /// When its next packet begins, by its own clock.
    next: MediaTime,
}

/// What is to become a packet.
enum Sound<'a> {
    Mono(&'a AudioFrame),
    Stereo(&'a StereoFrame),
}

impl AudioSend {
    /// Makes a sender.
    ///
    /// # Errors
    /// [`OpusError::Setup`] when a value of the configuration is out of its range.
    pub fn new(config: AudioSendConfig) -> Result<Self, OpusError> {
        Ok(Self {
            config,
            encoder: OpusEncoder::new(encoding(config))?,
            next: config.first_timestamp,
            packets: Packets::new(config.opus, config.redundancy),
            encoded: Box::new([0; MAX_PAYLOAD_BYTES]),
            mean: Box::default(),
            foreign: None,
        })
    }

    /// Encodes the next 20 ms; nothing only while silence is left out.
    ///
    /// # Errors
    /// [`OpusError::Encode`] for a bug in the codec; the frame's time passes all the same.
    pub fn encode(&mut self, frame: &AudioFrame) -> Result<Option<OutgoingAudio<'_>>, OpusError> {
        self.encode_sound(Sound::Mono(frame), audio_level(frame))
    }

    /// Encodes the next 20 ms of stereo, as [`AudioSend::encode`] does.
    ///
    /// # Errors
    /// As [`AudioSend::encode`].
    pub fn encode_stereo(
        &mut self,
        frame: &StereoFrame,
    ) -> Result<Option<OutgoingAudio<'_>>, OpusError> {
        frame.mix_down(&mut self.mean);
        let level = audio_level(&self.mean);
        self.encode_sound(Sound::Stereo(frame), level)
    }

    /// Passes on a packet that is encoded already, with redundancy, level and the stream's own time.
    ///
    /// # Errors
    /// [`OpusError::Malformed`] when it is not Opus: leave it out.
    pub fn encode_encoded(
        &mut self,
        packet: &EncodedAudio,
    ) -> Result<OutgoingAudio<'_>, OpusError> {
        let ticks = OpusPacket::parse(&packet.payload).ok_or(OpusError::Malformed)?.ticks();
        let foreign = match &mut self.foreign {
            Some(foreign) => foreign,
            empty => empty.insert(Foreign { ear: OpusDecoder::new()?, next: packet.timestamp }),
        };
        let pause = u32::try_from(packet.timestamp.distance_from(foreign.next)).unwrap_or(0);
        foreign.next = packet.timestamp.wrapping_add(ticks);
        let level = foreign.level_of(&packet.payload);
        if pause <= LONGEST_PAUSE {
            self.next = self.next.wrapping_add(pause);
        }
        let timestamp = self.next;
        self.next = timestamp.wrapping_add(ticks);
        Ok(self.packets.outgoing(timestamp, &packet.payload, level))
    }

    /// Repeats so many earlier packets from here on.
    pub const fn set_redundancy(&mut self, redundancy: Redundancy) {
        self.packets.set_redundancy(redundancy);
    }

    /// Expects so many packets of a hundred to be lost, as receiver reports say; steers the repair inside of packets.
    ///
    /// # Errors
    /// [`OpusError::Setup`] when the library refuses, which it has no reason to.
    pub fn set_expected_loss(&mut self, percent: u8) -> Result<(), OpusError> {
        self.config.expected_loss_percent = percent.min(100);
        self.encoder.set_expected_loss_percent(self.config.expected_loss_percent)
    }

    /// Aims at another bitrate than the profile's, until the next [`AudioSend::set_profile`].
    ///
    /// # Errors
    /// [`OpusError::Setup`] when it is out of range: 6 to 510 kb/s.
    pub fn set_bitrate(&mut self, bitrate: Bitrate) -> Result<(), OpusError> {
        self.encoder.set_bitrate(bitrate)
    }

    /// Sends another kind of sound from the next frame on, at that profile's bitrate.
    ///
    /// # Errors
    /// [`OpusError::Setup`] when memory is exhausted; the profile stays as it is.
    pub fn set_profile(&mut self, profile: AudioProfile) -> Result<(), OpusError> {
        let config = AudioSendConfig { profile, ..self.config };
        self.encoder = OpusEncoder::new(encoding(config))?;
        self.config = config;
        Ok(())
    }

    fn encode_sound(
        &mut self,
        sound: Sound<'_>,
        level: AudioLevel,
    ) -> Result<Option<OutgoingAudio<'_>>, OpusError> {
        let timestamp = self.next;
        self.next = timestamp.wrapping_add(FRAME_TICKS);
        // What is sent in a pause of somebody else's packets takes its time from that pause.
        if let Some(foreign) = &mut self.foreign {
            foreign.next = foreign.next.wrapping_add(FRAME_TICKS);
        }
        let room = self.encoded.as_mut_slice();
        let length = match sound {
            Sound::Mono(frame) => self.encoder.encode(frame, room),
            Sound::Stereo(frame) => self.encoder.encode_stereo(frame, room),
        }?;
        let payload = self.encoded.get(..length).unwrap_or(&[]);
        let unchanged = OpusPacket::parse(payload).is_none_or(|packet| packet.unchanged);
        if unchanged && self.config.dtx == Dtx::On {
            self.packets.skip_silence();
            return Ok(None);
        }
        Ok(Some(self.packets.outgoing(timestamp, payload, level)))
    }
}

impl Foreign {
    /// The loudest frame that ends in this packet; silence of what cannot be decoded.
    fn level_of(&mut self, payload: &[u8]) -> AudioLevel {
        if self.ear.decode(payload).is_err() {
            return AudioLevel::SILENCE;
        }
        let frames = std::iter::from_fn(|| self.ear.pop_frame());
        frames.fold(AudioLevel::SILENCE, |loudest, frame| loudest.louder(audio_level(&frame)))
    }
}

fn encoding(config: AudioSendConfig) -> OpusConfig {
    let AudioSendConfig { profile, fec, expected_loss_percent, dtx, .. } = config;
    OpusConfig {
        bitrate: profile.bitrate(),
        complexity: profile.complexity(),
        application: profile.application(),
        channels: profile.channels(),
        fec,
        expected_loss_percent,
        dtx,
    }
}

#[cfg(test)]
mod tests;
