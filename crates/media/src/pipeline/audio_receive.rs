//! From one sender's packets to frames to hear: ordered, repaired, decoded, and always 20 ms at a time.

use std::time::{Duration, Instant};

use carillon_frame::{AudioFrame, FRAME_SAMPLES, MediaTime, SAMPLE_RATE, SeqNo};
use carillon_rtp::AudioFormat;
use carillon_rtp::payload::opus::OpusPacket;
use carillon_rtp::payload::red::{RedCopies, RedError, RedPayload};

use crate::jitter_buffer::SHORTEST_SPAN;
use crate::opus::{OpusDecoder, OpusError};
use crate::stretch::{SHRINKABLE, Stretch, Urgency};
use crate::{JitterBuffer, JitterConfig, JitterStats, Pace, Playout, TimedPayload, Waiting};

/// The gain at the start of a fade, which falls by one with each sample of a frame.
const FULL_GAIN: i32 = 960;
const _: () = assert!(FULL_GAIN.unsigned_abs() as usize == FRAME_SAMPLES);

/// How much sound is decoded to take some of it out: two frames, more than [`SHRINKABLE`].
const DECODED_TO_SHRINK: usize = 2 * FRAME_SAMPLES;
const _: () = assert!(DECODED_TO_SHRINK >= SHRINKABLE);

/// How often sound in a hurry is made shorter for one frame: up to 60 ms of it, so that a second is caught up with within a second of silence.
const MOST_SHRINKS: usize = 4;

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
    /// What decoded sound goes through where its delay may change.
    stretch: Option<Stretch>,
    /// Whether the last frame had sound, so that the next must not cut it off.
    sounding: bool,
    packets: u64,
    repaired: u64,
    concealed: u64,
    stretched: usize,
    shrunk: usize,
    waiting: Waiting,
}

impl AudioReceive {
    /// Makes a receiver that has heard nothing.
    ///
    /// # Errors
    /// [`OpusError::Setup`] when memory is exhausted.
    pub fn new(config: JitterConfig) -> Result<Self, OpusError> {
        let stretch = match config {
            JitterConfig::Fixed { .. } => None,
            JitterConfig::Adaptive { .. } => Some(Stretch::new()),
        };
        Ok(Self {
            buffer: JitterBuffer::new(config),
            decoder: OpusDecoder::new()?,
            stretch,
            sounding: false,
            packets: 0,
            repaired: 0,
            concealed: 0,
            stretched: 0,
            shrunk: 0,
            waiting: Waiting::default(),
        })
    }

    /// Forgets all that was heard and all that waits.
    ///
    /// # Errors
    /// [`OpusError::Setup`] when the library refuses, which it has no reason to.
    pub fn reset(&mut self) -> Result<(), OpusError> {
        self.sounding = false;
        self.buffer.reset();
        if let Some(stretch) = &mut self.stretch {
            stretch.clear();
        }
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
        self.waiting = self.buffer.waiting(now, self.queued());
        while self.queued() < FRAME_SAMPLES {
            if !self.decode_next(now) {
                return self.fade_out();
            }
        }
        self.keep_pace(now);
        self.sounding = true;
        self.pop_frame()
    }

    /// What the jitter buffer went through so far.
    #[must_use]
    pub const fn jitter_stats(&self) -> JitterStats {
        self.buffer.stats()
    }

    /// What became of the sound so far.
    #[must_use]
    pub fn stats(&self) -> AudioReceiveStats {
        let JitterStats { late, restored, restarts, arrived, expected, .. } = self.buffer.stats();
        AudioReceiveStats {
            packets: self.packets,
            lost: expected.saturating_sub(arrived),
            restored,
            repaired: span_of(self.repaired),
            concealed: span_of(self.concealed),
            stretched: span_of(self.stretched as u64),
            shrunk: span_of(self.shrunk as u64),
            delay: self.waiting.delay,
            target_delay: self.waiting.target,
            late,
            resets: restarts,
        }
    }

    /// Decodes whatever comes next; false when there is nothing.
    fn decode_next(&mut self, now: Instant) -> bool {
        let (decoded, ticks) = match self.buffer.pop(now) {
            Playout::Packet(packet) => (self.decoder.decode(packet.payload), packet.ticks),
            Playout::Fec { next_payload, ticks } => {
                self.repaired = self.repaired.saturating_add(ticks.into());
                (self.decoder.decode_fec(next_payload, ticks), ticks)
            }
            Playout::Conceal { ticks } => {
                self.concealed = self.concealed.saturating_add(ticks.into());
                (self.decoder.conceal(ticks), ticks)
            }
            Playout::Empty => return false,
        };
        let made = decoded.or_else(|_| self.decoder.conceal(ticks)).is_ok();
        if let Some(stretch) = &mut self.stretch {
            stretch.push(self.decoder.take_queued());
        }
        made
    }

    /// Lets the delay come nearer to what it should be.
    fn keep_pace(&mut self, now: Instant) {
        for _ in 0..MOST_SHRINKS {
            let urgency = match self.buffer.pace(now, self.queued()) {
                Pace::Even => return,
                Pace::Slower => {
                    let added = self.stretch.as_mut().map_or(0, Stretch::lengthen);
                    self.stretched = self.stretched.saturating_add(added);
                    return;
                }
                Pace::Faster => Urgency::Calm,
                Pace::Hurried => Urgency::Hurry,
            };
            while self.queued() < DECODED_TO_SHRINK && self.buffer.is_ready() {
                if !self.decode_next(now) {
                    return;
                }
            }
            let removed = self.stretch.as_mut().map_or(0, |stretch| stretch.shorten(urgency));
            self.shrunk = self.shrunk.saturating_add(removed);
            if removed == 0 || urgency == Urgency::Calm {
                return;
            }
        }
    }

    /// How many decoded samples wait.
    fn queued(&self) -> usize {
        self.decoder.queued().saturating_add(self.stretch.as_ref().map_or(0, Stretch::queued))
    }

    fn pop_frame(&mut self) -> Option<AudioFrame> {
        match &mut self.stretch {
            Some(stretch) => stretch.pop_frame(),
            None => self.decoder.pop_frame(),
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
                self.buffer.push_copy(now, copied, offset);
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
        let missing = FRAME_SAMPLES.saturating_sub(self.queued()).max(1);
        // Concealment comes in whole spans, and a frame needs no less than what is missing.
        let missing = missing.next_multiple_of(SHORTEST_SPAN as usize);
        self.decoder.conceal(u32::try_from(missing).ok()?).ok()?;
        if let Some(stretch) = &mut self.stretch {
            stretch.push(self.decoder.take_queued());
        }
        let mut frame = self.pop_frame()?;
        // What concealment made beyond the frame must not be heard in front of the next sound.
        if let Some(stretch) = &mut self.stretch {
            stretch.clear();
        }
        for (sample, gain) in frame.samples_mut().iter_mut().rev().zip(0_i32..) {
            *sample = i16::try_from(i32::from(*sample) * gain / FULL_GAIN).unwrap_or(0);
        }
        Some(frame)
    }
}

/// A payload with how long it lasts, if it is Opus.
fn timed(seq: SeqNo, timestamp: MediaTime, payload: &[u8]) -> Option<TimedPayload<'_>> {
    let packet = OpusPacket::parse(payload)?;
    Some(TimedPayload { seq, timestamp, ticks: packet.ticks(), repeats: packet.repeats, payload })
}

/// How many copies there are; no packet holds more than 16 bits can count.
fn count_of(copies: RedCopies<'_>) -> u16 {
    u16::try_from(copies.count()).unwrap_or(u16::MAX)
}

fn span_of(ticks: u64) -> Duration {
    let millis = ticks / u64::from(SAMPLE_RATE.hz() / 1_000);
    Duration::from_millis(millis)
}
