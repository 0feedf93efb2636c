//! One voice on its way into the mix: ordered, decoded, metered.

use std::time::Instant;

use carillon_frame::{AudioFrame, AudioLevel};
use carillon_media::opus::OpusError;
use carillon_media::pipeline::audio_receive::AudioReceive;
use carillon_media::{JitterConfig, JitterStats, audio_level};

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
    voice: AudioReceive,
    metering: Metering,
    meter: LevelMeter,
    heard: Option<AudioFrame>,
}

impl Source {
    pub(crate) fn new(config: JitterConfig) -> Result<Self, OpusError> {
        Ok(Self {
            gate: Gate::Open,
            voice: AudioReceive::new(config)?,
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
        self.voice.reset()
    }

    pub(crate) fn handle_packet(
        &mut self,
        now: Instant,
        packet: AudioPacket<'_>,
    ) -> Result<(), MixerError> {
        if self.gate == Gate::Muted {
            return Ok(());
        }
        let AudioPacket { seq, timestamp, level, content } = packet;
        match content {
            PacketContent::Padding => {
                self.voice.handle_padding(seq);
                return Ok(());
            }
            PacketContent::Sound { format, payload } => {
                self.voice.handle_packet(now, seq, timestamp, format, payload)?;
            }
        }
        self.metering = match level {
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
        self.heard = self.voice.next_sound(now);
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
        self.voice.jitter_stats()
    }
}
