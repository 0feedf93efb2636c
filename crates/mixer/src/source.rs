//! One voice on its way into the mix: ordered, decoded, metered.

use std::time::Instant;

use carillon_frame::{AudioFrame, AudioLevel, FRAME_SAMPLES, MediaTime, SeqNo};
use carillon_media::opus::{OpusDecoder, OpusError};
use carillon_media::{JitterBuffer, JitterConfig, JitterStats, Playout, TimedPayload, audio_level};
use carillon_rtp::AudioFormat;
use carillon_rtp::payload::opus::OpusPacket;
use carillon_rtp::payload::red::{RedCopies, RedPayload};

use crate::meter::LevelMeter;
use crate::{AudioPacket, MixerError, PacketContent};

/// A source of sound, as its owner numbers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(pub u32);

/// Whether a source may be heard; closed by the server, whatever the client says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Gate {
    /// What arrives is mixed.
    #[default]
    Open,
    /// What arrives is dropped.
    Muted,
}

/// How a source speaks of its loudness.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Metering {
    /// By the levels in its packets (RFC 6464).
    Declared,
    /// Not at all: it is measured after decoding.
    Measured,
}

#[derive(Debug)]
pub(crate) struct Source {
    gate: Gate,
    buffer: JitterBuffer,
    decoder: OpusDecoder,
    metering: Metering,
    meter: LevelMeter,
    heard: Option<AudioFrame>,
}

impl Source {
    pub(crate) fn new(config: JitterConfig) -> Result<Self, OpusError> {
        Ok(Self {
            gate: Gate::Open,
            buffer: JitterBuffer::new(config),
            decoder: OpusDecoder::new()?,
            metering: Metering::Measured,
            meter: LevelMeter::default(),
            heard: None,
        })
    }

    /// Opens or closes the gate; whatever waited behind it is forgotten.
    pub(crate) fn set_gate(&mut self, gate: Gate) -> Result<(), OpusError> {
        if self.gate == gate {
            return Ok(());
        }
        self.gate = gate;
        self.heard = None;
        self.meter = LevelMeter::default();
        self.buffer.reset();
        self.decoder.reset()
    }

    pub(crate) fn handle_packet(
        &mut self,
        now: Instant,
        packet: AudioPacket<'_>,
    ) -> Result<(), MixerError> {
        if self.gate == Gate::Muted {
            return Ok(());
        }
        let (format, payload) = match packet.content {
            PacketContent::Padding => {
                self.buffer.push_padding(packet.seq);
                return Ok(());
            }
            PacketContent::Sound { format, payload } => (format, payload),
        };
        match format {
            AudioFormat::Opus => self.push(now, packet, payload)?,
            AudioFormat::Red => self.push_redundant(now, packet, payload)?,
        }
        self.metering = match packet.level {
            Some(level) => {
                self.meter.observe(level);
                Metering::Declared
            }
            None => Metering::Measured,
        };
        Ok(())
    }

    /// Makes the frame of this tick, if there is anything to be heard.
    pub(crate) fn tick(&mut self, now: Instant) {
        self.heard = self.next_frame(now);
        if let (Metering::Measured, Some(frame)) = (self.metering, &self.heard) {
            self.meter.observe(audio_level(frame));
        }
        self.meter.tick();
    }

    /// The frame of the last tick.
    pub(crate) const fn heard(&self) -> Option<&AudioFrame> {
        self.heard.as_ref()
    }

    pub(crate) fn level(&self) -> AudioLevel {
        self.meter.level()
    }

    pub(crate) const fn stats(&self) -> JitterStats {
        self.buffer.stats()
    }

    fn push(
        &mut self,
        now: Instant,
        packet: AudioPacket<'_>,
        payload: &[u8],
    ) -> Result<(), MixerError> {
        let timed = timed(packet.seq, packet.timestamp, payload).ok_or(MixerError::NotOpus)?;
        self.buffer.push(now, timed);
        Ok(())
    }

    /// Pushes the packet's own sound, and each copy under the number it was sent with: senders copy the packets just before (RFC 2198).
    fn push_redundant(
        &mut self,
        now: Instant,
        packet: AudioPacket<'_>,
        payload: &[u8],
    ) -> Result<(), MixerError> {
        let red = RedPayload::parse(payload).map_err(MixerError::NotRed)?;
        let own = red.primary();
        self.push(now, packet, own.payload)?;
        let mut seq = packet.seq.wrapping_add(0_u16.wrapping_sub(count_of(red.copies())));
        for copy in red.copies() {
            let timestamp =
                packet.timestamp.wrapping_add(0_u32.wrapping_sub(copy.timestamp_offset.into()));
            if copy.payload_type == own.payload_type {
                timed(seq, timestamp, copy.payload)
                    .into_iter()
                    .for_each(|timed| self.buffer.push_copy(timed));
            }
            seq = seq.next();
        }
        Ok(())
    }

    fn next_frame(&mut self, now: Instant) -> Option<AudioFrame> {
        loop {
            if let Some(frame) = self.decoder.pop_frame() {
                return Some(frame);
            }
            let decoded = match self.buffer.pop(now) {
                Playout::Packet(packet) => self
                    .decoder
                    .decode(packet.payload)
                    .or_else(|_| self.decoder.conceal(packet.ticks)),
                Playout::Fec { next_payload, ticks } => {
                    self.decoder.decode_fec(next_payload, ticks)
                }
                Playout::Conceal { ticks } => self.decoder.conceal(ticks),
                Playout::Empty if self.decoder.queued() == 0 => return None,
                Playout::Empty => self.decoder.conceal(missing_ticks(self.decoder.queued())),
            };
            decoded.ok()?;
        }
    }
}

/// A payload with how long it lasts, if it is Opus.
fn timed(seq: SeqNo, timestamp: MediaTime, payload: &[u8]) -> Option<TimedPayload<'_>> {
    let ticks = OpusPacket::parse(payload)?.ticks();
    Some(TimedPayload { seq, timestamp, ticks, payload })
}

/// How many copies there are; a packet is too short for more than 16 bits can count.
fn count_of(copies: RedCopies<'_>) -> u16 {
    u16::try_from(copies.count()).unwrap_or(u16::MAX)
}

/// What an unfinished frame lacks.
fn missing_ticks(queued: usize) -> u32 {
    u32::try_from(FRAME_SAMPLES.saturating_sub(queued)).unwrap_or(0)
}
