//! What an offer or an answer says, as far as a client acts on it.

use std::{collections::BTreeSet, fmt::Write as _};

use carillon_signaling::{Sdp, Subscribe, SubscribeAck};

/// One media section of a session description.
struct Section<'a> {
    media: &'a str,
    lines: Vec<&'a str>,
}

impl<'a> Section<'a> {
    fn all(sdp: &'a str) -> Vec<Self> {
        let mut sections: Vec<Self> = Vec::new();
        for line in sdp.split("\r\n") {
            match (line.strip_prefix("m="), sections.last_mut()) {
                (Some(media), _) => sections.push(Self { media, lines: Vec::new() }),
                (None, Some(section)) => section.lines.push(line),
                (None, None) => {}
            }
        }
        sections
    }

    fn value(&self, prefix: &str) -> Option<&'a str> {
        self.values(prefix).next()
    }

    fn values(&self, prefix: &str) -> impl Iterator<Item = &'a str> {
        self.lines.iter().filter_map(move |line| line.strip_prefix(prefix))
    }

    fn mid(&self) -> &'a str {
        self.value("a=mid:").unwrap()
    }

    fn direction(&self) -> &'a str {
        let directions = ["sendrecv", "sendonly", "recvonly", "inactive"];
        directions.into_iter().find(|word| self.value(&format!("a={word}")).is_some()).unwrap()
    }

    /// The kind of media, its tag and its direction; `stopped` for one without a port.
    fn headline(&self) -> String {
        let (kind, rest) = self.media.split_once(' ').unwrap();
        let stopped = if rest.starts_with("0 ") { " stopped" } else { "" };
        format!("{kind} {} {}{stopped}", self.mid(), self.direction())
    }

    /// The payload types and what they mean; a retransmission names what it repeats.
    fn formats(&self) -> String {
        let name = |format: &str| {
            let name = self.value(&format!("a=rtpmap:{format} ")).unwrap_or("?");
            let name = name.split('/').next().unwrap().to_owned();
            let repeats = self.value(&format!("a=fmtp:{format} apt="));
            repeats.map_or(format!("{format} {name}"), |of| format!("{format} {name} of {of}"))
        };
        self.media.split(' ').skip(3).map(name).collect::<Vec<_>>().join(", ")
    }

    /// The feedback of any format.
    fn feedback(&self) -> String {
        let words = self.values("a=rtcp-fb:").filter_map(|line| line.split_once(' '));
        words
            .map(|(_, word)| word)
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect::<Vec<_>>()
            .join(", ")
    }

    /// The header extensions by the last part of their names.
    fn extensions(&self) -> String {
        let extensions = self.values("a=extmap:").filter_map(|line| line.split_once(' '));
        let short =
            |(id, uri): (&str, &str)| format!("{id} {}", uri.rsplit(['/', ':']).next().unwrap());
        extensions.map(short).collect::<Vec<_>>().join(", ")
    }
}

fn plain(sdp: &Sdp) -> &str {
    match sdp {
        Sdp::Plain(text) => text,
        Sdp::Compressed(_) => panic!("nothing in a recording is compressed"),
    }
}

/// The sections of an offer in a line.
pub(super) fn offered(subscribe: &Subscribe) -> String {
    let sections = Section::all(plain(&subscribe.offer));
    sections.iter().map(Section::headline).collect::<Vec<_>>().join(", ")
}

/// An answer, a section after the other.
pub(super) fn answered(ack: &SubscribeAck) -> String {
    let mut text = String::new();
    for section in Section::all(plain(&ack.answer)) {
        write!(text, "\n    {}", section.headline()).unwrap();
        if section.direction() == "inactive" {
            continue;
        }
        let msid = section.value("a=msid:").map(|msid| msid.split(' ').next().unwrap());
        let streams: BTreeSet<&str> =
            section.values("a=ssrc:").map(|line| line.split(' ').next().unwrap()).collect();
        write!(text, "; stream {}, SSRCs {}", msid.unwrap_or("none"), streams.len()).unwrap();
        for line in ["a=rid:", "a=simulcast:"] {
            section.values(line).for_each(|value| write!(text, "; {line}{value}").unwrap());
        }
        let [formats, feedback, extensions] =
            [section.formats(), section.feedback(), section.extensions()];
        write!(text, "\n      formats {formats}\n      feedback {feedback}").unwrap();
        write!(text, "\n      extensions {extensions}").unwrap();
    }
    text
}

/// Fails where an answer breaks what every client relies on, whatever the scenario.
pub(super) fn check(subscribe: &Subscribe, ack: &SubscribeAck) {
    let (offer, answer) = (plain(&subscribe.offer), plain(&ack.answer));
    let (offer, answer) = (Section::all(offer), Section::all(answer));
    let mids = |sections: &[Section<'_>]| {
        sections.iter().map(|section| section.mid().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(mids(&offer), mids(&answer), "an answer has the offer's sections in its order");
    assert_eq!(subscribe.send_layers.len(), ack.allocations.len(), "an allocation for each layer");
    for section in &answer {
        let is_track = section.media.starts_with("video") && section.direction() == "sendonly";
        let track = ack.tracks.iter().find(|track| track.mid.as_str() == section.mid());
        assert_eq!(is_track, track.is_some(), "{} and its track", section.headline());
        if let Some(track) = track {
            let (stream, _) = section.value("a=msid:").unwrap().split_once(' ').unwrap();
            assert_eq!(stream, track.mid.video_label());
            let ssrc = format!("a=ssrc:{} ", track.ssrc);
            assert!(section.value(&ssrc).is_some(), "the track's SSRC is in its section");
        }
    }
}
