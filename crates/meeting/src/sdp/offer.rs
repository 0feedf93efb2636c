//! A client's offer, read once and trusted from then on.

use std::{collections::BTreeMap, io::Cursor};

use carillon_rtp::{ExtensionId, ExtensionKind, ExtensionMap};
use carillon_signaling::Mid;
use carillon_transport::{Fingerprint, IceCredentials};
use rtc_sdp::description::{media::MediaDescription, session::SessionDescription};

use super::{
    format::{FormatAttributes, OfferedFormat},
    simulcast::{Rid, sent_layers},
};

/// The longest offer read, in bytes.
/// A client that receives 25 videos sends about 150 KB; parsing cost grows with the length.
const MAX_OFFER_BYTES: usize = 256 * 1024;

/// The most sections read: 25 received videos, two of its own, and the stopped ones a long meeting leaves behind.
/// Each costs a section in every answer of that session.
const MAX_SECTIONS: usize = 300;

/// An offer that cannot be answered. The client made a mistake: it has to send another offer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OfferError {
    /// The offer exceeds the limit on its length.
    #[error("the offer is longer than {MAX_OFFER_BYTES} bytes")]
    TooLong,
    /// The offer has more sections than are answered.
    #[error("the offer has more than {MAX_SECTIONS} sections")]
    TooManySections,
    /// A line holds a character that no line may hold, and that the answer must not repeat (RFC 8866 section 9).
    #[error("the offer holds a control character")]
    ControlCharacter,
    /// The text is no session description.
    #[error("the offer is no session description: {0}")]
    Malformed(String),
    /// A section has no usable identification tag (RFC 9143 section 4), or shares its tag.
    #[error("section {section} has no identification tag of its own")]
    BadMid {
        /// The section, counted from zero.
        section: usize,
    },
    /// No section and no session line carries what securing the path needs.
    #[error("the offer lacks a valid {0}")]
    MissingTransport(&'static str),
    /// The client insists on a DTLS role that the server cannot complement.
    #[error("the offer asks the server to start the DTLS handshake")]
    UnsupportedSetup,
}

/// What a section carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MediaKind {
    /// Sound.
    Audio,
    /// Pictures.
    Video,
    /// Something else, which is refused under the name and formats it was offered with.
    Other,
}

/// Which way media flows, seen from the side that wrote it (RFC 8866 section 6.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Both ways.
    SendRecv,
    /// Only from the writer.
    SendOnly,
    /// Only to the writer.
    RecvOnly,
    /// Neither way.
    Inactive,
}

impl Direction {
    /// Whether the writer wants to send.
    #[must_use]
    pub const fn sends(self) -> bool {
        matches!(self, Self::SendRecv | Self::SendOnly)
    }

    /// Whether the writer is ready to receive.
    #[must_use]
    pub const fn receives(self) -> bool {
        matches!(self, Self::SendRecv | Self::RecvOnly)
    }

    /// The attribute that says so.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SendRecv => "sendrecv",
            Self::SendOnly => "sendonly",
            Self::RecvOnly => "recvonly",
            Self::Inactive => "inactive",
        }
    }
}

/// How to reach and authenticate the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteTransport {
    /// The client's half of the connectivity checks' secret.
    pub ice: IceCredentials,
    /// The digest of the certificate the client will present.
    pub fingerprint: Fingerprint,
}

/// One media section.
#[derive(Clone, Debug)]
pub struct OfferSection {
    /// What it carries.
    pub kind: MediaKind,
    /// Its name in the `m=` line.
    pub media: String,
    /// Its transport protocol in the `m=` line.
    pub protocol: String,
    /// The payload types of its `m=` line, as text.
    pub payload_types: Vec<String>,
    /// Its tag.
    pub mid: Mid,
    /// Which way the client wants media to flow; a stopped section is inactive.
    pub direction: Direction,
    /// Whether the section takes part in the session.
    pub state: SectionState,
    /// The understood formats, in the client's order of preference.
    pub formats: Vec<OfferedFormat>,
    /// The understood header extensions.
    pub extensions: ExtensionMap,
    /// The simulcast layers the client sends here; empty for a single picture.
    pub layers: Vec<Rid>,
}

/// Whether a section takes part in the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SectionState {
    /// It is bundled, with or without media flowing.
    Live,
    /// It is live too, but has no port of its own (RFC 9143 section 6). Firefox offers all but the first so.
    BundleOnly,
    /// It was stopped (port zero): its place stays and may be recycled under another tag.
    Stopped,
}

/// A whole offer.
#[derive(Clone, Debug)]
pub struct Offer {
    /// How to reach and authenticate the client.
    pub transport: RemoteTransport,
    /// The sections, in order.
    pub sections: Vec<OfferSection>,
}

impl Offer {
    /// Reads an offer.
    ///
    /// # Errors
    /// When the text is no offer that a session can be made of; the session goes on as it was.
    pub fn parse(text: &str) -> Result<Self, OfferError> {
        if text.len() > MAX_OFFER_BYTES {
            return Err(OfferError::TooLong);
        }
        if text.lines().any(|line| line.contains(char::is_control)) {
            return Err(OfferError::ControlCharacter);
        }
        let description = SessionDescription::unmarshal(&mut Cursor::new(text.as_bytes()))
            .map_err(|error| OfferError::Malformed(error.to_string()))?;
        if description.media_descriptions.len() > MAX_SECTIONS {
            return Err(OfferError::TooManySections);
        }
        let transport = remote_transport(&description)?;
        let mut sections: Vec<OfferSection> = Vec::new();
        for (index, media) in description.media_descriptions.iter().enumerate() {
            let section = section(media).ok_or(OfferError::BadMid { section: index })?;
            if sections.iter().any(|other| other.mid == section.mid) {
                return Err(OfferError::BadMid { section: index });
            }
            sections.push(section);
        }
        Ok(Self { transport, sections })
    }
}

fn remote_transport(description: &SessionDescription) -> Result<RemoteTransport, OfferError> {
    let find = |key: &str| {
        let of_session = description.attributes.iter();
        let of_sections = description.media_descriptions.iter().flat_map(|media| &media.attributes);
        of_session
            .chain(of_sections)
            .find(|attribute| attribute.key == key)
            .and_then(|attribute| attribute.value.as_deref())
    };
    let require = |key: &'static str| find(key).ok_or(OfferError::MissingTransport(key));
    let ice = IceCredentials {
        ufrag: require("ice-ufrag")?.to_owned(),
        pwd: require("ice-pwd")?.to_owned(),
    };
    let fingerprint = require("fingerprint")?
        .trim()
        .split_once(' ')
        .filter(|(algorithm, _)| algorithm.eq_ignore_ascii_case("sha-256"))
        .and_then(|(_, digest)| digest.trim().parse().ok())
        .ok_or(OfferError::MissingTransport("fingerprint of the kind sha-256"))?;
    match find("setup") {
        Some("passive") => Err(OfferError::UnsupportedSetup),
        _ => Ok(RemoteTransport { ice, fingerprint }),
    }
}

fn section(media: &MediaDescription) -> Option<OfferSection> {
    let value_of = |key: &str| media.attribute(key).flatten();
    let state = match media.media_name.port.value {
        0 if media.has_attribute("bundle-only") => SectionState::BundleOnly,
        0 => SectionState::Stopped,
        _ => SectionState::Live,
    };
    let payload_types = &media.media_name.formats;
    let numbers: Vec<u8> = payload_types.iter().filter_map(|text| text.parse().ok()).collect();
    Some(OfferSection {
        kind: kind(&media.media_name.media),
        media: media.media_name.media.clone(),
        protocol: media.media_name.protos.join("/"),
        payload_types: payload_types.clone(),
        mid: value_of("mid")?.parse().ok()?,
        direction: direction(media, state),
        state,
        formats: format_attributes(media).understood(&numbers),
        extensions: extensions(media),
        layers: value_of("simulcast").map(sent_layers).unwrap_or_default(),
    })
}

fn kind(media: &str) -> MediaKind {
    match media {
        "audio" => MediaKind::Audio,
        "video" => MediaKind::Video,
        _ => MediaKind::Other,
    }
}

fn direction(media: &MediaDescription, state: SectionState) -> Direction {
    let all = [Direction::SendRecv, Direction::SendOnly, Direction::RecvOnly, Direction::Inactive];
    match state {
        SectionState::Stopped => Direction::Inactive,
        // Without an attribute a section is sendrecv (RFC 8866 section 6.7).
        SectionState::Live | SectionState::BundleOnly => all
            .into_iter()
            .find(|direction| media.has_attribute(direction.as_str()))
            .unwrap_or(Direction::SendRecv),
    }
}

/// The values of every attribute of that name.
fn values<'a>(media: &'a MediaDescription, key: &'a str) -> impl Iterator<Item = &'a str> {
    media
        .attributes
        .iter()
        .filter(move |attribute| attribute.key == key)
        .filter_map(|attribute| attribute.value.as_deref())
}

fn format_attributes(media: &MediaDescription) -> FormatAttributes<'_> {
    let by_number = |key| -> BTreeMap<u8, &str> {
        values(media, key)
            .filter_map(|value| value.split_once(' '))
            .filter_map(|(number, rest)| Some((number.parse().ok()?, rest.trim())))
            .collect()
    };
    FormatAttributes { encodings: by_number("rtpmap"), parameters: by_number("fmtp") }
}

fn extensions(media: &MediaDescription) -> ExtensionMap {
    let mut map = ExtensionMap::default();
    for value in values(media, "extmap") {
        let mut words = value.split_whitespace();
        // The number may carry a direction: `3/sendonly` (RFC 8285 section 5).
        let id = words.next().and_then(|word| word.split('/').next());
        let id = id.and_then(|id| id.parse().ok()).and_then(ExtensionId::new);
        let kind = words.next().and_then(ExtensionKind::from_uri);
        if let (Some(id), Some(kind)) = (id, kind) {
            map.insert(id, kind);
        }
    }
    map
}

#[cfg(test)]
mod tests;
