//! From one sender's packets to its pictures, decoded or as they are.

mod freeze;
mod key_frame_request;
mod waiting;

use std::time::{Duration, Instant};

use bytes::Bytes;
use carillon_frame::{
    EncodedVideo, FrameKind, MediaTime, SeqExtender, SeqNo, VideoFrame, VideoSize,
};
use carillon_rtp::payload::h264::{
    DepacketizeError, H264Depacketizer, holds_parameters, starts_key_frame,
};

#[cfg(any(feature = "h264", feature = "h264-binary"))]
use crate::h264::H264Decoder;
use freeze::FreezeDetector;
use key_frame_request::KeyFrameRequest;
use waiting::{Packet, WINDOW, Waiting};

/// How a receiver works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VideoReceiveConfig {
    /// How long a missing packet is waited for before its picture is given up.
    ///
    /// Less gives up before a second retransmission can come on a slow path; more only lengthens the freeze.
    pub patience: Duration,
}

impl Default for VideoReceiveConfig {
    /// Half a second: three round trips across an ocean.
    fn default() -> Self {
        Self { patience: Duration::from_millis(500) }
    }
}

/// What a packet of H.264 carries (RFC 6184).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VideoPacket<'a> {
    /// The sequence number, that of the original if this is a retransmission.
    pub seq: SeqNo,
    /// When its picture was captured.
    pub timestamp: MediaTime,
    /// Whether it is the last of its picture.
    pub marker: bool,
    /// The payload; empty if the packet only fills the path.
    pub payload: &'a [u8],
}

/// What the receiver has for its owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VideoReceiveOutput {
    /// The next picture, decoded.
    Picture(VideoFrame),
    /// The next picture, as it was encoded.
    Encoded(EncodedVideo),
    /// Nothing can be shown until the sender makes a key frame: ask it for one.
    RequestKeyFrame,
    /// All is handed out; call [`VideoReceive::handle_timeout`] at that time at the latest, if there is one.
    Timeout(Option<Instant>),
}

/// What a receiver went through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VideoReceiveStats {
    /// Pictures handed out.
    pub frames: u64,
    /// Those of them that need no other.
    pub key_frames: u64,
    /// Pictures that came whole and could not be decoded.
    pub undecodable: u64,
    /// Packets that came after their picture was given up or again.
    pub late_or_again: u64,
    /// Times that pictures were given up because a packet never came.
    pub given_up: u64,
    /// Key frames asked for.
    pub key_frame_requests: u64,
    /// Times that a picture stood for much longer than those before it.
    pub freezes: u64,
    /// How large the latest decoded picture was.
    pub size: VideoSize,
}

/// Puts one sender's pictures together, in order, beginning with a key frame.
///
/// A packet that is missing is waited for; meanwhile nothing is shown. What comes in order is handed out at once.
/// A key frame counts only with its parameters in front, as every WebRTC client sends it.
#[derive(Debug)]
pub struct VideoReceive {
    patience: Duration,
    target: Target,
    extender: SeqExtender,
    waiting: Waiting,
    progress: Progress,
    /// The number that would follow if the sender had begun to number anew.
    restart: Option<SeqNo>,
    picture: Assembly,
    request: KeyFrameRequest,
    freezes: FreezeDetector,
    /// The latest time that was told.
    now: Option<Instant>,
    stats: VideoReceiveStats,
}

/// What becomes of a whole picture.
#[derive(Debug)]
enum Target {
    Encoded,
    #[cfg(any(feature = "h264", feature = "h264-binary"))]
    Decoded(Box<H264Decoder>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progress {
    /// Only a key frame helps.
    AwaitingKeyFrame,
    /// This packet comes next; it is missing since then, if later ones are there.
    Running { next: u64, missing_since: Option<Instant> },
}

/// The picture whose packets are coming in.
#[derive(Debug, Default)]
struct Assembly {
    depacketizer: H264Depacketizer,
    timestamp: Option<MediaTime>,
    is_key: bool,
    /// Whether all packets came.
    is_ended: bool,
}

impl VideoReceive {
    /// Makes a receiver that hands pictures out as they were encoded.
    #[must_use]
    pub fn encoded(config: VideoReceiveConfig) -> Self {
        Self::with_target(config, Target::Encoded)
    }

    /// Makes a receiver that decodes.
    #[cfg(any(feature = "h264", feature = "h264-binary"))]
    #[must_use]
    pub fn decoded(config: VideoReceiveConfig, decoder: H264Decoder) -> Self {
        Self::with_target(config, Target::Decoded(Box::new(decoder)))
    }

    fn with_target(config: VideoReceiveConfig, target: Target) -> Self {
        Self {
            patience: config.patience,
            target,
            extender: SeqExtender::default(),
            waiting: Waiting::default(),
            progress: Progress::AwaitingKeyFrame,
            restart: None,
            picture: Assembly::default(),
            request: KeyFrameRequest::default(),
            freezes: FreezeDetector::default(),
            now: None,
            stats: VideoReceiveStats::default(),
        }
    }

    /// Takes a packet; then [`Self::poll_output`] until there is a timeout.
    pub fn handle_packet(&mut self, now: Instant, packet: VideoPacket<'_>) {
        self.now = Some(now);
        let Some(seq) = self.accept(packet.seq) else {
            self.stats.late_or_again = self.stats.late_or_again.saturating_add(1);
            return;
        };
        if let Progress::Running { next, .. } = self.progress
            && seq >= next.saturating_add(WINDOW)
        {
            self.give_up(next);
        }
        if !self.waiting.insert(seq, packet) {
            self.stats.late_or_again = self.stats.late_or_again.saturating_add(1);
            return;
        }
        match self.progress {
            Progress::AwaitingKeyFrame if holds_parameters(packet.payload) => self.begin_at(seq),
            Progress::AwaitingKeyFrame => {}
            Progress::Running { next, .. } if seq == next => {}
            Progress::Running { next, .. } => self.skip_to_whole_key_frame(next),
        }
    }

    /// Lets time pass: gives up what is missing for too long, and asks again for a key frame.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.now = Some(now);
        if let Progress::Running { next, missing_since: Some(since) } = self.progress
            && now.saturating_duration_since(since) >= self.patience
        {
            self.give_up(next);
        }
    }

    /// The next thing to do.
    pub fn poll_output(&mut self) -> VideoReceiveOutput {
        let Some(now) = self.now else { return VideoReceiveOutput::Timeout(None) };
        loop {
            if self.picture.is_ended {
                if let Some(output) = self.finish(now) {
                    return output;
                }
            } else if !self.consume_next() {
                break;
            }
        }
        match self.progress {
            Progress::AwaitingKeyFrame => {
                if self.request.is_due(now) {
                    self.stats.key_frame_requests = self.stats.key_frame_requests.saturating_add(1);
                    return VideoReceiveOutput::RequestKeyFrame;
                }
                VideoReceiveOutput::Timeout(self.request.next())
            }
            Progress::Running { next, missing_since } => {
                let missing_since =
                    (!self.waiting.is_empty()).then(|| missing_since.unwrap_or(now));
                self.progress = Progress::Running { next, missing_since };
                VideoReceiveOutput::Timeout(
                    missing_since.and_then(|at| at.checked_add(self.patience)),
                )
            }
        }
    }

    /// What the receiver went through so far.
    #[must_use]
    pub const fn stats(&self) -> VideoReceiveStats {
        self.stats
    }

    /// The extended number of a packet that may still be of use.
    fn accept(&mut self, seq: SeqNo) -> Option<u64> {
        let seen = self.extender;
        let extended = self.extender.extend(seq);
        let oldest = match self.progress {
            Progress::Running { next, .. } => next,
            Progress::AwaitingKeyFrame => seen.highest().unwrap_or(0).saturating_sub(WINDOW),
        };
        if extended >= oldest {
            self.restart = None;
            return Some(extended);
        }
        if extended.saturating_add(WINDOW) >= oldest {
            return None;
        }
        // Two in a row from far back are a sender that numbers anew (RFC 3550 appendix A.1).
        if self.restart != Some(seq) {
            self.restart = Some(seq.next());
            return None;
        }
        self.restart = None;
        self.extender = SeqExtender::default();
        self.waiting.clear();
        self.await_key_frame();
        Some(self.extender.extend(seq))
    }

    /// Adds the packet whose turn it is to its picture; false if it is not there.
    fn consume_next(&mut self) -> bool {
        let Progress::Running { next, .. } = self.progress else { return false };
        let Some(packet) = self.waiting.take(next) else { return false };
        let picture = &mut self.picture;
        let is_filling = packet.payload.is_empty();
        let is_same = picture.timestamp.is_none_or(|time| time == packet.timestamp);
        if !is_filling && !is_same {
            // A marker may be missing: the next picture's time ends a picture as well.
            picture.is_ended = true;
            self.waiting.put_back(packet);
            return true;
        }
        self.progress = Progress::Running { next: next.saturating_add(1), missing_since: None };
        let is_broken = !is_filling && picture.push(&packet).is_err();
        self.waiting.recycle(packet);
        if is_broken {
            self.stats.undecodable = self.stats.undecodable.saturating_add(1);
            self.seek_key_frame();
        }
        true
    }

    /// Ends the picture and makes of it what the owner wants.
    fn finish(&mut self, now: Instant) -> Option<VideoReceiveOutput> {
        let kind = if self.picture.is_key { FrameKind::Key } else { FrameKind::Delta };
        (self.picture.is_key, self.picture.is_ended) = (false, false);
        let timestamp = self.picture.timestamp.take()?;
        let Some(payload) = self.picture.depacketizer.take() else {
            self.seek_key_frame();
            return None;
        };
        let output = self.shown(payload, timestamp, kind)?;
        let is_key = kind == FrameKind::Key;
        self.stats.frames = self.stats.frames.saturating_add(1);
        self.stats.key_frames = self.stats.key_frames.saturating_add(u64::from(is_key));
        let froze = self.freezes.shown(now);
        self.stats.freezes = self.stats.freezes.saturating_add(u64::from(froze));
        Some(output)
    }

    fn shown(
        &mut self,
        payload: Bytes,
        timestamp: MediaTime,
        kind: FrameKind,
    ) -> Option<VideoReceiveOutput> {
        match &mut self.target {
            Target::Encoded => {
                Some(VideoReceiveOutput::Encoded(EncodedVideo { payload, timestamp, kind }))
            }
            #[cfg(any(feature = "h264", feature = "h264-binary"))]
            Target::Decoded(decoder) => match decoder.decode(&payload) {
                Ok(Some(picture)) => {
                    self.stats.size = picture.size();
                    Some(VideoReceiveOutput::Picture(VideoFrame { picture, timestamp }))
                }
                Ok(None) => None,
                Err(_) => {
                    self.stats.undecodable = self.stats.undecodable.saturating_add(1);
                    self.seek_key_frame();
                    None
                }
            },
        }
    }

    /// Gives up what is missing, and goes on with a key frame that came after it.
    fn give_up(&mut self, next: u64) {
        self.stats.given_up = self.stats.given_up.saturating_add(1);
        self.waiting.drop_before(next.saturating_add(1));
        self.seek_key_frame();
    }

    /// Goes on with the next key frame among what is there, or waits for one.
    fn seek_key_frame(&mut self) {
        match self.waiting.first(|packet| holds_parameters(&packet.payload)) {
            Some(seq) => self.begin_at(seq),
            None => self.await_key_frame(),
        }
    }

    fn await_key_frame(&mut self) {
        self.picture.clear();
        self.progress = Progress::AwaitingKeyFrame;
    }

    fn begin_at(&mut self, seq: u64) {
        self.picture.clear();
        self.waiting.drop_before(seq);
        self.progress = Progress::Running { next: seq, missing_since: None };
    }

    /// Leaves out what is missing in front of a key frame that is wholly there: nobody needs it any more.
    fn skip_to_whole_key_frame(&mut self, next: u64) {
        let start = self.waiting.first(|packet| holds_parameters(&packet.payload));
        if let Some(start) = start.filter(|start| *start > next && self.waiting.is_whole(*start)) {
            self.begin_at(start);
        }
    }
}

impl Assembly {
    fn push(&mut self, packet: &Packet) -> Result<(), DepacketizeError> {
        self.timestamp = Some(packet.timestamp);
        self.is_key |= starts_key_frame(&packet.payload);
        self.is_ended = packet.marker;
        self.depacketizer.push(&packet.payload)
    }

    fn clear(&mut self) {
        self.depacketizer.clear();
        self.timestamp = None;
        (self.is_key, self.is_ended) = (false, false);
    }
}

#[cfg(test)]
mod tests;
