//! The way from one source's packets to its frames: ordered, repaired, decoded.

use std::time::Instant;

use carillon_frame::{AudioFrame, FRAME_SAMPLES, MediaTime, SeqNo};
use carillon_media::opus::{OpusDecoder, OpusError};
use carillon_media::{JitterBuffer, JitterConfig, JitterStats, Playout, TimedPayload};
use carillon_rtp::payload::opus::OpusPacket;
use carillon_rtp::payload::red::{RedCopies, RedPayload};

use crate::MixerError;

/// The gain at the start of a fade, which falls by one with each sample of a frame.
const FULL_GAIN: i32 = 960;
const _: () = assert!(FULL_GAIN.unsigned_abs() as usize == FRAME_SAMPLES);

/// A jitter buffer and the decoder behind it.
#[derive(Debug)]
pub(crate) struct Voice {
    buffer: JitterBuffer,
    decoder: OpusDecoder,
    /// Whether the last frame had sound, so that the next must not cut it off.
    sounding: bool,
}

impl Voice {
    pub(crate) fn new(config: JitterConfig) -> Result<Self, OpusError> {
        let decoder = OpusDecoder::new()?;
        Ok(Self { buffer: JitterBuffer::new(config), decoder, sounding: false })
    }

    /// Forgets all that was heard and all that waits.
    pub(crate) fn reset(&mut self) -> Result<(), OpusError> {
        self.sounding = false;
        self.buffer.reset();
        self.decoder.reset()
    }

    pub(crate) fn push_padding(&mut self, seq: SeqNo) {
        self.buffer.push_padding(seq);
    }

    pub(crate) fn push(
        &mut self,
        now: Instant,
        seq: SeqNo,
        timestamp: MediaTime,
        payload: &[u8],
    ) -> Result<(), MixerError> {
        let sound = timed(seq, timestamp, payload).ok_or(MixerError::NotOpus)?;
        self.buffer.push(now, sound);
        Ok(())
    }

    /// Pushes the packet's own sound, and each copy under the number it was sent with: senders copy the packets just before (RFC 2198).
    pub(crate) fn push_redundant(
        &mut self,
        now: Instant,
        seq: SeqNo,
        timestamp: MediaTime,
        payload: &[u8],
    ) -> Result<(), MixerError> {
        let red = RedPayload::parse(payload).map_err(MixerError::NotRed)?;
        let own = red.primary();
        self.push(now, seq, timestamp, own.payload)?;
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

    /// The next 20 ms, if there is anything to be heard.
    pub(crate) fn next_frame(&mut self, now: Instant) -> Option<AudioFrame> {
        while self.decoder.queued() < FRAME_SAMPLES {
            let decoded = match self.buffer.pop(now) {
                Playout::Packet(packet) => self
                    .decoder
                    .decode(packet.payload)
                    .or_else(|_| self.decoder.conceal(packet.ticks)),
                Playout::Fec { next_payload, ticks } => {
                    self.decoder.decode_fec(next_payload, ticks)
                }
                Playout::Conceal { ticks } => self.decoder.conceal(ticks),
                Playout::Empty => return self.fade_out(),
            };
            decoded.ok()?;
        }
        self.sounding = true;
        self.decoder.pop_frame()
    }

    pub(crate) const fn stats(&self) -> JitterStats {
        self.buffer.stats()
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
