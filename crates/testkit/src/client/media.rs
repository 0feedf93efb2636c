//! A client's media: what leaves every 20 ms, and what arrives.

use std::net::SocketAddr;
use std::time::Instant;

use carillon_frame::{FRAME_DURATION, SeqNo, Ssrc};
use carillon_rtp::ntp::{ShortNtp, ShortSpan};
use carillon_rtp::rtcp::{Nack, Pli, ReceiverReport, ReportBlock};
use carillon_rtp::{
    FeedbackRecorder, PayloadType, Rtcp, RtpPacket, parse_compound, write_compound,
};
use carillon_signaling::Mid;
use carillon_transport::{
    Certificate, ClientConfig, ClientSession, CloseReason, Event, IceCredentials,
    Output as Transported, Received, SrtpProfile, Timeouts,
};
use rand::rngs::StdRng;

use super::camera::{Codec, Mark};
use super::{Client, Output, Seen, offer};

/// The name under which clients tell what arrived.
const FEEDBACK: Ssrc = Ssrc(7);

/// Between two pictures.
const PICTURE_FRAMES: u64 = 2;

/// A client's end of the media path.
#[derive(Debug)]
pub(super) struct MediaPath {
    session: ClientSession,
    deadline: Option<Instant>,
    /// When the next 20 ms are due, once media may flow.
    next_frame: Option<Instant>,
    frames: u64,
    /// The next packet's number among all packets of the path.
    number: SeqNo,
    closed: Option<CloseReason>,
    /// Tells the server when its packets arrived.
    feedback: FeedbackRecorder,
    /// The server's last report: of which stream, at what time, and when it arrived.
    reported: Option<(Ssrc, ShortNtp, Instant)>,
    ready: Vec<Output>,
}

impl MediaPath {
    /// Begins to connect; nothing for an answer that stopped every section and so names nowhere to connect to.
    pub(super) fn open(
        now: Instant,
        certificate: Certificate,
        local: IceCredentials,
        answer: &str,
        rng: StdRng,
    ) -> Option<Self> {
        let ufrag = value_of(answer, "a=ice-ufrag:")?.to_owned();
        let remote = IceCredentials { ufrag, pwd: value_of(answer, "a=ice-pwd:")?.to_owned() };
        let fingerprint = value_of(answer, "a=fingerprint:sha-256 ")?;
        let config = ClientConfig {
            certificate,
            local,
            remote,
            remote_fingerprint: fingerprint.parse().expect("the answer names a fingerprint"),
            remote_address: candidate(answer)?,
            profiles: vec![SrtpProfile::Aes128CmSha1_80, SrtpProfile::AeadAes128Gcm],
            timeouts: Timeouts::default(),
        };
        let session = ClientSession::new(now, config, rng).expect("the profiles are known");
        let mut path = Self {
            session,
            deadline: None,
            next_frame: None,
            frames: 0,
            number: SeqNo(65_000),
            closed: None,
            feedback: FeedbackRecorder::new(FEEDBACK),
            reported: None,
            ready: Vec::new(),
        };
        path.drain(now);
        Some(path)
    }

    pub(super) fn close(&mut self, now: Instant) {
        self.session.close(now);
        self.drain(now);
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        [self.deadline, self.next_frame, self.feedback.timeout()].into_iter().flatten().min()
    }

    /// The datagrams to send since the last call.
    pub(super) fn datagrams(&mut self) -> std::vec::Drain<'_, Output> {
        self.ready.drain(..)
    }

    /// Takes note of what the path says; sending begins once media may flow.
    fn drain(&mut self, now: Instant) {
        loop {
            match self.session.poll_output() {
                Transported::Transmit(transmit) => self
                    .ready
                    .push(Output::Datagram(transmit.destination, transmit.payload.to_vec())),
                Transported::Event(Event::Secured(_)) => self.next_frame = Some(now),
                Transported::Event(Event::Closed(reason)) => {
                    self.closed = Some(reason);
                    self.next_frame = None;
                }
                Transported::Event(Event::AddressValidated(_) | Event::AddressAbandoned(_)) => {}
                Transported::Timeout(deadline) => {
                    self.deadline = deadline;
                    return;
                }
            }
        }
    }

    fn send_rtp(&mut self, mut packet: Vec<u8>) {
        if let Ok(destination) = self.session.seal_rtp(&mut packet) {
            self.ready.push(Output::Datagram(destination, packet));
        }
    }

    fn send_rtcp(&mut self, mut packet: Vec<u8>) {
        if let Ok(destination) = self.session.seal_rtcp(&mut packet) {
            self.ready.push(Output::Datagram(destination, packet));
        }
    }

    fn take_number(&mut self) -> SeqNo {
        let number = self.number;
        self.number = number.next();
        number
    }
}

impl Client {
    /// Takes a datagram.
    pub fn handle_datagram(&mut self, now: Instant, source: SocketAddr, datagram: &mut [u8]) {
        let Some(path) = &mut self.path else { return };
        match path.session.handle_datagram(now, source, datagram) {
            Ok(Received::Rtp(bytes)) => {
                let packet = RtpPacket::parse(bytes).expect("the server sends RTP");
                if let Some(number) = offer::extension_map().transport_sequence(&packet) {
                    path.feedback.handle_packet(now, packet.ssrc(), number);
                }
                self.handle_rtp(now, &packet);
            }
            Ok(Received::Rtcp(bytes)) => {
                self.handle_rtcp(now, &parse_compound(bytes).expect("the server sends RTCP"));
            }
            // A repeated or damaged datagram is refused and may still close the path.
            Ok(Received::Handled) | Err(_) => path.drain(now),
        }
    }

    /// Does what is due.
    pub fn handle_timeout(&mut self, now: Instant) {
        let Some(path) = &mut self.path else { return };
        path.session.handle_timeout(now);
        path.drain(now);
        while let Some(feedback) = path.feedback.poll_feedback(now) {
            let mut bytes = Vec::new();
            write_compound(&[Rtcp::TransportFeedback(feedback)], &mut bytes);
            path.send_rtcp(bytes);
        }
        while let Some(path) = &mut self.path
            && let Some(due) = path.next_frame.filter(|due| *due <= now)
        {
            path.next_frame = Some(due + FRAME_DURATION);
            path.frames += 1;
            self.send_frame();
        }
    }

    /// Whether media may flow.
    #[must_use]
    pub fn is_secured(&self) -> bool {
        self.path.as_ref().is_some_and(|path| path.next_frame.is_some())
    }

    /// Why the path ended, if it did by itself.
    #[must_use]
    pub fn path_closed(&self) -> Option<CloseReason> {
        self.path.as_ref().and_then(|path| path.closed)
    }

    /// Asks for a key frame of what arrives in a section.
    pub fn ask_key_frame(&mut self, mid: &Mid) {
        let Some(media) = self.track_in(mid) else { return };
        self.report(Rtcp::Pli(Pli { sender: self.voice.ssrc, media }));
    }

    /// Asks for packets of what arrives in a section once more.
    pub fn ask_again(&mut self, mid: &Mid, lost: &[SeqNo]) {
        let Some(media) = self.track_in(mid) else { return };
        self.report(Rtcp::Nack(Nack { sender: self.voice.ssrc, media, lost: lost.to_vec() }));
    }

    /// Reports that all is well to the server, which measures its round trip by that.
    pub fn report_reception(&mut self, now: Instant) {
        let reported = self.path.as_ref().and_then(|path| path.reported);
        let Some((ssrc, at, arrived)) = reported else { return };
        let block = ReportBlock {
            ssrc,
            fraction_lost: 0,
            cumulative_lost: 0,
            highest_seq: 1,
            jitter: 0,
            last_sender_report: Some(at),
            since_sender_report: ShortSpan::from_duration(now.saturating_duration_since(arrived)),
        };
        let (sender, blocks) = (self.voice.ssrc, vec![block]);
        self.report(Rtcp::ReceiverReport(ReceiverReport { sender, blocks }));
    }

    fn track_in(&self, mid: &Mid) -> Option<Ssrc> {
        let mut tracks = self.tracks.iter();
        tracks.find(|(_, (of, _))| of == mid).map(|(media, _)| *media)
    }

    fn report(&mut self, packet: Rtcp) {
        let mut bytes = Vec::new();
        write_compound(&[packet], &mut bytes);
        self.send_rtcp(bytes);
    }

    /// Seals and sends any bytes as an RTP packet.
    pub fn send_rtp(&mut self, packet: Vec<u8>) {
        if let Some(path) = &mut self.path {
            path.send_rtp(packet);
        }
    }

    /// Seals and sends any bytes as a compound RTCP packet.
    pub fn send_rtcp(&mut self, packet: Vec<u8>) {
        if let Some(path) = &mut self.path {
            path.send_rtcp(packet);
        }
    }

    fn send_frame(&mut self) {
        let Some(path) = &mut self.path else { return };
        let number = path.take_number();
        path.send_rtp(self.voice.next_packet(number));
        if let Some(camera) = self.camera.as_mut().filter(|_| path.frames % PICTURE_FRAMES == 0) {
            for packet in camera.next_picture(|| path.take_number()) {
                path.send_rtp(packet);
            }
        }
    }

    fn handle_rtp(&mut self, now: Instant, packet: &RtpPacket<'_>) {
        if Some(packet.payload_type()) == PayloadType::new(offer::OPUS) {
            return self.hearing.handle_packet(now, packet);
        }
        if offer::RETRANSMISSIONS.contains(&packet.payload_type().number()) {
            self.repairs += u64::from(!packet.is_padding_only());
            return;
        }
        let codec = Codec::of(packet.payload_type()).expect("the server sends what was offered");
        let (mid, stream) =
            self.tracks.get(&packet.ssrc()).cloned().expect("the server sends what it announced");
        self.seen.push(Seen {
            at: now,
            mid,
            stream,
            seq: packet.seq(),
            timestamp: packet.timestamp(),
            mark: Mark::read(codec, packet.payload()).expect("pictures arrive as they were sent"),
        });
    }

    fn handle_rtcp(&mut self, now: Instant, packets: &[Rtcp]) {
        for packet in packets {
            match packet {
                Rtcp::SenderReport(report) => {
                    if let Some(path) = &mut self.path {
                        path.reported = Some((report.ssrc, report.ntp.middle(), now));
                    }
                }
                Rtcp::Pli(pli) => self.handle_request(pli.media),
                Rtcp::Fir(fir) => {
                    fir.requests.iter().for_each(|(ssrc, _)| self.handle_request(*ssrc));
                }
                Rtcp::Nack(nack) => self.asked_again.push((now, nack.lost.clone())),
                Rtcp::ReceiverReport(_)
                | Rtcp::SourceDescription(_)
                | Rtcp::Bye(_)
                | Rtcp::TransportFeedback(_) => {}
                Rtcp::Remb(remb) => {
                    if let Some(camera) = &mut self.camera {
                        camera.limit(remb.bitrate);
                    }
                }
            }
        }
    }

    fn handle_request(&mut self, media: Ssrc) {
        if let Some(camera) = self.camera.as_mut().filter(|camera| camera.ssrc == media) {
            camera.ask_key_frame();
        }
    }
}

/// The rest of the first line that begins so.
fn value_of<'a>(answer: &'a str, prefix: &str) -> Option<&'a str> {
    answer.lines().find_map(|line| line.strip_prefix(prefix))
}

/// The address of the first candidate (RFC 8839 section 5.1).
fn candidate(answer: &str) -> Option<SocketAddr> {
    let mut words = value_of(answer, "a=candidate:")?.split(' ').skip(4);
    let (ip, port) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    Some(SocketAddr::new(ip, port))
}
