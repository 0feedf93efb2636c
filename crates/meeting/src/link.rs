//! One participant's media path: what arrives is sorted, what leaves is numbered, sealed and reported on.

mod downlink;
mod gaps;
mod receptions;
mod redundancy;
mod reports;
mod sent;
mod uplink_cap;

use std::{collections::BTreeMap, net::SocketAddr, time::Instant};

use carillon_frame::{AudioLevel, Bitrate, ClockRate, MediaTime, SeqNo, Ssrc};
use carillon_rtp::{
    AudioFormat, FeedbackRecorder, Incoming, PayloadType, Rtcp, RtpPacket, StreamKind, StreamMap,
    StreamRole, VideoFormat, parse_compound,
    rtcp::{ReportBlock, SenderReport},
    unwrap_repair, write_compound,
};
use carillon_signaling::{Epoch, Mid, StreamId};
use carillon_transport::{Event, Output, Received, Session};
use rand::Rng;

pub(crate) use self::reports::Quality;
use self::{
    downlink::Downlink,
    gaps::Gaps,
    receptions::Receptions,
    redundancy::Redundancy,
    reports::ReportClock,
    sent::{SentStream, Sound},
    uplink_cap::UplinkCap,
};
use crate::{
    datagrams::DatagramBatch,
    negotiation::{Agreement, Payload, SentAudio, View},
    sdp::Rid,
};

/// What a datagram turned out to be.
#[derive(Debug)]
pub(crate) enum Arrival<'a> {
    /// Sound.
    Sound { format: AudioFormat, packet: RtpPacket<'a>, level: Option<AudioLevel> },
    /// A part of a picture.
    Picture { layer: usize, format: VideoFormat, packet: RtpPacket<'a> },
    /// Reports and requests.
    Told(Told),
    /// Nothing that anybody else has to know.
    Nothing,
}

/// What a client says of the media, as far as others have to know it.
#[derive(Debug, Default)]
pub(crate) struct Told {
    /// It wants a key frame of what it is sent in these streams.
    pub(crate) key_frames_wanted: Vec<Ssrc>,
    /// It wants these packets of these streams once more.
    pub(crate) lost: Vec<(Ssrc, Vec<SeqNo>)>,
    /// Its clock, for each layer of its picture it speaks of.
    pub(crate) clocks: Vec<(usize, SenderReport)>,
}

/// One participant's media path.
#[derive(Debug)]
pub(crate) struct Link {
    transport: Session,
    agreement: Agreement,
    receptions: Receptions,
    gaps: Gaps,
    feedback: FeedbackRecorder,
    /// The name under which this side reports.
    reporter: Ssrc,
    audio: Option<SentStream>,
    redundancy: Redundancy,
    payload: Vec<u8>,
    views: BTreeMap<Ssrc, SentStream>,
    /// The streams in which the layers of the client's picture arrive.
    streams: StreamMap,
    reports: ReportClock,
    downlink: Downlink,
    cap: UplinkCap,
    buffer: Vec<u8>,
}

impl Link {
    pub(crate) fn new(now: Instant, rng: &mut impl Rng, epoch: Epoch, transport: Session) -> Self {
        let reporter = Ssrc(rng.random());
        Self {
            transport,
            agreement: Agreement::default(),
            receptions: Receptions::default(),
            gaps: Gaps::new(reporter),
            feedback: FeedbackRecorder::new(reporter),
            reporter,
            audio: None,
            redundancy: Redundancy::default(),
            payload: Vec::new(),
            views: BTreeMap::new(),
            streams: StreamMap::default(),
            reports: ReportClock::new(now, epoch),
            downlink: Downlink::default(),
            cap: UplinkCap::default(),
            buffer: Vec::new(),
        }
    }

    /// Lets media flow as agreed from here on; streams that go on keep their numbers.
    pub(crate) fn apply(&mut self, rng: &mut impl Rng, agreement: Agreement) {
        if let Some(SentAudio { ssrc, .. }) = agreement.audio
            && self.audio.as_ref().is_none_or(|stream| stream.ssrc() != ssrc)
        {
            self.audio = Some(SentStream::new(rng, ssrc, ClockRate::OPUS));
        }
        let mut former = std::mem::take(&mut self.views);
        for view in &agreement.views {
            let kept = former.remove(&view.ssrc);
            let stream = kept.unwrap_or_else(|| SentStream::new(rng, view.ssrc, ClockRate::VIDEO));
            self.views.insert(view.ssrc, stream);
        }
        self.downlink.agree(&agreement.views);
        if agreement.layers.is_empty() {
            self.streams.expect_single(None, None);
        } else {
            self.streams.expect_layers(agreement.layers.iter().map(Rid::as_str));
        }
        self.agreement = agreement;
    }

    /// The videos the client was promised.
    pub(crate) fn views(&self) -> &[View] {
        &self.agreement.views
    }

    /// Sends another stream in the section from here on.
    pub(crate) fn repoint(&mut self, mid: &Mid, stream: StreamId) {
        let mut views = self.agreement.views.iter_mut();
        if let Some(view) = views.find(|view| view.mid == *mid) {
            view.stream = stream;
        }
    }

    /// The header extension numbers the client uses.
    pub(crate) const fn extensions(&self) -> &carillon_rtp::ExtensionMap {
        &self.agreement.extensions
    }

    /// Takes a datagram that was routed here; one that is not authentic changes nothing.
    pub(crate) fn handle_datagram<'a>(
        &mut self,
        now: Instant,
        source: SocketAddr,
        datagram: &'a mut [u8],
    ) -> Arrival<'a> {
        match self.transport.handle_datagram(now, source, datagram) {
            Ok(Received::Rtp(bytes)) => self.sort(now, bytes),
            Ok(Received::Rtcp(bytes)) => self.handle_rtcp(now, bytes),
            Ok(Received::Handled) => Arrival::Nothing,
            Err(error) => {
                tracing::debug!(%error, "datagram refused");
                Arrival::Nothing
            }
        }
    }

    fn sort<'a>(&mut self, now: Instant, bytes: &'a [u8]) -> Arrival<'a> {
        let packet = match RtpPacket::parse(bytes) {
            Ok(packet) => packet,
            Err(error) => {
                tracing::debug!(%error, "packet refused");
                return Arrival::Nothing;
            }
        };
        let payload = self.agreement.payloads.get(&packet.payload_type()).copied();
        let Some(payload) = payload else { return Arrival::Nothing };
        self.count(now, &packet, payload);
        match payload {
            Payload::Audio(format) => {
                let activity = self.agreement.extensions.audio_activity(&packet);
                Arrival::Sound { format, packet, level: activity.map(|activity| activity.level) }
            }
            Payload::Video(format) => self.sort_picture(now, format, packet),
            Payload::Retransmission(original, format) => {
                self.sort_repair(now, original, format, &packet)
            }
        }
    }

    fn sort_picture<'a>(
        &mut self,
        now: Instant,
        format: VideoFormat,
        packet: RtpPacket<'a>,
    ) -> Arrival<'a> {
        let extensions = &self.agreement.extensions;
        let Some(incoming) = self.streams.sort(StreamRole::Media, extensions, &packet) else {
            return Arrival::Nothing;
        };
        self.gaps.handle_packet(now, packet.header());
        Arrival::Picture { layer: incoming.layer, format, packet }
    }

    /// A packet that was lost and is sent once more takes its place; a mere probe has none.
    fn sort_repair<'a>(
        &mut self,
        now: Instant,
        original: PayloadType,
        format: VideoFormat,
        repair: &RtpPacket<'a>,
    ) -> Arrival<'a> {
        let extensions = &self.agreement.extensions;
        let sorted = self.streams.sort(StreamRole::Repair, extensions, repair);
        let Some(Incoming { layer, kind: StreamKind::Repair { of } }) = sorted else {
            return Arrival::Nothing;
        };
        let Some(packet) = unwrap_repair(repair, of, original) else { return Arrival::Nothing };
        self.gaps.handle_packet(now, packet.header());
        Arrival::Picture { layer, format, packet }
    }

    /// Counts a packet for reports and feedback.
    fn count(&mut self, now: Instant, packet: &RtpPacket<'_>, payload: Payload) {
        if let Some(seq) = self.agreement.extensions.transport_sequence(packet) {
            self.feedback.handle_packet(now, packet.ssrc(), seq);
        }
        let clock = match payload {
            Payload::Audio(_) => ClockRate::OPUS,
            Payload::Video(_) | Payload::Retransmission(..) => ClockRate::VIDEO,
        };
        self.receptions.handle_packet(now, packet.header(), clock);
    }

    fn handle_rtcp<'a>(&mut self, now: Instant, bytes: &[u8]) -> Arrival<'a> {
        let packets = match parse_compound(bytes) {
            Ok(packets) => packets,
            Err(error) => {
                tracing::debug!(%error, "reports refused");
                return Arrival::Nothing;
            }
        };
        let mut told = Told::default();
        for packet in packets {
            match packet {
                Rtcp::SenderReport(report) => {
                    self.receptions.handle_sender_report(now, &report);
                    self.handle_blocks(now, &report.blocks);
                    if let Some(layer) = self.streams.layer_of(report.ssrc) {
                        told.clocks.push((layer, report));
                    }
                }
                Rtcp::ReceiverReport(report) => self.handle_blocks(now, &report.blocks),
                Rtcp::Pli(request) => told.key_frames_wanted.push(request.media),
                Rtcp::Fir(request) => {
                    let streams = request.requests.into_iter().map(|(ssrc, _)| ssrc);
                    told.key_frames_wanted.extend(streams);
                }
                Rtcp::Bye(bye) => {
                    for ssrc in bye.sources {
                        self.receptions.remove(ssrc);
                        self.gaps.remove(ssrc);
                    }
                }
                Rtcp::Nack(nack) => told.lost.push((nack.media, nack.lost)),
                Rtcp::TransportFeedback(feedback) => {
                    self.downlink.handle_feedback(now, &feedback);
                }
                Rtcp::SourceDescription(_) | Rtcp::Remb(_) => {}
            }
        }
        Arrival::Told(told)
    }

    /// Takes note of what the client says it loses.
    fn handle_blocks(&mut self, now: Instant, blocks: &[ReportBlock]) {
        self.reports.handle_blocks(now, blocks);
        if let Some(round_trip) = self.reports.round_trip() {
            self.gaps.set_round_trip(round_trip);
        }
        let audio = self.audio.as_ref().map(SentStream::ssrc);
        if let Some(block) = blocks.iter().find(|block| Some(block.ssrc) == audio) {
            self.redundancy.follow(block.fraction_lost);
        }
    }

    /// Sends a frame of the mix.
    pub(crate) fn send_audio(
        &mut self,
        now: Instant,
        timestamp: MediaTime,
        payload: &[u8],
        out: &mut DatagramBatch,
    ) {
        let Some((stream, audio)) = self.audio.as_mut().zip(self.agreement.audio.as_ref()) else {
            return;
        };
        self.payload.clear();
        let format = self.redundancy.write(audio, timestamp, payload, &mut self.payload);
        self.buffer.clear();
        let id = audio.transport_sequence.filter(|id| self.downlink.id() == Some(*id));
        let sound = Sound { payload_type: format, since_first: timestamp, payload: &self.payload };
        stream.next_packet(now, sound, id, &mut self.buffer);
        self.downlink.number(now, &mut self.buffer);
        seal(&mut self.transport, &mut self.buffer, out);
    }

    /// Sends a packet that a forwarder finished for the section.
    pub(crate) fn send_video(
        &mut self,
        now: Instant,
        ssrc: Ssrc,
        packet: &mut Vec<u8>,
        out: &mut DatagramBatch,
    ) {
        let Some(stream) = self.views.get_mut(&ssrc) else { return };
        stream.count(now, packet);
        self.downlink.number(now, packet);
        seal(&mut self.transport, packet, out);
    }

    /// Sends a packet that was lost once more; its stream is of its own, and nobody reports on it.
    pub(crate) fn send_once_more(
        &mut self,
        now: Instant,
        packet: &mut Vec<u8>,
        out: &mut DatagramBatch,
    ) {
        self.downlink.number(now, packet);
        seal(&mut self.transport, packet, out);
    }

    /// Asks the client for a key frame; one that has not sent a picture yet begins with one anyway.
    pub(crate) fn request_key_frame(&mut self, layer: usize, out: &mut DatagramBatch) {
        let Some(media) = self.streams.media(layer) else { return };
        let request = carillon_rtp::rtcp::Pli { sender: self.reporter, media };
        self.send_rtcp(&[Rtcp::Pli(request)], out);
    }

    /// The way to the client.
    pub(crate) const fn downlink(&self) -> &Downlink {
        &self.downlink
    }

    pub(crate) const fn downlink_mut(&mut self) -> &mut Downlink {
        &mut self.downlink
    }

    /// Whether the path to the client has shown a limit, or the client is asked to send less for the sake of others.
    pub(crate) fn is_limited(&self) -> bool {
        self.downlink.limit().is_some() || self.cap.is_set()
    }

    /// Asks the client to send no more than so much, if there is such a limit.
    pub(crate) fn cap_uplink(
        &mut self,
        now: Instant,
        cap: Option<Bitrate>,
        out: &mut DatagramBatch,
    ) {
        let streams = self.streams.media(0).into_iter().collect();
        if let Some(remb) = self.cap.follow(now, cap, self.reporter, streams) {
            self.send_rtcp(&[Rtcp::Remb(remb)], out);
        }
    }

    fn send_rtcp(&mut self, packets: &[Rtcp], out: &mut DatagramBatch) {
        self.buffer.clear();
        write_compound(packets, &mut self.buffer);
        match self.transport.seal_rtcp(&mut self.buffer) {
            Ok(destination) => out.push(destination, &self.buffer),
            Err(error) => tracing::trace!(%error, "reports not sent"),
        }
    }

    /// Whether the client tells that it receives what it is sent.
    pub(crate) fn is_receiving(&self, now: Instant) -> bool {
        self.reports.is_fresh(now)
    }

    /// How well the client receives what it is sent.
    pub(crate) fn quality(&self, now: Instant) -> Quality {
        self.reports.quality(now)
    }

    pub(crate) fn handle_timeout(&mut self, now: Instant, out: &mut DatagramBatch) {
        self.transport.handle_timeout(now);
        while let Some(feedback) = self.feedback.poll_feedback(now) {
            self.send_rtcp(&[Rtcp::TransportFeedback(feedback)], out);
        }
        for nack in self.gaps.poll_nacks(now) {
            self.send_rtcp(&[Rtcp::Nack(nack)], out);
        }
        if self.reports.is_due(now) {
            let packets = self.reports(now);
            if !packets.is_empty() {
                self.send_rtcp(&packets, out);
            }
        }
    }

    fn reports(&mut self, now: Instant) -> Vec<Rtcp> {
        let blocks = self.receptions.report_blocks(now);
        let sent = self.audio.iter().chain(self.views.values());
        self.reports.compound(now, self.reporter, sent, blocks)
    }

    /// When this path wants to be called again.
    pub(crate) fn timeout(&self, transport: Option<Instant>) -> Option<Instant> {
        let reports = [self.feedback.timeout(), self.gaps.timeout(), Some(self.reports.due())];
        let probes = [self.downlink.timeout(), transport];
        reports.into_iter().chain(probes).flatten().min()
    }

    /// What the path itself asks for and tells; datagrams go straight to `out`.
    pub(crate) fn poll_event(&mut self, out: &mut DatagramBatch) -> Result<Event, Option<Instant>> {
        loop {
            match self.transport.poll_output() {
                Output::Transmit(transmit) => out.push(transmit.destination, &transmit.payload),
                Output::Event(event) => return Ok(event),
                Output::Timeout(deadline) => return Err(self.timeout(deadline)),
            }
        }
    }

    /// Ends the path.
    pub(crate) fn close(&mut self, now: Instant) {
        self.transport.close(now);
    }
}

fn seal(transport: &mut Session, packet: &mut Vec<u8>, out: &mut DatagramBatch) {
    match transport.seal_rtp(packet) {
        Ok(destination) => out.push(destination, packet),
        // Before the handshake has ended there is nobody to send to; media of that time is of no use later.
        Err(error) => tracing::trace!(%error, "packet not sent"),
    }
}
