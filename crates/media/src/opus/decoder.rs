//! Makes frames of Opus payloads, whatever their duration.

use carillon_frame::{AudioFrame, FRAME_SAMPLES, SAMPLE_RATE};
use carillon_rtp::payload::opus::OpusPacket;

use super::{MAX_PACKET_SAMPLES, OpusError};
use crate::jitter_buffer::SHORTEST_SPAN;

/// How many decoded samples may wait to be fetched: the longest packet beside an unfinished frame.
///
/// Less would refuse packets of 120 ms; more only hides a caller that does not fetch, at 2 bytes a sample.
const MAX_QUEUED: usize = MAX_PACKET_SAMPLES + FRAME_SAMPLES;

/// An Opus decoder whose sound is fetched in frames of 20 ms.
///
/// Packets last from 2.5 to 120 ms: short ones add up to a frame and long ones make several, so sound waits inside until it is fetched.
/// Stereo packets are mixed down to mono.
#[derive(Debug)]
pub struct OpusDecoder {
    codec: ::opus::Decoder,
    samples: Vec<i16>,
    queued: usize,
}

impl OpusDecoder {
    /// Makes a decoder.
    ///
    /// # Errors
    /// [`OpusError::Setup`] when memory is exhausted.
    pub fn new() -> Result<Self, OpusError> {
        let codec = ::opus::Decoder::new(SAMPLE_RATE.hz(), ::opus::Channels::Mono)
            .map_err(OpusError::Setup)?;
        Ok(Self { codec, samples: vec![0; FRAME_SAMPLES], queued: 0 })
    }

    /// How many decoded samples wait to be fetched.
    #[must_use]
    pub const fn queued(&self) -> usize {
        self.queued
    }

    /// Decodes a payload behind the sound that waits.
    ///
    /// # Errors
    /// [`OpusError::Malformed`] and [`OpusError::Decode`] for what is not Opus, [`OpusError::Backlog`] when nobody fetches.
    pub fn decode(&mut self, payload: &[u8]) -> Result<(), OpusError> {
        let packet = OpusPacket::parse(payload).ok_or(OpusError::Malformed)?;
        self.append(payload, packet.ticks(), false)
    }

    /// Decodes what `next_payload` repeats of the lost packet before it, which lasted `ticks`; conceals where it repeats nothing.
    ///
    /// # Errors
    /// As [`OpusDecoder::decode`].
    pub fn decode_fec(&mut self, next_payload: &[u8], ticks: u32) -> Result<(), OpusError> {
        OpusPacket::parse(next_payload).ok_or(OpusError::Malformed)?;
        self.append(next_payload, whole_spans(ticks), true)
    }

    /// Continues the sound over `ticks` of loss: extrapolated first, then fading out.
    ///
    /// # Errors
    /// [`OpusError::Backlog`] when nobody fetches.
    pub fn conceal(&mut self, ticks: u32) -> Result<(), OpusError> {
        self.append(&[], whole_spans(ticks), false)
    }

    /// Fetches the oldest 20 ms, once so much is there.
    pub fn pop_frame(&mut self) -> Option<AudioFrame> {
        let rest = self.queued.checked_sub(FRAME_SAMPLES)?;
        let frame = AudioFrame::new(*self.samples.first_chunk()?);
        self.samples.copy_within(FRAME_SAMPLES..self.queued, 0);
        self.queued = rest;
        Some(frame)
    }

    /// Fetches all that waits.
    pub(crate) fn take_queued(&mut self) -> &[i16] {
        let queued = std::mem::take(&mut self.queued);
        self.samples.get(..queued).unwrap_or(&[])
    }

    /// Forgets everything heard so far, as before the first packet.
    ///
    /// # Errors
    /// [`OpusError::Setup`] when the library refuses, which it has no reason to.
    pub fn reset(&mut self) -> Result<(), OpusError> {
        self.queued = 0;
        self.codec.reset_state().map_err(OpusError::Setup)
    }

    fn append(&mut self, payload: &[u8], ticks: u32, fec: bool) -> Result<(), OpusError> {
        let queued = self.queued;
        let samples = usize::try_from(ticks).map_err(|_| OpusError::Backlog { queued })?;
        let end = queued.saturating_add(samples);
        if end > MAX_QUEUED {
            return Err(OpusError::Backlog { queued });
        }
        if self.samples.len() < end {
            self.samples.resize(end, 0);
        }
        let room = self.samples.get_mut(queued..end).ok_or(OpusError::Backlog { queued })?;
        let decoded = self.codec.decode(payload, room, fec).map_err(OpusError::Decode)?;
        self.queued = queued.saturating_add(decoded).min(end);
        Ok(())
    }
}

/// Concealment works in spans of 2.5 ms: `ticks` rounded down to them, and at least one.
const fn whole_spans(ticks: u32) -> u32 {
    let whole = ticks.saturating_sub(ticks % SHORTEST_SPAN);
    if whole == 0 { SHORTEST_SPAN } else { whole }
}
