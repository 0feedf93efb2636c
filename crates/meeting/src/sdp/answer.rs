//! The answer: every section of the offer, in its order, with what the server does there.

use std::{fmt::Write as _, net::SocketAddr};

use carillon_frame::Ssrc;
use carillon_rtp::{AudioFormat, ExtensionId, ExtensionKind, ExtensionMap, PayloadType};
use carillon_transport::{Fingerprint, IceCredentials};

use super::{
    format::{Format, OfferedFormat},
    offer::{Direction, MediaKind, OfferSection, SectionState},
    simulcast::Rid,
};

/// How to reach and authenticate the server.
#[derive(Clone, Debug)]
pub struct LocalTransport {
    /// The server's half of the connectivity checks' secret.
    pub ice: IceCredentials,
    /// The digest of the server's certificate.
    pub fingerprint: Fingerprint,
    /// Where the server listens.
    pub candidates: Vec<SocketAddr>,
}

/// What the server sends in a section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentTrack {
    /// The media stream the client files the track under.
    pub stream: String,
    /// The track, unique within the session: clients key their handles by it.
    pub track: String,
    /// The SSRC of the packets.
    pub ssrc: Ssrc,
    /// The SSRC of their retransmissions, where a format has any.
    pub retransmission: Option<Ssrc>,
}

/// One answered section.
#[derive(Clone, Debug)]
pub struct AnswerSection<'a> {
    /// The section it answers.
    pub offered: &'a OfferSection,
    /// Which way media flows, seen from the server.
    pub direction: Direction,
    /// What the server sends, where it does.
    pub sent: Option<SentTrack>,
}

/// A whole answer.
#[derive(Debug)]
pub struct Answer<'a> {
    /// How to reach and authenticate the server.
    pub transport: &'a LocalTransport,
    /// The session's number in the origin line: it stays for the life of the transport.
    pub session_id: u64,
    /// The answer's number in the origin line: it grows by one each time (RFC 3264 section 8).
    pub version: u64,
    /// The sections, in the order of the offer.
    pub sections: Vec<AnswerSection<'a>>,
}

/// The canonical name under which everything a server sends is synchronised (RFC 3550 section 6.5.1).
pub(crate) const CNAME: &str = "carillon";

impl AnswerSection<'_> {
    /// Whether anything can ever flow here.
    fn is_live(&self) -> bool {
        let has_formats = !self.offered.formats.is_empty();
        self.offered.state != SectionState::Stopped
            && has_formats
            && self.offered.kind != MediaKind::Other
    }
}

impl Answer<'_> {
    /// The answer as text, with the line ends that clients split it on.
    #[must_use]
    pub fn write(&self) -> String {
        let mut lines = Lines::default();
        self.write_session(&mut lines);
        // Clients gather candidates from the bundle's first section only.
        let first_live = self.sections.iter().position(AnswerSection::is_live);
        for (index, section) in self.sections.iter().enumerate() {
            if section.is_live() {
                self.write_live(&mut lines, section, Some(index) == first_live);
            } else {
                write_stopped(&mut lines, section);
            }
        }
        lines.text
    }

    fn write_session(&self, lines: &mut Lines) {
        let live = self.sections.iter().filter(|section| section.is_live());
        let mids: Vec<&str> = live.map(|section| section.offered.mid.as_str()).collect();
        lines.put("v=0");
        lines.put(format_args!("o=- {} {} IN IP4 127.0.0.1", self.session_id, self.version));
        lines.put("s=-");
        lines.put("t=0 0");
        lines.put("a=ice-lite");
        lines.put(format_args!("a=group:BUNDLE {}", mids.join(" ")));
        lines.put("a=extmap-allow-mixed");
        lines.put("a=msid-semantic: WMS *");
    }

    fn write_live(&self, lines: &mut Lines, section: &AnswerSection<'_>, is_first: bool) {
        let offered = section.offered;
        let numbers: Vec<String> = payload_types(&offered.formats);
        lines.put(format_args!("m={} 9 {} {}", offered.media, offered.protocol, numbers.join(" ")));
        lines.put("c=IN IP4 0.0.0.0");
        lines.put("a=rtcp:9 IN IP4 0.0.0.0");
        if is_first {
            self.write_candidates(lines);
        }
        lines.put(format_args!("a=ice-ufrag:{}", self.transport.ice.ufrag));
        lines.put(format_args!("a=ice-pwd:{}", self.transport.ice.pwd));
        lines.put(format_args!("a=fingerprint:sha-256 {}", self.transport.fingerprint));
        lines.put("a=setup:passive");
        lines.put(format_args!("a=mid:{}", offered.mid));
        for (id, kind) in answered_extensions(&offered.extensions) {
            lines.put(format_args!("a=extmap:{} {}", id.number(), kind.uri()));
        }
        lines.put(format_args!("a={}", section.direction.as_str()));
        if let Some(sent) = &section.sent {
            lines.put(format_args!("a=msid:{} {}", sent.stream, sent.track));
        }
        lines.put("a=rtcp-mux");
        lines.put("a=rtcp-rsize");
        for format in &offered.formats {
            write_format(lines, format);
        }
        if let Some(sent) = &section.sent {
            write_ssrcs(lines, sent);
        }
        if section.direction.receives() {
            write_layers(lines, &offered.layers);
        }
    }

    fn write_candidates(&self, lines: &mut Lines) {
        for (index, address) in self.transport.candidates.iter().enumerate() {
            // All are host candidates, the first advertised preferred (RFC 8445 section 5.1.2.1).
            let preference = 65_535_u32.saturating_sub(u32::try_from(index).unwrap_or(u32::MAX));
            let priority = (126_u32 << 24) | (preference << 8) | 255;
            let (ip, port, foundation) = (address.ip(), address.port(), index.saturating_add(1));
            lines.put(format_args!(
                "a=candidate:{foundation} 1 udp {priority} {ip} {port} typ host generation 0"
            ));
        }
        lines.put("a=end-of-candidates");
    }
}

/// A section whose place is kept but which takes no part in the session.
fn write_stopped(lines: &mut Lines, section: &AnswerSection<'_>) {
    let offered = section.offered;
    let numbers = match offered.formats.as_slice() {
        [] => offered.payload_types.clone(),
        formats => payload_types(formats),
    };
    lines.put(format_args!("m={} 0 {} {}", offered.media, offered.protocol, numbers.join(" ")));
    lines.put("c=IN IP4 0.0.0.0");
    lines.put(format_args!("a=mid:{}", offered.mid));
    lines.put("a=inactive");
    for format in &offered.formats {
        write_format(lines, format);
    }
}

fn payload_types(formats: &[OfferedFormat]) -> Vec<String> {
    let numbers = |format: &OfferedFormat| [Some(format.payload_type), format.retransmission];
    formats.iter().flat_map(numbers).flatten().map(|number| number.number().to_string()).collect()
}

/// The extensions that the server reads or writes, of those the client offered.
fn answered_extensions(
    offered: &ExtensionMap,
) -> impl Iterator<Item = (ExtensionId, ExtensionKind)> {
    offered.iter().filter(|(_, kind)| match kind {
        ExtensionKind::AudioLevel
        | ExtensionKind::TransportSequence
        | ExtensionKind::Mid
        | ExtensionKind::RtpStreamId
        | ExtensionKind::RepairedRtpStreamId
        | ExtensionKind::VideoOrientation
        | ExtensionKind::PlayoutDelay
        | ExtensionKind::DependencyDescriptor => true,
        // Without video-layers-allocation, a change of layers arrives as SUBSCRIBE.
        // The rest describes one hop's timing.
        ExtensionKind::AbsSendTime
        | ExtensionKind::TransmissionOffset
        | ExtensionKind::VideoContentType
        | ExtensionKind::VideoTiming
        | ExtensionKind::ColorSpace
        | ExtensionKind::VideoLayersAllocation => false,
    })
}

fn write_format(lines: &mut Lines, offered: &OfferedFormat) {
    let number = offered.payload_type.number();
    let (encoding, feedback) = match offered.format {
        Format::Audio(format) => (audio_encoding(format), &["transport-cc"][..]),
        Format::Video(format) => (
            format!("{}/90000", format.encoding_name()),
            &["transport-cc", "ccm fir", "nack", "nack pli"][..],
        ),
    };
    lines.put(format_args!("a=rtpmap:{number} {encoding}"));
    for kind in feedback {
        lines.put(format_args!("a=rtcp-fb:{number} {kind}"));
    }
    if !offered.parameters.is_empty() {
        lines.put(format_args!("a=fmtp:{number} {}", offered.parameters));
    }
    if let Some(retransmission) = offered.retransmission.map(PayloadType::number) {
        lines.put(format_args!("a=rtpmap:{retransmission} rtx/90000"));
        lines.put(format_args!("a=fmtp:{retransmission} apt={number}"));
    }
}

fn audio_encoding(format: AudioFormat) -> String {
    match format {
        AudioFormat::Opus => "opus/48000/2".to_owned(),
        AudioFormat::Red => "red/48000/2".to_owned(),
    }
}

fn write_ssrcs(lines: &mut Lines, sent: &SentTrack) {
    if let Some(retransmission) = sent.retransmission {
        lines.put(format_args!("a=ssrc-group:FID {} {retransmission}", sent.ssrc));
    }
    for ssrc in [Some(sent.ssrc), sent.retransmission].into_iter().flatten() {
        lines.put(format_args!("a=ssrc:{ssrc} cname:{CNAME}"));
        lines.put(format_args!("a=ssrc:{ssrc} msid:{} {}", sent.stream, sent.track));
    }
}

/// Confirms the layers: a browser whose layers are not confirmed sends only the first.
fn write_layers(lines: &mut Lines, layers: &[Rid]) {
    if layers.is_empty() {
        return;
    }
    for rid in layers {
        lines.put(format_args!("a=rid:{rid} recv"));
    }
    let names: Vec<&str> = layers.iter().map(Rid::as_str).collect();
    lines.put(format_args!("a=simulcast:recv {}", names.join(";")));
}

/// Lines ended the way RFC 8866 section 5 asks for.
#[derive(Default)]
struct Lines {
    text: String,
}

impl Lines {
    fn put(&mut self, line: impl std::fmt::Display) {
        write!(self.text, "{line}\r\n").expect("writing to a string cannot fail");
    }
}
