//! Sound in RTP packets: written, and read as far as needed to pass it on.

use bytes::Bytes;
use carillon_frame::{AudioLevel, EncodedAudio, MediaTime, SeqNo};
use carillon_rtp::AudioFormat;
use carillon_rtp::payload::opus::OpusPacket;
use carillon_rtp::payload::red::RedPayload;
use rtc::rtp;

use crate::media_link::MediaPacket;
use crate::media_link::codecs::{self, AUDIO_LEVEL};

/// What stands in the header of a packet of sound.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head {
    pub(super) ssrc: u32,
    pub(super) seq: SeqNo,
    pub(super) timestamp: MediaTime,
    pub(super) format: AudioFormat,
    /// Whether nothing was sent just before.
    pub(super) starts_talking: bool,
    /// How loud it is, if that is known; otherwise the server listens for itself.
    pub(super) level: Option<AudioLevel>,
}

impl Head {
    pub(super) fn packet(self, payload: Bytes) -> rtp::Packet {
        let mut header = rtp::Header {
            version: 2,
            marker: self.starts_talking,
            payload_type: codecs::audio_payload_type(self.format),
            sequence_number: self.seq.0,
            timestamp: self.timestamp.0,
            ssrc: self.ssrc,
            ..rtp::Header::default()
        };
        if let Some(level) = self.level {
            // RFC 6464: one octet, whether it is speech in the first bit and the level below.
            let level = Bytes::copy_from_slice(&[level.attenuation_db()]);
            if let Err(error) = header.set_extension(AUDIO_LEVEL, level) {
                tracing::debug!(%error, "a packet has no room for its level");
            }
        }
        rtp::Packet { header, payload }
    }
}

/// The sound of a packet without copies of earlier ones; nothing if it is none.
pub(super) fn received(packet: &MediaPacket, format: AudioFormat) -> Option<EncodedAudio> {
    let payload = match format {
        AudioFormat::Opus => packet.payload.clone(),
        AudioFormat::Red => {
            let red = RedPayload::parse(&packet.payload).ok()?;
            packet.payload.slice_ref(red.primary().payload)
        }
    };
    let ticks = OpusPacket::parse(&payload)?.ticks();
    Some(EncodedAudio { payload, timestamp: packet.timestamp, ticks })
}
