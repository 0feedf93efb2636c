//! The offers a client makes: those of a browser, with what no server reads left out.

use std::fmt::Write as _;

use carillon_frame::Ssrc;
use carillon_rtp::{ExtensionId, ExtensionKind, ExtensionMap};
use carillon_signaling::{Mid, StreamId};
use carillon_transport::{Fingerprint, IceCredentials};

/// The payload type of Opus.
pub const OPUS: u8 = 111;
/// The payload type of VP8.
pub const VP8: u8 = 96;
/// The payload type of H.264, constrained baseline, in whole and in parts.
pub const H264: u8 = 108;

/// The payload types of their retransmissions.
pub const RETRANSMISSIONS: [u8; 2] = [97, 109];

/// The header extensions that every section offers.
const EXTENSIONS: [(u8, ExtensionKind); 4] = [
    (1, ExtensionKind::AudioLevel),
    (3, ExtensionKind::TransportSequence),
    (4, ExtensionKind::Mid),
    (13, ExtensionKind::VideoOrientation),
];

/// The id under which a client's packets carry an extension.
#[must_use]
pub fn extension_id(kind: ExtensionKind) -> Option<ExtensionId> {
    extension_map().id(kind)
}

/// What the numbers of header extensions stand for.
#[must_use]
pub fn extension_map() -> ExtensionMap {
    EXTENSIONS.into_iter().filter_map(|(id, kind)| Some((ExtensionId::new(id)?, kind))).collect()
}

/// What a client wants of one of its receive sections.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiveSection {
    /// Its tag.
    pub mid: Mid,
    /// What it is for.
    pub wish: Wish,
}

/// What a receive section is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// To receive this stream.
    Stream(StreamId),
    /// Nothing at the moment.
    Nothing,
    /// Nothing ever: the section is stopped, and its place may be taken by one of another tag.
    Stopped,
}

impl Wish {
    /// The stream to receive, if any.
    #[must_use]
    pub const fn stream(self) -> Option<StreamId> {
        match self {
            Self::Stream(stream) => Some(stream),
            Self::Nothing | Self::Stopped => None,
        }
    }
}

/// Everything an offer says.
#[derive(Clone, Debug)]
pub struct Offer<'a> {
    /// The client's half of the connectivity checks' secret.
    pub ice: &'a IceCredentials,
    /// The digest of the client's certificate.
    pub fingerprint: Fingerprint,
    /// The stream of the client's voice.
    pub voice: Ssrc,
    /// The stream of the client's camera, while it is on.
    pub camera: Option<Ssrc>,
    /// The sections to receive in.
    pub receive: &'a [ReceiveSection],
}

impl Offer<'_> {
    /// The offer as text.
    #[must_use]
    pub fn write(&self) -> String {
        let stopped = |section: &&ReceiveSection| section.wish != Wish::Stopped;
        let live = self.receive.iter().filter(stopped).map(|section| section.mid.as_str());
        let mids: Vec<&str> = ["0", "1"].into_iter().chain(live).collect();
        let mut text = String::new();
        put(&mut text, "v=0\r\no=- 7608935556277602528 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0");
        put(&mut text, format_args!("a=group:BUNDLE {}", mids.join(" ")));
        put(&mut text, "a=extmap-allow-mixed\r\na=msid-semantic: WMS");
        self.section(&mut text, "audio 9", "0", "sendrecv", Some(self.voice));
        let showing = if self.camera.is_some() { "sendrecv" } else { "inactive" };
        self.section(&mut text, "video 9", "1", showing, self.camera);
        for section in self.receive {
            let (media, direction) = match section.wish {
                Wish::Stream(_) => ("video 9", "recvonly"),
                Wish::Nothing => ("video 9", "inactive"),
                Wish::Stopped => ("video 0", "inactive"),
            };
            self.section(&mut text, media, section.mid.as_str(), direction, None);
        }
        text
    }

    fn section(
        &self,
        text: &mut String,
        media: &str,
        mid: &str,
        direction: &str,
        ssrc: Option<Ssrc>,
    ) {
        let formats = if media.starts_with("audio") { AUDIO } else { VIDEO };
        put(text, format_args!("m={media} UDP/TLS/RTP/SAVPF {}", formats.0));
        put(text, "c=IN IP4 0.0.0.0\r\na=rtcp:9 IN IP4 0.0.0.0");
        put(text, format_args!("a=ice-ufrag:{}\r\na=ice-pwd:{}", self.ice.ufrag, self.ice.pwd));
        put(text, "a=ice-options:trickle");
        put(text, format_args!("a=fingerprint:sha-256 {}\r\na=setup:actpass", self.fingerprint));
        put(text, format_args!("a=mid:{mid}"));
        for (id, kind) in EXTENSIONS {
            put(text, format_args!("a=extmap:{id} {}", kind.uri()));
        }
        put(text, format_args!("a={direction}\r\na=rtcp-mux\r\na=rtcp-rsize\r\n{}", formats.1));
        if let Some(ssrc) = ssrc {
            put(text, format_args!("a=ssrc:{ssrc} cname:client\r\na=ssrc:{ssrc} msid:- {mid}"));
        }
    }
}

const AUDIO: (&str, &str) = (
    "63 111 9",
    "a=rtpmap:63 red/48000/2\r\na=fmtp:63 111/111\r\n\
     a=rtpmap:111 opus/48000/2\r\na=rtcp-fb:111 transport-cc\r\n\
     a=fmtp:111 minptime=10;useinbandfec=1\r\na=rtpmap:9 G722/8000",
);

const VIDEO: (&str, &str) = (
    "96 97 108 109 98",
    "a=rtpmap:96 VP8/90000\r\na=rtcp-fb:96 nack pli\r\na=rtcp-fb:96 transport-cc\r\n\
     a=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n\
     a=rtpmap:108 H264/90000\r\na=rtcp-fb:108 nack pli\r\n\
     a=fmtp:108 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f\r\n\
     a=rtpmap:109 rtx/90000\r\na=fmtp:109 apt=108\r\n\
     a=rtpmap:98 VP9/90000\r\na=fmtp:98 profile-id=0",
);

fn put(text: &mut String, line: impl std::fmt::Display) {
    write!(text, "{line}\r\n").expect("writing to a string cannot fail");
}
