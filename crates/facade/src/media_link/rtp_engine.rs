//! Everything RTP of one path: numbers, reports, repairs and the estimate of what the path takes; without I/O.
//!
//! The `webrtc` crate connects, encrypts and negotiates; what travels is counted and repaired here, by the same parts
//! that the server uses.

mod receiving;
mod sending;

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use bytes::Bytes;
use carillon_frame::{Bitrate, ClockRate, MediaTime, SeqNo, Ssrc};
use carillon_rtp::rtcp::{Nack, ReceiverReport, ReportBlock, TransportFeedback};
use carillon_rtp::sending::round_trip;
use carillon_rtp::{BandwidthEstimator, FeedbackRecorder, NtpTime, Rtcp};
use rtc::rtp;

use self::receiving::Receiving;
use self::sending::Sent;
use super::codecs::{self, RTX};
use super::layers::LayerName;

/// Between two reports: the interval that RFC 3550 section 6.2 comes to for a few streams at these bitrates.
const REPORT_INTERVAL: Duration = Duration::from_secs(1);

/// How many streams are received at a time: 25 videos and the mix, twice over for sections that changed hands.
///
/// A stranger who invents streams gets no more state than this.
const MAX_RECEIVED: usize = 64;

/// How many items wait for the session. It empties them within milliseconds; at 25 videos this is half a second.
const MAX_WAITING: usize = 2_048;

/// A packet of sound or pictures as it arrived, repaired ones under the number they had first.
#[derive(Clone, Debug)]
pub(crate) struct MediaPacket {
    pub(crate) at: Instant,
    pub(crate) ssrc: Ssrc,
    pub(crate) payload_type: u8,
    pub(crate) seq: SeqNo,
    pub(crate) timestamp: MediaTime,
    pub(crate) marker: bool,
    pub(crate) payload: Bytes,
}

/// What the path brought.
#[derive(Clone, Debug)]
pub(crate) enum Arrived {
    Media(MediaPacket),
    /// Somebody cannot decode the pictures that we send in this stream.
    KeyFrameWanted(Ssrc),
}

/// A stream that is sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SendStream {
    pub(crate) ssrc: Ssrc,
    pub(crate) clock: ClockRate,
    /// Under which number lost packets are sent again.
    pub(crate) repair: Option<Ssrc>,
    /// Which layer of the picture it is, if it is one.
    pub(crate) layer: Option<LayerName>,
}

/// How the path is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct PathStats {
    pub(crate) round_trip: Option<Duration>,
    /// The same by the reports about the own sound, and how unevenly that arrives.
    pub(crate) audio_round_trip: Option<Duration>,
    pub(crate) audio_jitter: Duration,
    /// What the path is believed to take, and what the receiver says it can take.
    pub(crate) estimate: Option<Bitrate>,
    pub(crate) sent: StreamCount,
    pub(crate) received: StreamCount,
    pub(crate) audio_sent: StreamCount,
    pub(crate) audio_received: StreamCount,
    /// Share of our sound that the other side reports lost, 0 to 1.
    pub(crate) loss_sent: f32,
    /// Share of the other side's packets that did not reach us, 0 to 1.
    pub(crate) loss_received: f32,
    pub(crate) nacks_received: u64,
    pub(crate) nacks_sent: u64,
    pub(crate) jitter: Duration,
}

/// How much went over the path.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct StreamCount {
    pub(crate) packets: u64,
    pub(crate) octets: u64,
}

impl StreamCount {
    fn add(&mut self, octets: usize) {
        self.packets = self.packets.saturating_add(1);
        self.octets = self.octets.saturating_add(u64::try_from(octets).unwrap_or(u64::MAX));
    }
}

/// A moment on both clocks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WallClock {
    pub(crate) at: Instant,
    pub(crate) since_unix: Duration,
}

/// The RTP half of one path.
#[derive(Debug)]
pub(crate) struct RtpEngine {
    clock: WallClock,
    reporter: Ssrc,
    sent: BTreeMap<Ssrc, Sent>,
    received: BTreeMap<Ssrc, Receiving>,
    /// Which stream each repair stream repairs.
    repairs: BTreeMap<Ssrc, Ssrc>,
    /// The tag of the section in which layers are sent, while they are.
    layers_section: Option<Bytes>,
    estimator: BandwidthEstimator,
    receiver_limit: Option<Bitrate>,
    feedback: FeedbackRecorder,
    next_report: Option<Instant>,
    arrived: VecDeque<Arrived>,
    stats: PathStats,
}

impl RtpEngine {
    pub(crate) fn new(clock: WallClock, streams: &[SendStream]) -> Self {
        let reporter = streams.first().map_or(Ssrc(1), |stream| stream.ssrc);
        Self {
            clock,
            reporter,
            sent: streams.iter().map(|stream| (stream.ssrc, Sent::new(*stream))).collect(),
            received: BTreeMap::new(),
            repairs: BTreeMap::new(),
            layers_section: None,
            estimator: BandwidthEstimator::new(),
            receiver_limit: None,
            feedback: FeedbackRecorder::new(reporter),
            next_report: None,
            arrived: VecDeque::new(),
            stats: PathStats::default(),
        }
    }

    /// Says which stream repairs which, as an answer announced it.
    pub(crate) fn expect_repairs(&mut self, media: Ssrc, repair: Ssrc) {
        if self.repairs.len() < MAX_RECEIVED {
            self.repairs.insert(repair, media);
        }
    }

    /// Lets each packet of a layer say which it is from here on, in the section of this tag; or none.
    pub(crate) fn set_layers_section(&mut self, mid: Option<String>) {
        self.layers_section = mid.map(Bytes::from);
    }

    /// Says how much would be sent if the path took it; up to there it is tried whether it does.
    pub(crate) const fn set_goal(&mut self, goal: Bitrate) {
        self.estimator.set_goal(goal);
    }

    /// Numbers and counts a packet that is about to leave.
    pub(crate) fn handle_outgoing(&mut self, now: Instant, packet: &mut rtp::Packet) {
        self.name_layer(packet);
        self.number(now, packet);
        let octets = packet.payload.len();
        if let Some(sent) = self.sent.get_mut(&Ssrc(packet.header.ssrc)) {
            sent.handle_packet(now, packet);
            self.stats.sent.add(octets);
            if sent.stream.clock == ClockRate::OPUS {
                self.stats.audio_sent.add(octets);
            }
        }
        self.next_report.get_or_insert(now + REPORT_INTERVAL);
    }

    /// Takes a packet; what it brings comes out of [`Self::poll_arrived`].
    pub(crate) fn handle_incoming(&mut self, now: Instant, packet: rtp::Packet) {
        let header = &packet.header;
        if let Some(number) = header.get_extension(codecs::TRANSPORT_SEQUENCE)
            && let Some(number) = number.first_chunk::<2>()
        {
            let number = SeqNo(u16::from_be_bytes(*number));
            self.feedback.handle_packet(now, Ssrc(header.ssrc), number);
        }
        let Some(media) = self.unwrap(now, packet) else { return };
        if self.received.len() >= MAX_RECEIVED && !self.received.contains_key(&media.ssrc) {
            return;
        }
        let reporter = self.reporter;
        let receiving = self
            .received
            .entry(media.ssrc)
            .or_insert_with(|| Receiving::new(reporter, media.ssrc, media.payload_type));
        receiving.handle_packet(&media);
        self.stats.received.add(media.payload.len());
        if receiving.is_audio() {
            self.stats.audio_received.add(media.payload.len());
        }
        self.next_report.get_or_insert(now + REPORT_INTERVAL);
        self.bring(Arrived::Media(media));
    }

    /// Takes reports and requests; returns the packets that were asked for again.
    pub(crate) fn handle_rtcp(&mut self, now: Instant, packets: &[Rtcp]) -> Vec<rtp::Packet> {
        let mut again = Vec::new();
        for packet in packets {
            match packet {
                Rtcp::SenderReport(report) => {
                    if let Some(receiving) = self.received.get_mut(&report.ssrc) {
                        receiving.handle_sender_report(now, report);
                    }
                    self.handle_blocks(now, &report.blocks);
                }
                Rtcp::ReceiverReport(report) => self.handle_blocks(now, &report.blocks),
                Rtcp::Nack(nack) => again.extend(self.repeat(now, nack)),
                Rtcp::Pli(pli) => self.ask_camera(pli.media),
                Rtcp::Fir(fir) => {
                    for (ssrc, _) in &fir.requests {
                        self.ask_camera(*ssrc);
                    }
                }
                Rtcp::TransportFeedback(feedback) => self.handle_feedback(now, feedback),
                Rtcp::Remb(remb) => self.receiver_limit = Some(remb.bitrate),
                Rtcp::SourceDescription(_) | Rtcp::Bye(_) => {}
            }
        }
        again
    }

    /// What is due to be told the other side.
    pub(crate) fn handle_timeout(&mut self, now: Instant) -> Vec<Rtcp> {
        let mut due = Vec::new();
        if self.next_report.is_some_and(|at| at <= now) {
            self.next_report = Some(now + REPORT_INTERVAL);
            due.extend(self.reports(now));
        }
        for receiving in self.received.values_mut() {
            if let Some(nack) = receiving.poll_nack(now) {
                self.stats.nacks_sent = self.stats.nacks_sent.saturating_add(1);
                due.push(Rtcp::Nack(nack));
            }
        }
        while let Some(feedback) = self.feedback.poll_feedback(now) {
            due.push(Rtcp::TransportFeedback(feedback));
        }
        due
    }

    /// The packets to be sent once more at this moment, to try whether more goes through.
    pub(crate) fn poll_padding(&mut self, now: Instant) -> Vec<rtp::Packet> {
        let Some(octets) = self.estimator.poll_padding(now) else { return Vec::new() };
        let videos = self.sent.values_mut().filter(|sent| sent.stream.repair.is_some());
        let Some(latest) = videos.max_by_key(|sent| sent.last_sent()) else { return Vec::new() };
        let mut padding = latest.repeat_latest(octets);
        for packet in &mut padding {
            self.number(now, packet);
        }
        padding
    }

    pub(crate) fn timeout(&self) -> Option<Instant> {
        let nacks = self.received.values().filter_map(Receiving::timeout);
        let own = [self.next_report, self.feedback.timeout(), self.estimator.timeout()];
        nacks.chain(own.into_iter().flatten()).min()
    }

    pub(crate) fn poll_arrived(&mut self) -> Option<Arrived> {
        self.arrived.pop_front()
    }

    pub(crate) fn stats(&self) -> PathStats {
        let own = Some(self.estimator.estimate());
        let estimate = [own, self.receiver_limit].into_iter().flatten().min();
        PathStats { estimate, ..self.stats }
    }

    fn ask_camera(&mut self, media: Ssrc) {
        if self.sent.get(&media).is_some_and(|sent| sent.stream.clock == ClockRate::VIDEO) {
            self.bring(Arrived::KeyFrameWanted(media));
        }
    }

    fn bring(&mut self, arrived: Arrived) {
        // When nobody fetches, the newest are dropped: a session that far behind is not playing anything.
        if self.arrived.len() < MAX_WAITING {
            self.arrived.push_back(arrived);
        }
    }

    /// Lets a packet say which layer it is of: its stream alone does not, where layers are told apart by names.
    fn name_layer(&self, packet: &mut rtp::Packet) {
        let Some(mid) = &self.layers_section else { return };
        let sent = self.sent.get(&Ssrc(packet.header.ssrc));
        let Some(layer) = sent.and_then(|sent| sent.stream.layer) else { return };
        let rid = Bytes::from_static(layer.rid().as_bytes());
        for (id, value) in [(codecs::MID, mid.clone()), (codecs::RTP_STREAM_ID, rid)] {
            if packet.header.set_extension(id, value).is_err() {
                tracing::debug!("a packet has no room for the name of its layer");
            }
        }
    }

    /// Gives a packet the next number of the path.
    fn number(&mut self, now: Instant, packet: &mut rtp::Packet) {
        let octets = packet.payload.len().saturating_add(codecs::TYPICAL_HEADER_OCTETS);
        let number = self.estimator.handle_sent(now, octets);
        let value = Bytes::copy_from_slice(&number.0.to_be_bytes());
        if packet.header.set_extension(codecs::TRANSPORT_SEQUENCE, value).is_err() {
            tracing::debug!("a packet has no room for its transport number");
        }
    }

    /// The media packet in a packet, which may be a repair; nothing in padding.
    fn unwrap(&mut self, now: Instant, packet: rtp::Packet) -> Option<MediaPacket> {
        let rtp::Packet { header, mut payload } = packet;
        let (mut ssrc, mut seq, mut payload_type) =
            (Ssrc(header.ssrc), SeqNo(header.sequence_number), header.payload_type);
        if payload_type == RTX {
            // RFC 4588 section 4: the original number in two octets, then the original payload.
            ssrc = *self.repairs.get(&ssrc)?;
            let original = payload.first_chunk::<2>().copied()?;
            seq = SeqNo(u16::from_be_bytes(original));
            payload = payload.slice(2..);
            payload_type = codecs::H264;
        } else if payload.is_empty()
            && let Some(receiving) = self.received.get_mut(&ssrc)
        {
            receiving.handle_padding(now, seq);
        }
        let timestamp = MediaTime(header.timestamp);
        let marker = header.marker;
        let media = MediaPacket { at: now, ssrc, payload_type, seq, timestamp, marker, payload };
        (!media.payload.is_empty()).then_some(media)
    }

    fn handle_feedback(&mut self, now: Instant, feedback: &TransportFeedback) {
        self.estimator.handle_feedback(now, feedback);
    }

    fn handle_blocks(&mut self, now: Instant, blocks: &[ReportBlock]) {
        let ntp = self.ntp(now);
        for block in blocks {
            let Some(sent) = self.sent.get(&block.ssrc) else { continue };
            let measured = round_trip(ntp, block);
            if sent.stream.clock == ClockRate::OPUS {
                self.stats.audio_round_trip = measured.or(self.stats.audio_round_trip);
                self.stats.audio_jitter = ClockRate::OPUS.span_of(block.jitter);
            }
            if let Some(measured) = measured {
                self.stats.round_trip = Some(measured);
                self.received.values_mut().for_each(|stream| stream.set_round_trip(measured));
            }
            if sent.stream.clock == ClockRate::OPUS {
                self.stats.loss_sent = f32::from(block.fraction_lost) / 256.0;
            }
        }
    }

    fn repeat(&mut self, now: Instant, nack: &Nack) -> Vec<rtp::Packet> {
        self.stats.nacks_received = self.stats.nacks_received.saturating_add(1);
        let Some(sent) = self.sent.get_mut(&nack.media) else { return Vec::new() };
        let mut again: Vec<_> =
            nack.lost.iter().filter_map(|number| sent.repair(*number)).collect();
        for packet in &mut again {
            self.number(now, packet);
        }
        again
    }

    fn reports(&mut self, now: Instant) -> Vec<Rtcp> {
        let ntp = self.ntp(now);
        let blocks: Vec<ReportBlock> =
            self.received.values_mut().filter_map(|stream| stream.report_block(now)).collect();
        if let Some(mix) = self.received.values().find(|stream| stream.is_audio()) {
            self.stats.loss_received = mix.fraction_lost();
            self.stats.jitter = mix.jitter();
        }
        let mut reports: Vec<Rtcp> = self
            .sent
            .values()
            .filter_map(|sent| sent.report(now, ntp))
            .map(Rtcp::SenderReport)
            .collect();
        // One packet holds the blocks of 31 streams at most (RFC 3550 section 6.4.1).
        for blocks in blocks.chunks(31) {
            let blocks = blocks.to_vec();
            reports.push(Rtcp::ReceiverReport(ReceiverReport { sender: self.reporter, blocks }));
        }
        reports
    }

    fn ntp(&self, now: Instant) -> NtpTime {
        let passed = now.saturating_duration_since(self.clock.at);
        NtpTime::from_unix(self.clock.since_unix.saturating_add(passed))
    }
}

#[cfg(test)]
mod tests;
