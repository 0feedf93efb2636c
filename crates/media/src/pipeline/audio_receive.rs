//! From one sender's packets to frames to hear: ordered, repaired, decoded, and always 20 ms at a time.

use std::time::{Duration, Instant};

use carillon_frame::{AudioFrame, FRAME_SAMPLES, MediaTime, SAMPLE_RATE, SeqNo};
use carillon_rtp::AudioFormat;
use carillon_rtp::payload::opus::OpusPacket;
use carillon_rtp::payload::red::{RedCopies, RedError, RedPayload};

use crate::opus::{OpusDecoder, OpusError};
use crate::{JitterBuffer, JitterConfig, JitterStats, Playout, TimedPayload};

/// The gain at the start of a fade, which falls by one with each sample of a frame.
const FULL_GAIN: i32 = 960;
const _: () = assert!(FULL_GAIN.unsigned_abs() as usize == FRAME_SAMPLES);

/// Why a payload was not taken: drop it and go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PayloadError {
    /// It is not Opus.
    #[error("packet does not carry opus")]
    NotOpus,
    /// It is not redundant audio.
    #[error("packet does not carry redundant audio")]
    NotRed(#[source] RedError),
}

/// What became of the sound so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AudioReceiveStats {
    /// Packets that arrived, without those of padding only.
    pub packets: u64,
    /// Packets that never arrived, be their sound restored or not.
    pub lost: u64,
    /// Lost packets restored from a copy in a redundant packet.
    pub restored: u64,
    /// Sound restored from the coarse copy in the packet behind a lost one.
    pub repaired: Duration,
    /// Sound made up where nothing was there.
    pub concealed: Duration,
    /// Sound put in between to let the delay grow.
    pub stretched: Duration,
    /// Sound taken out to let the delay shrink.
    pub shrunk: Duration,
    /// How long sound waits here before it is heard.
    pub delay: Duration,
    /// How long it should.
    pub target_delay: Duration,
    /// Packets that arrived after their place was played.
    pub late: u64,
    /// Times the sender began anew.
    pub resets: u64,
}

/// The receiving half of one sender's sound: a jitter buffer and the decoder behind it.
#[derive(Debug)]
pub struct AudioReceive {
    buffer: JitterBuffer,
    decoder: OpusDecoder,
    /// Whether the last frame had sound, so that the next must not cut it off.
    sounding: bool,
    packets: u64,
    repaired: u64,
    concealed: u64,
}

impl AudioReceive {
    /// Makes a receiver that has heard nothing.
    ///
    /// # Errors
    /// [`OpusError::Setup`] when memory is exhausted.
    pub fn new(config: JitterConfig) -> Result<Self, OpusError> {
        Ok(Self {
            buffer: JitterBuffer::new(config),
            decoder: OpusDecoder::new()?,
            sounding: false,
            packets: 0,
            repaired: 0,
            concealed: 0,
        })
    }

    /// Forgets all that was heard and all that waits.
    ///
    /// # Errors
    /// [`OpusError::Setup`] when the library refuses, which it has no reason to.
    pub fn reset(&mut self) -> Result<(), OpusError> {
        self.sounding = false;
        self.buffer.reset();
        self.decoder.reset()
    }

    /// Takes note of a packet of padding only, so that its number is not mistaken for loss.
    pub fn handle_padding(&mut self, seq: SeqNo) {
        self.buffer.push_padding(seq);
    }

    /// Takes a packet's sound, and the copies it carries of earlier ones.
    ///
    /// # Errors
    /// [`PayloadError`] when the payload is not what its payload type says: drop the packet.
    pub fn handle_packet(
        &mut self,
        now: Instant,
        seq: SeqNo,
        timestamp: MediaTime,
        format: AudioFormat,
        payload: &[u8],
    ) -> Result<(), PayloadError> {
        self.packets = self.packets.saturating_add(1);
        match format {
            AudioFormat::Opus => self.take_opus(now, seq, timestamp, payload),
            AudioFormat::Red => self.take_redundant(now, seq, timestamp, payload),
        }
    }

    /// The next 20 ms, silence when there is nothing to be heard.
    pub fn next_frame(&mut self, now: Instant) -> AudioFrame {
        self.next_sound(now).unwrap_or(AudioFrame::SILENCE)
    }

    /// The next 20 ms, if there is anything to be heard.
    pub fn next_sound(&mut self, now: Instant) -> Option<AudioFrame> {
        while self.decoder.queued() < FRAME_SAMPLES {
            let decoded = match self.buffer.pop(now) {
                Playout::Packet(packet) => self
                    .decoder
                    .decode(packet.payload)
                    .or_else(|_| self.decoder.conceal(packet.ticks)),
                Playout::Fec { next_payload, ticks } => {
                    self.repaired = self.repaired.saturating_add(ticks.into());
                    self.decoder.decode_fec(next_payload, ticks)
                }
                Playout::Conceal { ticks } => {
                    self.concealed = self.concealed.saturating_add(ticks.into());
                    self.decoder.conceal(ticks)
                }
                Playout::Empty => return self.fade_out(),
            };
            decoded.ok()?;
        }
        self.sounding = true;
        self.decoder.pop_frame()
    }

    /// What the jitter buffer went through so far.
    #[must_use]
    pub const fn jitter_stats(&self) -> JitterStats {
        self.buffer.stats()
    }

    /// What became of the sound so far.
    #[must_use]
    pub fn stats(&self) -> AudioReceiveStats {
        let JitterStats { late, restored, restarts, .. } = self.buffer.stats();
        AudioReceiveStats {
            packets: self.packets,
            restored,
            repaired: span_of(self.repaired),
            concealed: span_of(self.concealed),
            late,
            resets: restarts,
            ..AudioReceiveStats::default()
        }
    }

    fn take_opus(
        &mut self,
        now: Instant,
        seq: SeqNo,
        timestamp: MediaTime,
        payload: &[u8],
    ) -> Result<(), PayloadError> {
        let sound = timed(seq, timestamp, payload).ok_or(PayloadError::NotOpus)?;
        self.buffer.push(now, sound);
        Ok(())
    }

    /// Takes the packet's own sound, and each copy under the number it was sent with: senders copy the packets just before (RFC 2198).
    fn take_redundant(
        &mut self,
        now: Instant,
        seq: SeqNo,
        timestamp: MediaTime,
        payload: &[u8],
    ) -> Result<(), PayloadError> {
        let red = RedPayload::parse(payload).map_err(PayloadError::NotRed)?;
        let own = red.primary();
        self.take_opus(now, seq, timestamp, own.payload)?;
        let mut earlier = seq.wrapping_add(0_u16.wrapping_sub(count_of(red.copies())));
        for copy in red.copies() {
            let offset = u32::from(copy.timestamp_offset);
            let copied =
                timed(earlier, timestamp.wrapping_add(0_u32.wrapping_sub(offset)), copy.payload);
            if let Some(copied) = copied.filter(|_| copy.payload_type == own.payload_type) {
                self.buffer.push_copy(copied);
            }
            earlier = earlier.next();
        }
        Ok(())
    }

    /// One last frame behind sound that ends, completed by concealment and faded, since a cut would click.
    fn fade_out(&mut self) -> Option<AudioFrame> {
        if !std::mem::take(&mut self.sounding) {
            return None;
        }
        let missing = FRAME_SAMPLES.saturating_sub(self.decoder.queued());
        self.decoder.conceal(u32::try_from(missing).ok()?).ok()?;
        let mut frame = self.decoder.pop_frame()?;
        for (sample, gain) in frame.samples_mut().iter_mut().rev().zip(0_i32..) {
            *sample = i16::try_from(i32::from(*sample) * gain / FULL_GAIN).unwrap_or(0);
        }
        Some(frame)
    }
}

/// A payload with how long it lasts, if it is Opus.
fn timed(seq: SeqNo, timestamp: MediaTime, payload: &[u8]) -> Option<TimedPayload<'_>> {
    let ticks = OpusPacket::parse(payload)?.ticks();
    Some(TimedPayload { seq, timestamp, ticks, payload })
}

/// How many copies there are; no packet holds more than 16 bits can count.
fn count_of(copies: RedCopies<'_>) -> u16 {
    u16::try_from(copies.count()).unwrap_or(u16::MAX)
}

fn span_of(ticks: u64) -> Duration {
    let millis = ticks / u64::from(SAMPLE_RATE.hz() / 1_000);
    Duration::from_millis(millis)
}
