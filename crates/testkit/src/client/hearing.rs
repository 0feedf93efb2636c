//! What a client hears: the mix it is sent, decoded.

use std::time::{Duration, Instant};

use carillon_frame::{AudioFrame, FRAME_DURATION, SeqNo};
use carillon_media::opus::OpusDecoder;
use carillon_rtp::RtpPacket;

use crate::ear::{Ear, Heard};

/// The longest gap that is filled, in packets: 200 ms. A longer one is heard as what it is.
const LONGEST_GAP: u16 = 10;

/// The mix as it arrived, gaps filled as a player would.
#[derive(Debug)]
pub struct Hearing {
    decoder: OpusDecoder,
    next: Option<SeqNo>,
    frames: Vec<(Instant, AudioFrame)>,
    /// How many packets have arrived.
    pub packets: u64,
    /// How many packets did not arrive in their turn.
    pub missed: u64,
}

impl Default for Hearing {
    fn default() -> Self {
        let decoder = OpusDecoder::new().expect("memory suffices");
        Self { decoder, next: None, frames: Vec::new(), packets: 0, missed: 0 }
    }
}

impl Hearing {
    pub(super) fn handle_packet(&mut self, now: Instant, packet: &RtpPacket<'_>) {
        let seq = packet.seq();
        let gap = self.next.map_or(0, |next| seq.distance_from(next));
        let Ok(gap) = u16::try_from(gap) else { return };
        self.packets += 1;
        self.missed += u64::from(gap);
        self.next = Some(seq.next());
        for _ in 0..gap.min(LONGEST_GAP) {
            self.decoder.conceal(960).expect("nothing waits in the decoder");
            self.fetch(now);
        }
        self.decoder.decode(packet.payload()).expect("the mix is Opus");
        self.fetch(now);
    }

    fn fetch(&mut self, now: Instant) {
        while let Some(frame) = self.decoder.pop_frame() {
            self.frames.push((now, frame));
        }
    }

    /// When the first packet arrived.
    #[must_use]
    pub fn began(&self) -> Option<Instant> {
        self.frames.first().map(|(at, _)| *at)
    }

    /// What of these tones was heard in the last `span` before `now`.
    #[must_use]
    pub fn heard(&self, now: Instant, span: Duration, tones: &[u32]) -> Heard {
        let recent = self.frames.iter().filter(|(at, _)| now.saturating_duration_since(*at) < span);
        let frames: Vec<AudioFrame> = recent.map(|(_, frame)| frame.clone()).collect();
        Ear::new(tones).hear_frames(&frames)
    }

    /// How many frames arrived in the last `span` before `now`, next to how many make up the span.
    #[must_use]
    pub fn frames_in(&self, now: Instant, span: Duration) -> (usize, usize) {
        let recent = self.frames.iter().filter(|(at, _)| now.saturating_duration_since(*at) < span);
        let whole = span.as_millis() / FRAME_DURATION.as_millis();
        (recent.count(), usize::try_from(whole).unwrap_or(usize::MAX))
    }
}
