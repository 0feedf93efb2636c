use carillon_rtp::{
    AudioFormat, ExtensionKind, H264Profile, PacketizationMode, PayloadType, VideoFormat,
    Vp9Profile,
};
use proptest::prelude::*;

use super::{super::Format, *};

/// A browser that listens, watches two cameras and shows its own.
const FULL: &str = include_str!("../../../fixtures/offer-basic-0-3.sdp");
/// The same browser before it watches anything.
const FIRST: &str = include_str!("../../../fixtures/offer-basic-0-1.sdp");
/// The same browser after one of the others turned its camera off.
const STOPPED: &str = include_str!("../../../fixtures/offer-basic-0-4.sdp");
/// Firefox with its camera on, watching one other.
const FIREFOX: &str = include_str!("../../../fixtures/offer-firefox.sdp");

#[test]
fn what_a_browser_offers_is_read_in_its_order_of_preference() {
    let offer = Offer::parse(FULL).unwrap();
    assert_eq!(offer.transport.ice.ufrag, "BcFL");
    assert_eq!(offer.transport.ice.pwd, "LRJtQKgQkGmyzP4MZvGaWwsX");
    assert!(offer.transport.fingerprint.to_string().starts_with("38:92:D5:9C"));
    let sections: Vec<_> = offer
        .sections
        .iter()
        .map(|section| (section.mid.as_str(), section.kind.clone(), section.direction))
        .collect();
    assert_eq!(
        sections,
        [
            ("0", MediaKind::Audio, Direction::SendRecv),
            ("1", MediaKind::Video, Direction::SendRecv),
            ("2", MediaKind::Video, Direction::RecvOnly),
            ("3", MediaKind::Video, Direction::RecvOnly),
        ]
    );
    let audio = &offer.sections[0];
    assert_eq!(audio.formats.len(), 2);
    assert_eq!(audio.formats[0].format, Format::Audio(AudioFormat::Red));
    assert_eq!(audio.formats[1].format, Format::Audio(AudioFormat::Opus));
    assert_eq!(audio.formats[1].parameters, "minptime=10;useinbandfec=1");
    let id = |number| ExtensionId::new(number).unwrap();
    assert_eq!(audio.extensions.kind(id(1)), Some(ExtensionKind::AudioLevel));
    assert_eq!(audio.extensions.kind(id(3)), Some(ExtensionKind::TransportSequence));
    let baseline = VideoFormat::H264 {
        profile: H264Profile::ConstrainedBaseline,
        packetization: PacketizationMode::NonInterleaved,
    };
    let camera = &offer.sections[1].formats[..3];
    let formats: Vec<_> = camera.iter().map(|offered| offered.format).collect();
    let vp9 = VideoFormat::Vp9 { profile: Vp9Profile(0) };
    assert_eq!(formats, [vp9, baseline, VideoFormat::Vp8].map(Format::Video));
    assert!(camera.iter().all(|offered| !offered.parameters.contains("x-google")));
    let retransmissions: Vec<_> =
        camera.iter().flat_map(|offered| offered.retransmission).map(PayloadType::number).collect();
    assert_eq!(retransmissions, [99, 109, 97]);
}

#[test]
fn a_stopped_section_is_inactive_whatever_its_direction_says() {
    let offer = Offer::parse(STOPPED).unwrap();
    let stopped: Vec<_> =
        offer.sections.iter().filter(|s| s.state == SectionState::Stopped).collect();
    assert_eq!(stopped.len(), 1);
    assert_eq!(stopped[0].direction, Direction::Inactive);
    let refused = FULL.replace("m=video 9", "m=video 0");
    let offer = Offer::parse(&refused).unwrap();
    assert!(offer.sections[1..].iter().all(|section| section.direction == Direction::Inactive));
}

#[test]
fn a_section_offered_only_inside_the_bundle_is_not_stopped_although_its_port_is_zero() {
    let offer = Offer::parse(FIREFOX).unwrap();
    assert_eq!(FIREFOX.matches("m=video 0 ").count(), 2);
    let sections: Vec<_> =
        offer.sections.iter().map(|section| (section.state, section.direction)).collect();
    assert_eq!(
        sections,
        [
            (SectionState::Live, Direction::SendRecv),
            (SectionState::BundleOnly, Direction::SendRecv),
            (SectionState::BundleOnly, Direction::RecvOnly),
        ]
    );
    let formats: Vec<_> = offer.sections[2].formats.iter().map(|offered| offered.format).collect();
    let vp9 = VideoFormat::Vp9 { profile: Vp9Profile(0) };
    assert_eq!(formats, [VideoFormat::Vp8, vp9, VideoFormat::Av1].map(Format::Video));
    let stopped = Offer::parse(&FIREFOX.replace("a=bundle-only\r\n", "")).unwrap();
    assert!(stopped.sections[1..].iter().all(|section| section.state == SectionState::Stopped));
}

#[test]
fn a_section_without_a_direction_goes_both_ways() {
    let silent = FIRST.replace("a=sendrecv\r\n", "").replace("a=inactive\r\n", "");
    let offer = Offer::parse(&silent).unwrap();
    assert!(offer.sections.iter().all(|section| section.direction == Direction::SendRecv));
}

#[test]
fn limits_are_kept() {
    let section = |n: usize| format!("m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:x{n}\r\n");
    let with = |count: usize| FIRST.to_owned() + &(2..count).map(section).collect::<String>();
    assert_eq!(Offer::parse(&with(MAX_SECTIONS)).unwrap().sections.len(), MAX_SECTIONS);
    assert_eq!(Offer::parse(&with(MAX_SECTIONS + 1)).unwrap_err(), OfferError::TooManySections);
    let padding = "a=x:y\r\n".repeat(MAX_OFFER_BYTES / 7);
    assert_eq!(Offer::parse(&(FIRST.to_owned() + &padding)).unwrap_err(), OfferError::TooLong);
}

#[test]
fn each_mistake_has_its_name() {
    let error = |text: String| Offer::parse(&text).unwrap_err();
    let without = |key: &str| -> String {
        FULL.split_inclusive("\r\n").filter(|line| !line.starts_with(key)).collect()
    };
    assert_eq!(error(without("a=ice-ufrag")), OfferError::MissingTransport("ice-ufrag"));
    assert_eq!(error(without("a=ice-pwd")), OfferError::MissingTransport("ice-pwd"));
    assert_eq!(error(without("a=fingerprint")), OfferError::MissingTransport("fingerprint"));
    assert!(matches!(error(FULL.replace("sha-256", "sha-1")), OfferError::MissingTransport(_)));
    assert_eq!(error(FULL.replace("a=mid:3", "a=mid:2")), OfferError::BadMid { section: 3 });
    assert_eq!(error(FULL.replace("a=mid:3\r\n", "")), OfferError::BadMid { section: 3 });
    assert_eq!(error(FULL.replace("actpass", "passive")), OfferError::UnsupportedSetup);
    assert_eq!(error(FULL.replace("a=mid:3", "a=mid:3\r")), OfferError::ControlCharacter);
    assert!(matches!(error("hello".to_owned()), OfferError::Malformed(_)));
    assert_eq!(Offer::parse(&FULL.replace("actpass", "active")).map(|o| o.sections.len()), Ok(4));
}

proptest! {
    #[test]
    fn any_text_is_an_offer_or_not(text in ".{0,400}") {
        prop_assert!(Offer::parse(&text).is_err());
        crate::properties::offer(&text);
    }

    #[test]
    fn any_lines_behind_a_beginning_are_an_offer_or_not(
        lines in prop::collection::vec("[vosctmabikr]=[ -~]{0,60}", 0..40),
    ) {
        let text = format!("v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n{}\r\n", lines.join("\r\n"));
        if let Ok(offer) = Offer::parse(&text) {
            prop_assert!(offer.sections.len() <= lines.len());
        }
        crate::properties::offer(&text);
    }

    #[test]
    fn a_damaged_offer_is_refused_or_has_sections_that_can_be_told_apart(
        cut in any::<prop::sample::Index>(),
        length in 0_usize..200,
        replacement in ".{0,20}",
    ) {
        let start = cut.index(FULL.len());
        let end = FULL.len().min(start.saturating_add(length));
        let damaged = format!("{}{replacement}{}", &FULL[..start], &FULL[end..]);
        if let Ok(offer) = Offer::parse(&damaged) {
            let mut mids: Vec<_> = offer.sections.iter().map(|section| &section.mid).collect();
            let count = mids.len();
            mids.sort_unstable();
            mids.dedup();
            prop_assert_eq!(mids.len(), count);
            prop_assert!(count <= MAX_SECTIONS);
        }
        crate::properties::offer(&damaged);
    }
}
