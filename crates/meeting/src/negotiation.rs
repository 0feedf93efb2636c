//! What a client's offer and the meeting's state come to: the answer, and what flows from then on.

use std::collections::{BTreeMap, BTreeSet};

use carillon_frame::Ssrc;
use carillon_rtp::{
    AudioFormat, ExtensionId, ExtensionKind, ExtensionMap, PayloadType, VideoFormat,
};
use carillon_sfu::Retransmission;
use carillon_signaling::{Mid, StreamId};
use rand::Rng;

use crate::sdp::{
    Answer, AnswerSection, Direction, Format, LocalTransport, MediaKind, Offer, OfferSection,
    OfferedFormat, Rid, SectionState, SentTrack,
};

/// What a client may and wants to do, beside its offer; who may be heard is none of it.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    /// Whether it is sent the mix.
    pub client_hears: Permission,
    /// Whether its pictures are taken.
    pub sees_client: Permission,
    /// The stream wanted on each video section, by position; absent for none.
    pub wanted: &'a [Option<StreamId>],
}

/// Whether something is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// It is.
    Granted,
    /// It is not.
    Denied,
}

impl From<bool> for Permission {
    fn from(granted: bool) -> Self {
        if granted { Self::Granted } else { Self::Denied }
    }
}

/// The mixed sound the server sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentAudio {
    /// The SSRC of its packets.
    pub ssrc: Ssrc,
    /// The client's number for Opus.
    pub payload_type: PayloadType,
    /// The client's number for Opus with copies of earlier frames, if it takes that.
    pub redundancy: Option<PayloadType>,
    /// The client's number for the extension that numbers all packets of its transport.
    pub transport_sequence: Option<ExtensionId>,
}

/// A received video as the server sends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// The section it is sent in.
    pub mid: Mid,
    /// The stream that is wanted there.
    pub stream: StreamId,
    /// The SSRC of its packets: it stays as long as the section does.
    pub ssrc: Ssrc,
    /// The client's numbers for the formats it can be sent in.
    pub payload_types: BTreeMap<VideoFormat, PayloadType>,
    /// The client's numbers for header extensions.
    pub extensions: ExtensionMap,
    /// How lost packets are sent once more, if the client takes that.
    pub retransmission: Option<Retransmission>,
}

/// What a packet from the client carries, by its payload type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Payload {
    /// Sound.
    Audio(AudioFormat),
    /// Pictures.
    Video(VideoFormat),
    /// Packets of a picture once more, which had this number the first time.
    Retransmission(PayloadType, VideoFormat),
}

/// What was agreed.
#[derive(Debug, Default)]
pub struct Agreement {
    /// What the client's packets carry; empty of everything it may not send.
    pub payloads: BTreeMap<PayloadType, Payload>,
    /// The client's numbers for header extensions.
    pub extensions: ExtensionMap,
    /// The simulcast layers of its picture, lowest first; empty for a single one.
    pub layers: Vec<Rid>,
    /// The formats it can be sent pictures in.
    pub decodable: BTreeSet<VideoFormat>,
    /// The mix it is sent.
    pub audio: Option<SentAudio>,
    /// The videos it is sent.
    pub views: Vec<View>,
}

/// One client's side of all its negotiations.
#[derive(Debug)]
pub struct Negotiation {
    session_id: u64,
    version: u64,
    /// What is sent in each section: a section keeps its SSRCs for as long as its tag is known.
    sent: BTreeMap<Mid, SentTrack>,
}

impl Negotiation {
    /// Begins with nothing agreed.
    pub fn new(rng: &mut impl Rng) -> Self {
        // Session ids have to fit a signed 64-bit number (RFC 8829 section 5.2.1).
        Self { session_id: rng.random::<u64>() >> 1, version: 0, sent: BTreeMap::new() }
    }

    /// Answers an offer.
    pub fn answer(
        &mut self,
        rng: &mut impl Rng,
        transport: &LocalTransport,
        offer: &Offer,
        terms: &Terms<'_>,
    ) -> (String, Agreement) {
        let mut agreement = Agreement::default();
        let mut sections = Vec::new();
        let mut video_sections: usize = 0;
        for offered in &offer.sections {
            let (direction, sent) = match offered.kind {
                MediaKind::Audio => self.answer_audio(rng, offered, terms, &mut agreement),
                MediaKind::Video => {
                    let wanted = terms.wanted.get(video_sections).copied().flatten();
                    video_sections = video_sections.saturating_add(1);
                    self.answer_video(rng, offered, wanted, terms, &mut agreement)
                }
                MediaKind::Other => (Direction::Inactive, None),
            };
            sections.push(AnswerSection { offered, direction, sent });
        }
        self.sent.retain(|mid, _| offer.sections.iter().any(|section| section.mid == *mid));
        self.version = self.version.saturating_add(1);
        let answer =
            Answer { transport, session_id: self.session_id, version: self.version, sections };
        (answer.write(), agreement)
    }

    fn answer_audio(
        &mut self,
        rng: &mut impl Rng,
        offered: &OfferSection,
        terms: &Terms<'_>,
        agreement: &mut Agreement,
    ) -> (Direction, Option<SentTrack>) {
        let number = |format| {
            let offered =
                offered.formats.iter().find(|other| other.format == Format::Audio(format));
            offered.map(|format| format.payload_type)
        };
        let redundancy = number(AudioFormat::Red);
        let Some(opus) = number(AudioFormat::Opus) else { return (Direction::Inactive, None) };
        // Sound is always taken, and stopped before the mix if it may not be heard: so a right to speak acts at once,
        // without another offer.
        let receives = offered.direction.sends();
        let sends = offered.direction.receives() && terms.client_hears == Permission::Granted;
        if receives {
            agreement.take(offered);
        }
        let sent = sends.then(|| {
            self.track(rng, &offered.mid, format!("a_{}", offered.mid), Retransmitted::Never)
        });
        agreement.audio = sent.as_ref().map(|track| SentAudio {
            ssrc: track.ssrc,
            payload_type: opus,
            redundancy,
            transport_sequence: offered.extensions.id(ExtensionKind::TransportSequence),
        });
        (direction(sends, receives), sent)
    }

    fn answer_video(
        &mut self,
        rng: &mut impl Rng,
        offered: &OfferSection,
        wanted: Option<StreamId>,
        terms: &Terms<'_>,
        agreement: &mut Agreement,
    ) -> (Direction, Option<SentTrack>) {
        agreement.decodable.extend(offered.formats.iter().filter_map(video_format));
        if offered.direction.sends() {
            let takes = terms.sees_client == Permission::Granted;
            if takes {
                agreement.take(offered);
                agreement.layers.clone_from(&offered.layers);
            }
            let answered = if takes { taking(offered, terms) } else { Direction::Inactive };
            return (answered, None);
        }
        let Some(stream) = wanted.filter(|_| offered.direction.receives()) else {
            return (Direction::Inactive, None);
        };
        let sent =
            self.track(rng, &offered.mid, offered.mid.video_label(), Retransmitted::OnRequest);
        agreement.views.push(View {
            mid: offered.mid.clone(),
            stream,
            ssrc: sent.ssrc,
            payload_types: numbers(offered, |format| Some(format.payload_type)),
            extensions: offered.extensions,
            retransmission: sent.retransmission.map(|ssrc| Retransmission {
                ssrc,
                payload_types: numbers(offered, |format| format.retransmission),
            }),
        });
        (Direction::SendOnly, Some(sent))
    }

    /// The streams that sections keep, sent at the moment or not.
    pub fn kept_streams(&self) -> impl Iterator<Item = Ssrc> {
        self.sent.values().map(|track| track.ssrc)
    }

    /// What is sent in the section, under the SSRCs it always had.
    fn track(
        &mut self,
        rng: &mut impl Rng,
        mid: &Mid,
        stream: String,
        retransmitted: Retransmitted,
    ) -> SentTrack {
        let used: Vec<Ssrc> = self
            .sent
            .values()
            .flat_map(|track| [Some(track.ssrc), track.retransmission])
            .flatten()
            .collect();
        let track = self.sent.entry(mid.clone()).or_insert_with(|| {
            let ssrc = fresh_ssrc(rng, &used);
            let retransmission = match retransmitted {
                Retransmitted::Never => None,
                Retransmitted::OnRequest => Some(fresh_ssrc(rng, &[&used[..], &[ssrc]].concat())),
            };
            SentTrack { track: format!("{stream}_{ssrc}"), stream, ssrc, retransmission }
        });
        track.clone()
    }
}

/// Whether lost packets of a track can be sent again.
#[derive(Clone, Copy)]
enum Retransmitted {
    Never,
    OnRequest,
}

impl Agreement {
    /// Lets the client send what it offered in this section.
    fn take(&mut self, offered: &OfferSection) {
        for format in &offered.formats {
            let payload = match format.format {
                Format::Audio(audio) => Payload::Audio(audio),
                Format::Video(video) => Payload::Video(video),
            };
            self.payloads.insert(format.payload_type, payload);
            if let Some((retransmission, video)) = format.retransmission.zip(video_format(format)) {
                let payload = Payload::Retransmission(format.payload_type, video);
                self.payloads.insert(retransmission, payload);
            }
        }
        // Within a bundle a number stands for one extension only (RFC 9143 section 10.2).
        for (id, kind) in offered.extensions.iter() {
            self.extensions.insert(id, kind);
        }
    }
}

const fn direction(sends: bool, receives: bool) -> Direction {
    match (sends, receives) {
        (true, true) => Direction::SendRecv,
        (true, false) => Direction::SendOnly,
        (false, true) => Direction::RecvOnly,
        (false, false) => Direction::Inactive,
    }
}

/// The direction under which a camera's section is taken, although it is never sent anything.
fn taking(offered: &OfferSection, terms: &Terms<'_>) -> Direction {
    let watches = terms.wanted.iter().any(Option::is_some);
    match (offered.direction, offered.state) {
        // The client looks for its sending section among those answered sendrecv when it changes codecs.
        (Direction::SendRecv, SectionState::Live) => Direction::SendRecv,
        (Direction::SendRecv, SectionState::BundleOnly) if watches => Direction::SendRecv,
        // Firefox gives an unknown stream to the only section that could receive its payload type, for good. As
        // sendrecv the camera's section would swallow a first watched video that overtakes its answer.
        (Direction::SendRecv, SectionState::BundleOnly) | (Direction::SendOnly, _) => {
            Direction::RecvOnly
        }
        (Direction::RecvOnly | Direction::Inactive, _)
        | (Direction::SendRecv, SectionState::Stopped) => Direction::Inactive,
    }
}

/// The client's first number of a kind for each format it can receive.
fn numbers(
    offered: &OfferSection,
    number: impl Fn(&OfferedFormat) -> Option<PayloadType>,
) -> BTreeMap<VideoFormat, PayloadType> {
    let mut numbers = BTreeMap::new();
    for format in &offered.formats {
        if let Some((video, number)) = video_format(format).zip(number(format)) {
            numbers.entry(video).or_insert(number);
        }
    }
    numbers
}

const fn video_format(offered: &OfferedFormat) -> Option<VideoFormat> {
    match offered.format {
        Format::Video(video) => Some(video),
        Format::Audio(_) => None,
    }
}

fn fresh_ssrc(rng: &mut impl Rng, used: &[Ssrc]) -> Ssrc {
    loop {
        let ssrc = Ssrc(rng.random());
        if ssrc.0 != 0 && !used.contains(&ssrc) {
            return ssrc;
        }
    }
}

#[cfg(test)]
mod tests;
