//! Sound over one connection: 20 ms out and 20 ms in, every 20 ms.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use carillon_frame::{AudioFrame, AudioLevel, SeqNo};
use carillon_media::opus::OpusError;
use carillon_media::pipeline::audio_receive::AudioReceive;
use carillon_media::pipeline::audio_send::{AudioProfile, AudioSend, AudioSendConfig, Redundancy};
use carillon_media::{JitterConfig, audio_level};
use carillon_rtp::PayloadType;
use rand::Rng as _;
use rtc::rtp;

use super::packet::{Head, received};
use super::{AudioIo, Captured, Room, VoiceFigures};
use crate::media_link::{LocalStreams, MediaPacket, codecs};

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
    profile: AudioProfile,
    receive: AudioReceive,
    ssrc: u32,
    seq: SeqNo,
    room: Room,
    sent_level: AudioLevel,
    played_level: AudioLevel,
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
            profile: config.profile,
            receive: AudioReceive::new(JitterConfig::ADAPTIVE)?,
            ssrc: streams.voice.0,
            seq: SeqNo(rng.random()),
            room: Room::default(),
            sent_level: AudioLevel::SILENCE,
            played_level: AudioLevel::SILENCE,
            io,
        })
    }

    /// The packet of the next 20 ms, if one is to be sent.
    pub(crate) fn next_packet(&mut self) -> Option<rtp::Packet> {
        self.follow_profile();
        let outgoing = match self.io.capture(&mut self.room) {
            Captured::Silence => self.send.encode(&AudioFrame::SILENCE).ok().flatten(),
            Captured::Mono => {
                self.io.process(&mut self.room.mono);
                self.send.encode(&self.room.mono).ok().flatten()
            }
            Captured::Stereo => self.send.encode_stereo(&self.room.stereo).ok().flatten(),
            // What is no Opus packet is left out, as if the source had had nothing.
            Captured::Packet(packet) => self.send.encode_encoded(&packet).ok(),
            Captured::Covered => None,
        }?;
        self.sent_level = outgoing.level;
        let head = Head {
            ssrc: self.ssrc,
            seq: self.seq,
            timestamp: outgoing.timestamp,
            format: outgoing.format,
            starts_talking: outgoing.starts_talking,
            level: Some(outgoing.level),
        };
        let packet = head.packet(Bytes::copy_from_slice(outgoing.payload));
        self.seq = self.seq.next();
        Some(packet)
    }

    /// Takes a packet of the mix.
    pub(crate) fn handle_packet(&mut self, packet: &MediaPacket) {
        let Some(format) = codecs::audio_format(packet.payload_type) else { return };
        let MediaPacket { at, seq, timestamp, payload, .. } = packet;
        if self.io.wants_encoded()
            && let Some(sound) = received(packet, format)
        {
            self.io.take_encoded(&sound);
        }
        if let Err(error) = self.receive.handle_packet(*at, *seq, *timestamp, format, payload) {
            tracing::debug!(%error, "a packet of sound was dropped");
        }
    }

    /// Plays the next 20 ms of the mix.
    pub(crate) fn play(&mut self, now: Instant) {
        let frame = self.receive.next_frame(now);
        self.played_level = audio_level(&frame);
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

    pub(crate) fn figures(&self) -> VoiceFigures {
        let stats = self.receive.stats();
        VoiceFigures {
            made_up: stats.concealed,
            delay: stats.delay,
            sent_level: share_of_full(self.sent_level),
            played_level: share_of_full(self.played_level),
        }
    }

    /// Encodes as the application wants it, from the next frame on.
    fn follow_profile(&mut self) {
        let wanted = self.io.profile();
        if wanted == self.profile {
            return;
        }
        self.profile = wanted;
        if let Err(error) = self.send.set_profile(wanted) {
            tracing::warn!(%error, "the profile stays as it was");
        }
    }
}

/// A level as the share of the loudest possible sound, 0 to 1.
fn share_of_full(level: AudioLevel) -> f32 {
    if level == AudioLevel::SILENCE {
        return 0.0;
    }
    10_f32.powf(-f32::from(level.attenuation_db()) / 20.0)
}

#[cfg(test)]
mod tests;
