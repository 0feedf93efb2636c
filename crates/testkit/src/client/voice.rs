//! What a client says: a tone, in Opus, in RTP.

use carillon_frame::{MediaTime, SeqNo, Ssrc};
use carillon_media::audio_level;
use carillon_media::opus::{MAX_PAYLOAD_BYTES, OpusConfig, OpusEncoder};
use carillon_rtp::extension::{AudioActivity, VoiceActivity};
use carillon_rtp::{ExtensionElement, ExtensionKind, PayloadType, RtpHeader};

use super::offer::{OPUS, extension_id};
use crate::tone::Tone;

/// How loud a client speaks: 15 dB below the loudest possible sound, where five voices still add up undistorted.
const AMPLITUDE: i16 = 6_000;

/// Ticks of 20 ms at 48 kHz.
const FRAME_TICKS: u32 = 960;

/// A voice that never tires.
#[derive(Debug)]
pub struct Voice {
    /// The tone by which it is known.
    pub hertz: u32,
    /// The stream.
    pub ssrc: Ssrc,
    tone: Tone,
    encoder: OpusEncoder,
    seq: SeqNo,
    timestamp: MediaTime,
}

impl Voice {
    /// Starts to speak at a pitch.
    #[must_use]
    pub fn new(hertz: u32, ssrc: Ssrc, seq: SeqNo, timestamp: MediaTime) -> Self {
        let encoder = OpusEncoder::new(OpusConfig::default()).expect("the default is in range");
        Self { hertz, ssrc, tone: Tone::new(hertz.into(), AMPLITUDE), encoder, seq, timestamp }
    }

    /// The packet of the next 20 ms; `number` counts all packets of the client's transport.
    pub fn next_packet(&mut self, number: SeqNo) -> Vec<u8> {
        let frame = self.tone.next_frame();
        let level = AudioActivity { level: audio_level(&frame), voice: VoiceActivity::Speech };
        let (level, number) = ([level.to_octet()], number.0.to_be_bytes());
        let elements = [
            element(ExtensionKind::AudioLevel, &level),
            element(ExtensionKind::TransportSequence, &number),
        ];
        let mut packet = Vec::new();
        self.header().write(elements.as_slice(), &mut packet);
        let mut payload = [0; MAX_PAYLOAD_BYTES];
        let length = self.encoder.encode(&frame, &mut payload).expect("the room suffices");
        packet.extend(payload.iter().take(length));
        self.seq = self.seq.next();
        self.timestamp = self.timestamp.wrapping_add(FRAME_TICKS);
        packet
    }

    fn header(&self) -> RtpHeader {
        RtpHeader {
            payload_type: PayloadType::new(OPUS).expect("a payload type has seven bits"),
            seq: self.seq,
            timestamp: self.timestamp,
            ssrc: self.ssrc,
            marker: false,
        }
    }
}

/// An element of the header extension block of a client's packets.
pub(super) fn element(kind: ExtensionKind, value: &[u8]) -> ExtensionElement<'_> {
    ExtensionElement { id: extension_id(kind).expect("clients offer what they send"), value }
}
