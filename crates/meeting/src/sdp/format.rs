//! Which of a section's formats are understood, and under which payload types.

use std::collections::BTreeMap;

use carillon_rtp::{
    AudioFormat, H264Profile, PacketizationMode, PayloadType, VideoFormat, Vp9Profile,
};

/// A format of sound or of pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// Sound.
    Audio(AudioFormat),
    /// Pictures.
    Video(VideoFormat),
}

/// One format as a client offered it: its payload type and parameters are mirrored in the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferedFormat {
    /// The client's number for the format, good for the whole bundle.
    pub payload_type: PayloadType,
    /// What the number stands for.
    pub format: Format,
    /// The format's parameters, as offered and without experimental ones.
    pub parameters: String,
    /// The number of this format's retransmissions (RFC 4588).
    pub retransmission: Option<PayloadType>,
}

/// The attributes of one section that describe its formats.
#[derive(Debug, Default)]
pub(super) struct FormatAttributes<'a> {
    /// `a=rtpmap` values by payload type.
    pub(super) encodings: BTreeMap<u8, &'a str>,
    /// `a=fmtp` values by payload type.
    pub(super) parameters: BTreeMap<u8, &'a str>,
}

impl FormatAttributes<'_> {
    /// The understood formats among `payload_types`, in that order.
    pub(super) fn understood(&self, payload_types: &[u8]) -> Vec<OfferedFormat> {
        payload_types.iter().filter_map(|&number| self.format(number, payload_types)).collect()
    }

    fn format(&self, number: u8, payload_types: &[u8]) -> Option<OfferedFormat> {
        let parameters = self.parameters.get(&number).copied().unwrap_or_default();
        let format = understand(self.encodings.get(&number)?, parameters)?;
        Some(OfferedFormat {
            payload_type: PayloadType::new(number)?,
            format,
            parameters: mirrored(parameters),
            retransmission: self.retransmission_of(number, payload_types),
        })
    }

    /// The payload type whose `apt` parameter names `number` (RFC 4588 section 8.6).
    fn retransmission_of(&self, number: u8, payload_types: &[u8]) -> Option<PayloadType> {
        let carries = |candidate: &u8| {
            let is_rtx = self
                .encodings
                .get(candidate)
                .is_some_and(|encoding| encoding.to_ascii_lowercase().starts_with("rtx/"));
            let apt = self.parameters.get(candidate).and_then(|text| parameter(text, "apt"));
            is_rtx && apt.and_then(|text| text.parse().ok()) == Some(number)
        };
        payload_types.iter().copied().find(carries).and_then(PayloadType::new)
    }
}

/// The format an `a=rtpmap` encoding and its parameters stand for, if this version forwards it.
fn understand(encoding: &str, parameters: &str) -> Option<Format> {
    match encoding.to_ascii_lowercase().as_str() {
        "opus/48000/2" => Some(Format::Audio(AudioFormat::Opus)),
        "red/48000/2" => Some(Format::Audio(AudioFormat::Red)),
        "vp8/90000" => Some(Format::Video(VideoFormat::Vp8)),
        "h264/90000" => h264(parameters).map(Format::Video),
        "vp9/90000" => vp9(parameters).map(Format::Video),
        "av1/90000" => av1(parameters).map(Format::Video),
        _ => None,
    }
}

/// H.264 by its parameters (RFC 6184 section 8.1).
fn h264(parameters: &str) -> Option<VideoFormat> {
    let profile_level_id = parameter(parameters, "profile-level-id").unwrap_or("42000a");
    let octets = u32::from_str_radix(profile_level_id, 16).ok()?.to_be_bytes();
    let [0, profile_level_id @ ..] = octets else { return None };
    let packetization = match parameter(parameters, "packetization-mode") {
        None | Some("0") => PacketizationMode::SingleNal,
        Some("1") => PacketizationMode::NonInterleaved,
        Some(_) => return None,
    };
    let profile = H264Profile::from_profile_level_id(profile_level_id);
    Some(VideoFormat::H264 { profile, packetization })
}

/// VP9 by its parameters (RFC 9628 section 6).
fn vp9(parameters: &str) -> Option<VideoFormat> {
    let profile = parameter(parameters, "profile-id").unwrap_or("0").parse().ok()?;
    Some(VideoFormat::Vp9 { profile: Vp9Profile(profile) })
}

/// AV1 by its parameters: the main profile only, which is what a missing parameter means.
fn av1(parameters: &str) -> Option<VideoFormat> {
    matches!(parameter(parameters, "profile"), None | Some("0")).then_some(VideoFormat::Av1)
}

/// The value of one `name=value` pair of an `a=fmtp` line.
fn parameter<'a>(parameters: &'a str, name: &str) -> Option<&'a str> {
    parameters.split(';').find_map(|pair| {
        let (key, value) = pair.trim().split_once('=')?;
        key.eq_ignore_ascii_case(name).then_some(value)
    })
}

/// The parameters to repeat in an answer: `x-` ones only speak about the side that wrote them.
fn mirrored(parameters: &str) -> String {
    let kept: Vec<&str> = parameters
        .split(';')
        .map(str::trim)
        .filter(|pair| !pair.is_empty() && !pair.starts_with("x-"))
        .collect();
    kept.join(";")
}
