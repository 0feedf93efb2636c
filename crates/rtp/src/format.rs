//! The names of the formats that packets carry; how SDP spells them is `carillon-meeting`'s.

/// How the sound in a packet is coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AudioFormat {
    /// Opus (RFC 7587).
    Opus,
    /// Opus with copies of earlier packets (RFC 2198).
    Red,
}

/// How the picture in a packet is coded.
///
/// Two equal values are one format for a decoder: whoever receives one can be sent the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum VideoFormat {
    /// VP8 (RFC 7741).
    Vp8,
    /// H.264 (RFC 6184).
    H264 {
        /// Which tools the stream uses.
        profile: H264Profile,
        /// How its units are cut into packets.
        packetization: PacketizationMode,
    },
    /// VP9 (RFC 9628).
    Vp9 {
        /// Which tools the stream uses.
        profile: Vp9Profile,
    },
    /// AV1.
    Av1,
}

impl VideoFormat {
    /// The encoding name that SDP gives this format.
    #[must_use]
    pub const fn encoding_name(self) -> &'static str {
        match self {
            Self::Vp8 => "VP8",
            Self::H264 { .. } => "H264",
            Self::Vp9 { .. } => "VP9",
            Self::Av1 => "AV1",
        }
    }
}

/// A VP9 profile: 0 to 3.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Vp9Profile(pub u8);

/// How H.264 units are cut into packets (RFC 6184 section 5.4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PacketizationMode {
    /// Mode 0: one unit a packet, which is what a missing parameter means.
    #[default]
    SingleNal,
    /// Mode 1: units may be joined and split.
    NonInterleaved,
}

/// An H.264 profile, whatever pair of octets names it (RFC 6184 section 8.1, table 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum H264Profile {
    /// The tools that Baseline and Main share; what browsers send.
    ConstrainedBaseline,
    /// Baseline with error resilience tools.
    Baseline,
    /// Main.
    Main,
    /// Extended.
    Extended,
    /// High without interlacing and B slices.
    ConstrainedHigh,
    /// High.
    High,
    /// Any other: equal to itself only.
    Other {
        /// The profile number.
        idc: u8,
        /// The constraint flags.
        constraints: u8,
    },
}

impl H264Profile {
    /// The profile that the three octets of a profile-level-id name; the level does not matter.
    ///
    /// What a missing parameter means is `[0x42, 0, 0x0a]`, which is Baseline.
    #[must_use]
    pub const fn from_profile_level_id(octets: [u8; 3]) -> Self {
        let [idc, constraints, _level] = octets;
        let set0 = constraints & 0x80 != 0;
        let set1 = constraints & 0x40 != 0;
        match idc {
            0x42 if set1 => Self::ConstrainedBaseline,
            0x42 => Self::Baseline,
            0x4d if set0 => Self::ConstrainedBaseline,
            0x4d => Self::Main,
            0x58 if set0 && set1 => Self::ConstrainedBaseline,
            0x58 if set0 => Self::Baseline,
            0x58 => Self::Extended,
            0x64 if constraints == 0x0c => Self::ConstrainedHigh,
            0x64 if constraints == 0 => Self::High,
            _ => Self::Other { idc, constraints },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_profile_has_several_spellings() {
        let same = [[0x42, 0xe0, 0x1f], [0x42, 0xc0, 0x29], [0x4d, 0x80, 0x1f], [0x58, 0xc0, 0]];
        for octets in same {
            let profile = H264Profile::from_profile_level_id(octets);
            assert_eq!(profile, H264Profile::ConstrainedBaseline, "{octets:x?}");
        }
    }

    #[test]
    fn profiles_that_a_browser_offers_stay_apart() {
        let offered = [[0x42, 0, 0x1f], [0x42, 0xe0, 0x1f], [0x4d, 0, 0x1f], [0x64, 0, 0x1f]];
        let profiles: std::collections::BTreeSet<_> =
            offered.map(H264Profile::from_profile_level_id).into_iter().collect();
        assert_eq!(profiles.len(), offered.len());
    }

    #[test]
    fn packetization_modes_are_different_formats() {
        let profile = H264Profile::ConstrainedBaseline;
        let single = VideoFormat::H264 { profile, packetization: PacketizationMode::SingleNal };
        let joined =
            VideoFormat::H264 { profile, packetization: PacketizationMode::NonInterleaved };
        assert_ne!(single, joined);
        assert_eq!(single.encoding_name(), joined.encoding_name());
    }
}
