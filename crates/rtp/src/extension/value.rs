//! What the values of header extensions say.

use carillon_frame::{AudioLevel, SeqNo};

use super::{ExtensionKind, ExtensionMap};
use crate::RtpPacket;

/// Whether the sender takes a packet for speech (RFC 6464 section 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum VoiceActivity {
    /// The packet holds speech.
    Speech,
    /// The packet holds no speech, or the sender does not look.
    None,
}

/// How loud a packet is, and whether it is speech: the whole value of ssrc-audio-level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AudioActivity {
    /// How loud the packet is.
    pub level: AudioLevel,
    /// Whether the sender takes it for speech.
    pub voice: VoiceActivity,
}

impl AudioActivity {
    const SPEECH_BIT: u8 = 0x80;

    /// Reads the value's one octet.
    #[must_use]
    pub const fn from_octet(octet: u8) -> Self {
        let level = AudioLevel::from_attenuation_db(octet & !Self::SPEECH_BIT);
        let speech = octet & Self::SPEECH_BIT != 0;
        Self { level, voice: if speech { VoiceActivity::Speech } else { VoiceActivity::None } }
    }

    /// The value's one octet.
    #[must_use]
    pub const fn to_octet(self) -> u8 {
        let speech = match self.voice {
            VoiceActivity::Speech => Self::SPEECH_BIT,
            VoiceActivity::None => 0,
        };
        speech | self.level.attenuation_db()
    }
}

/// How to turn a picture upright: the whole octet of video-orientation (3GPP TS 26.114 section 7.4.5).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct VideoOrientation(pub u8);

impl VideoOrientation {
    /// How many quarter turns clockwise make the picture upright: 0 to 3.
    #[must_use]
    pub const fn quarter_turns(self) -> u8 {
        self.0 & 0x03
    }
}

/// When a packet left its sender: 24 bits of seconds in 6.18 fixed point, wrapping every 64 s.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AbsSendTime(pub u32);

impl ExtensionMap {
    /// The octets of `kind` in `packet`, if it was negotiated and is there.
    #[must_use]
    pub fn value<'a>(&self, packet: &RtpPacket<'a>, kind: ExtensionKind) -> Option<&'a [u8]> {
        packet.extension(self.id(kind)?)
    }

    /// How loud `packet` is, and whether it is speech.
    #[must_use]
    pub fn audio_activity(&self, packet: &RtpPacket<'_>) -> Option<AudioActivity> {
        let octet = self.value(packet, ExtensionKind::AudioLevel)?.first()?;
        Some(AudioActivity::from_octet(*octet))
    }

    /// The number of `packet` among all packets of its transport.
    #[must_use]
    pub fn transport_sequence(&self, packet: &RtpPacket<'_>) -> Option<SeqNo> {
        let octets = self.value(packet, ExtensionKind::TransportSequence)?.first_chunk()?;
        Some(SeqNo(u16::from_be_bytes(*octets)))
    }

    /// When `packet` left its sender.
    #[must_use]
    pub fn abs_send_time(&self, packet: &RtpPacket<'_>) -> Option<AbsSendTime> {
        let [high, middle, low] = *self.value(packet, ExtensionKind::AbsSendTime)?.first_chunk()?;
        Some(AbsSendTime(u32::from_be_bytes([0, high, middle, low])))
    }

    /// How to turn the picture in `packet` upright.
    #[must_use]
    pub fn orientation(&self, packet: &RtpPacket<'_>) -> Option<VideoOrientation> {
        let octet = self.value(packet, ExtensionKind::VideoOrientation)?.first()?;
        Some(VideoOrientation(*octet))
    }

    /// Which SDP section `packet` belongs to.
    #[must_use]
    pub fn mid<'a>(&self, packet: &RtpPacket<'a>) -> Option<&'a str> {
        self.text(packet, ExtensionKind::Mid)
    }

    /// Which simulcast layer `packet` belongs to.
    #[must_use]
    pub fn rid<'a>(&self, packet: &RtpPacket<'a>) -> Option<&'a str> {
        self.text(packet, ExtensionKind::RtpStreamId)
    }

    /// Which simulcast layer `packet` repairs.
    #[must_use]
    pub fn repaired_rid<'a>(&self, packet: &RtpPacket<'a>) -> Option<&'a str> {
        self.text(packet, ExtensionKind::RepairedRtpStreamId)
    }

    fn text<'a>(&self, packet: &RtpPacket<'a>, kind: ExtensionKind) -> Option<&'a str> {
        std::str::from_utf8(self.value(packet, kind)?).ok().filter(|text| !text.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use carillon_frame::{MediaTime, Ssrc};
    use proptest::prelude::*;

    use super::*;
    use crate::{ExtensionElement, ExtensionId, PayloadType, RtpHeader};

    fn packet_with(kind_value: &[(ExtensionKind, &[u8])]) -> (ExtensionMap, Vec<u8>) {
        let ids = (1..).map(|number| ExtensionId::new(number).unwrap());
        let map = ids.clone().zip(kind_value).map(|(id, (kind, _))| (id, *kind)).collect();
        let elements: Vec<_> =
            ids.zip(kind_value).map(|(id, (_, value))| ExtensionElement { id, value }).collect();
        let header = RtpHeader {
            payload_type: PayloadType::new(111).unwrap(),
            seq: SeqNo(1),
            timestamp: MediaTime(2),
            ssrc: Ssrc(3),
            marker: false,
        };
        let mut bytes = Vec::new();
        header.write(&elements, &mut bytes);
        (map, bytes)
    }

    #[test]
    fn negotiated_values_are_read_by_meaning() {
        let (map, bytes) = packet_with(&[
            (ExtensionKind::AudioLevel, &[0x80 | 30]),
            (ExtensionKind::TransportSequence, &[0x12, 0x34]),
            (ExtensionKind::AbsSendTime, &[1, 2, 3]),
            (ExtensionKind::Mid, b"0"),
            (ExtensionKind::RtpStreamId, b"hi"),
            (ExtensionKind::RepairedRtpStreamId, b"low"),
            (ExtensionKind::VideoOrientation, &[0b1001]),
        ]);
        let packet = RtpPacket::parse(&bytes).unwrap();
        let activity = map.audio_activity(&packet).unwrap();
        assert_eq!(activity.level.attenuation_db(), 30);
        assert_eq!(activity.voice, VoiceActivity::Speech);
        assert_eq!(map.transport_sequence(&packet), Some(SeqNo(0x1234)));
        assert_eq!(map.abs_send_time(&packet), Some(AbsSendTime(0x01_02_03)));
        assert_eq!(map.mid(&packet), Some("0"));
        assert_eq!(map.rid(&packet), Some("hi"));
        assert_eq!(map.repaired_rid(&packet), Some("low"));
        assert_eq!(map.orientation(&packet).unwrap().quarter_turns(), 1);
    }

    #[test]
    fn what_was_not_negotiated_is_not_read() {
        let (_, bytes) = packet_with(&[(ExtensionKind::Mid, b"0")]);
        let packet = RtpPacket::parse(&bytes).unwrap();
        assert_eq!(ExtensionMap::default().mid(&packet), None);
    }

    #[test]
    fn values_cut_short_are_not_read() {
        let (map, bytes) = packet_with(&[
            (ExtensionKind::TransportSequence, &[0x12]),
            (ExtensionKind::AbsSendTime, &[1, 2]),
            (ExtensionKind::Mid, &[0xff]),
        ]);
        let packet = RtpPacket::parse(&bytes).unwrap();
        assert_eq!(map.transport_sequence(&packet), None);
        assert_eq!(map.abs_send_time(&packet), None);
        assert_eq!(map.mid(&packet), None);
    }

    proptest! {
        #[test]
        fn audio_activity_keeps_every_octet(octet in any::<u8>()) {
            prop_assert_eq!(AudioActivity::from_octet(octet).to_octet(), octet);
        }
    }
}
