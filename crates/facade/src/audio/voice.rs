//! Sound over one connection: 20 ms out and 20 ms in, every 20 ms.

use std::sync::Arc;

use bytes::Bytes;
use carillon_frame::{AudioFrame, EncodedAudio, SeqNo};
use carillon_media::JitterConfig;
use carillon_media::opus::OpusError;
use carillon_media::pipeline::audio_receive::{AudioReceive, AudioReceiveStats};
use carillon_media::pipeline::audio_send::{AudioSend, AudioSendConfig, OutgoingAudio, Redundancy};
use carillon_rtp::payload::opus::OpusPacket;
use carillon_rtp::payload::red::RedPayload;
use carillon_rtp::{AudioFormat, PayloadType};
use rand::Rng as _;
use rtc::rtp;

use super::{AudioIo, Captured};
use crate::media_link::codecs::{self, AUDIO_LEVEL};
use crate::media_link::{LocalStreams, MediaPacket};

/// The number of Opus, which redundant packets repeat inside.
const OPUS: PayloadType = match PayloadType::new(codecs::OPUS) {
    Some(number) => number,
    None => unreachable!(),
};

/// The voice of one connection.
#[derive(Debug)]
pub(crate) struct VoiceStream {
    io: Arc<AudioIo>,
    send: AudioSend,
    receive: AudioReceive,
    ssrc: u32,
    seq: SeqNo,
    frame: Box<AudioFrame>,
}

impl VoiceStream {
    /// # Errors
    /// When the codec cannot be set up.
    pub(crate) fn new(io: Arc<AudioIo>, streams: LocalStreams) -> Result<Self, OpusError> {
        let mut rng = rand::rng();
        let mut config = AudioSendConfig::speech(OPUS);
        config.profile = io.profile();
        config.first_timestamp = carillon_frame::MediaTime(rng.random());
        Ok(Self {
            send: AudioSend::new(config)?,
            receive: AudioReceive::new(JitterConfig::ADAPTIVE)?,
            ssrc: streams.voice.0,
            seq: SeqNo(rng.random()),
            frame: Box::default(),
            io,
        })
    }

    /// The packet of the next 20 ms, if one is to be sent.
    pub(crate) fn next_packet(&mut self) -> Option<rtp::Packet> {
        let captured = self.io.capture(&mut self.frame);
        let outgoing = match &captured {
            Captured::Sound => self.send.encode(&self.frame).ok().flatten(),
            // What is no Opus packet is left out, as if the source had had nothing.
            Captured::Packet(packet) => self.send.encode_encoded(packet).ok(),
        };
        let packet = outgoing.map(|outgoing| packet(self.ssrc, self.seq, &outgoing))?;
        self.seq = self.seq.next();
        Some(packet)
    }

    /// Takes a packet of the mix.
    pub(crate) fn handle_packet(&mut self, packet: &MediaPacket) {
        let Some(format) = codecs::audio_format(packet.payload_type) else { return };
        let MediaPacket { at, seq, timestamp, payload, .. } = packet;
        if self.io.wants_encoded() {
            self.pass_on(packet, format);
        }
        if let Err(error) = self.receive.handle_packet(*at, *seq, *timestamp, format, payload) {
            tracing::debug!(%error, "a packet of sound was dropped");
        }
    }

    /// Plays the next 20 ms of the mix.
    pub(crate) fn play(&mut self, now: std::time::Instant) {
        let frame = self.receive.next_frame(now);
        self.io.play(&frame);
    }

    /// Adapts what is sent to the loss that the other side reports, 0 to 1.
    pub(crate) fn adapt(&mut self, loss: f32) {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "clamped to 0..=100 before it becomes a byte"
        )]
        let percent = (loss * 100.0).clamp(0.0, 100.0).round() as u8;
        self.send.set_redundancy(Redundancy::against(percent));
        if let Err(error) = self.send.set_expected_loss(percent) {
            tracing::debug!(%error, "the encoder kept its expectation of loss");
        }
    }

    pub(crate) fn stats(&self) -> AudioReceiveStats {
        self.receive.stats()
    }

    fn pass_on(&self, packet: &MediaPacket, format: AudioFormat) {
        let payload: Option<Bytes> = match format {
            AudioFormat::Opus => Some(packet.payload.clone()),
            AudioFormat::Red => RedPayload::parse(&packet.payload)
                .ok()
                .map(|red| packet.payload.slice_ref(red.primary().payload)),
        };
        let Some(payload) = payload else { return };
        let Some(ticks) = OpusPacket::parse(&payload).map(|opus| opus.ticks()) else { return };
        self.io.take_encoded(&EncodedAudio { payload, timestamp: packet.timestamp, ticks });
    }
}

fn packet(ssrc: u32, seq: SeqNo, outgoing: &OutgoingAudio<'_>) -> rtp::Packet {
    let mut header = rtp::Header {
        version: 2,
        marker: outgoing.starts_talking,
        payload_type: codecs::audio_payload_type(outgoing.format),
        sequence_number: seq.0,
        timestamp: outgoing.timestamp.0,
        ssrc,
        ..rtp::Header::default()
    };
    // RFC 6464: one octet, whether it is speech in the first bit and the level below.
    let level = Bytes::copy_from_slice(&[outgoing.level.attenuation_db()]);
    if let Err(error) = header.set_extension(AUDIO_LEVEL, level) {
        tracing::debug!(%error, "a packet has no room for its level");
    }
    rtp::Packet { header, payload: Bytes::copy_from_slice(outgoing.payload) }
}
