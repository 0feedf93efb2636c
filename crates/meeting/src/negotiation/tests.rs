//! Answers to the offers that a real browser client makes while its user joins, watches two cameras, shows its own,
//! loses one of the others, and stops its own.

use carillon_transport::{Certificate, IceCredentials};
use proptest::prelude::*;
use rand::{SeedableRng as _, rngs::StdRng};

use super::*;

const OFFERS: [&str; 5] = [
    include_str!("../../fixtures/offer-basic-0-1.sdp"),
    include_str!("../../fixtures/offer-basic-0-2.sdp"),
    include_str!("../../fixtures/offer-basic-0-3.sdp"),
    include_str!("../../fixtures/offer-basic-0-4.sdp"),
    include_str!("../../fixtures/offer-basic-0-5.sdp"),
];

/// What the client asks for with each of its offers: none, two cameras, the same, only the first, the same.
const WANTED: [[u32; 3]; 5] = [[0, 0, 0], [0, 12, 14], [0, 12, 14], [0, 12, 0], [0, 12, 0]];

struct Server {
    rng: StdRng,
    negotiation: Negotiation,
    transport: LocalTransport,
}

impl Server {
    fn new() -> Self {
        let mut rng = StdRng::seed_from_u64(1);
        let ice = IceCredentials::generate(&mut rng);
        let fingerprint = Certificate::generate().unwrap().fingerprint();
        let candidates = vec!["127.0.0.1:3478".parse().unwrap()];
        let transport = LocalTransport { ice, fingerprint, candidates };
        Self { negotiation: Negotiation::new(&mut rng), transport, rng }
    }

    fn answer(&mut self, index: usize) -> (String, Agreement) {
        self.answer_under(index, Permission::Granted)
    }

    fn answer_under(&mut self, index: usize, permission: Permission) -> (String, Agreement) {
        let wanted: Vec<_> = WANTED[index].into_iter().map(StreamId::new).collect();
        let terms = Terms { client_hears: permission, sees_client: permission, wanted: &wanted };
        let offer = Offer::parse(OFFERS[index]).unwrap();
        self.negotiation.answer(&mut self.rng, &self.transport, &offer, &terms)
    }
}

/// The lines of one section of a description; the session's own for none.
fn section(sdp: &str, index: Option<usize>) -> Vec<&str> {
    let start = index.map_or(0, |index| index + 1);
    let mut sections: Vec<Vec<&str>> = vec![Vec::new()];
    for line in sdp.split_terminator("\r\n") {
        if line.starts_with("m=") {
            sections.push(Vec::new());
        }
        sections.last_mut().unwrap().push(line);
    }
    sections.swap_remove(start)
}

fn has(lines: &[&str], line: &str) -> bool {
    lines.contains(&line)
}

#[test]
fn every_section_is_answered_in_order_with_its_mid_and_a_direction() {
    let mut server = Server::new();
    for (index, offer) in OFFERS.iter().enumerate() {
        let (answer, _) = server.answer(index);
        let mids = |sdp: &str| -> Vec<String> {
            sdp.lines().filter(|line| line.starts_with("a=mid:")).map(str::to_owned).collect()
        };
        assert_eq!(mids(&answer), mids(offer));
        let directions = answer
            .lines()
            .filter(|line| ["a=sendrecv", "a=sendonly", "a=recvonly", "a=inactive"].contains(line))
            .count();
        assert_eq!(directions, mids(offer).len());
    }
}

#[test]
fn lines_end_the_way_clients_split_them() {
    let (answer, _) = Server::new().answer(1);
    assert!(answer.ends_with("\r\n"));
    assert_eq!(answer.matches('\n').count(), answer.matches("\r\n").count());
}

#[test]
fn candidates_are_complete_host_candidates_in_the_first_section_only() {
    let (answer, _) = Server::new().answer(1);
    let candidates: Vec<_> = answer.lines().filter(|l| l.starts_with("a=candidate:")).collect();
    assert_eq!(candidates.len(), 1);
    assert!(candidates[0].contains(" 1 udp ") && candidates[0].contains("127.0.0.1 3478 typ host"));
    assert!(section(&answer, Some(0)).iter().any(|line| line.starts_with("a=candidate:")));
    assert!(has(&section(&answer, None), "a=ice-lite"));
}

#[test]
fn the_mix_has_a_stream_and_an_ssrc_of_its_own() {
    let (answer, agreement) = Server::new().answer(0);
    let audio = section(&answer, Some(0));
    let ssrc = agreement.audio.unwrap().ssrc;
    assert!(has(&audio, "a=sendrecv"));
    assert!(audio.iter().any(|line| line.starts_with("a=msid:a_0 ")));
    assert!(has(&audio, &format!("a=ssrc:{ssrc} cname:carillon")));
    assert!(audio[0].ends_with(" 63 111"), "{}", audio[0]);
    assert!(!answer.contains("rcvr-rtt"));
}

#[test]
fn an_inactive_camera_section_lists_codecs_and_extensions() {
    let (answer, _) = Server::new().answer(0);
    let camera = section(&answer, Some(1));
    assert!(has(&camera, "a=inactive"));
    assert!(has(&camera, "a=rtpmap:96 VP8/90000"));
    assert!(has(&camera, "a=fmtp:97 apt=96"));
    assert!(camera.iter().any(|line| line.starts_with("a=extmap:3 ")));
    assert!(!camera.iter().any(|line| line.starts_with("a=msid")));
}

#[test]
fn a_running_camera_is_answered_sendrecv_without_a_stream() {
    let mut server = Server::new();
    let (answer, agreement) = server.answer(2);
    let camera = section(&answer, Some(1));
    assert!(has(&camera, "a=sendrecv"));
    assert!(!camera.iter().any(|line| line.starts_with("a=msid") || line.starts_with("a=ssrc")));
    // The client's order of preference is kept: VP9 first.
    let first = camera[0].split(' ').nth(3).unwrap();
    assert_eq!(first, "98");
    let vp8 = PayloadType::new(96).unwrap();
    assert_eq!(agreement.payloads.get(&vp8), Some(&Payload::Video(VideoFormat::Vp8)));
}

#[test]
fn a_received_video_is_labelled_by_its_section_and_has_ssrcs() {
    let (answer, agreement) = Server::new().answer(1);
    let first = section(&answer, Some(2));
    assert!(has(&first, "a=sendonly"));
    assert!(first.iter().any(|line| line.starts_with("a=msid:v_2 ")));
    let view = &agreement.views[0];
    assert_eq!((view.mid.as_str(), view.stream.get()), ("2", 12));
    assert!(first.iter().any(|line| line.starts_with(&format!("a=ssrc-group:FID {} ", view.ssrc))));
    assert_eq!(agreement.views.len(), 2);
    assert_ne!(agreement.views[0].ssrc, agreement.views[1].ssrc);
}

#[test]
fn track_ids_are_unique_within_the_session() {
    let (answer, _) = Server::new().answer(1);
    let mut tracks: Vec<_> =
        answer.lines().filter(|line| line.starts_with("a=msid:")).map(str::to_owned).collect();
    let count = tracks.len();
    tracks.dedup();
    assert_eq!((count, tracks.len()), (3, 3));
}

#[test]
fn a_section_keeps_its_ssrc_over_renegotiations() {
    let mut server = Server::new();
    let before = server.answer(1).1.views;
    let after = server.answer(2).1.views;
    assert_eq!(
        before.iter().map(|v| v.ssrc).collect::<Vec<_>>(),
        after.iter().map(|v| v.ssrc).collect::<Vec<_>>()
    );
}

#[test]
fn a_stopped_section_keeps_its_place_and_leaves_the_bundle() {
    let (answer, agreement) = Server::new().answer(3);
    let stopped = section(&answer, Some(3));
    assert!(stopped[0].starts_with("m=video 0 "));
    assert!(has(&stopped, "a=inactive"));
    assert!(has(&section(&answer, None), "a=group:BUNDLE 0 1 2"));
    assert_eq!(agreement.views.len(), 1);
}

#[test]
fn versions_grow_and_the_session_id_stays() {
    let mut server = Server::new();
    let origin = |sdp: &str| -> Vec<String> {
        sdp.lines().nth(1).unwrap().split(' ').map(str::to_owned).collect()
    };
    let (first, second) = (origin(&server.answer(0).0), origin(&server.answer(1).0));
    assert_eq!(first[1], second[1]);
    assert_eq!((first[2].as_str(), second[2].as_str()), ("1", "2"));
}

#[test]
fn who_may_do_nothing_is_sent_nothing_and_only_its_sound_is_taken() {
    let (answer, agreement) = Server::new().answer_under(2, Permission::Denied);
    assert!(has(&section(&answer, Some(0)), "a=recvonly"));
    assert!(has(&section(&answer, Some(1)), "a=inactive"));
    let mut payloads = agreement.payloads.values();
    assert!(payloads.all(|payload| matches!(payload, Payload::Audio(_))));
    assert!(agreement.audio.is_none());
}

#[test]
fn simulcast_layers_are_confirmed_by_name() {
    let offer = Offer::parse(include_str!("../../fixtures/offer-rid-0-3.sdp")).unwrap();
    let mut server = Server::new();
    let terms =
        Terms { client_hears: Permission::Granted, sees_client: Permission::Granted, wanted: &[] };
    let (answer, agreement) =
        server.negotiation.answer(&mut server.rng, &server.transport, &offer, &terms);
    let camera = section(&answer, Some(1));
    assert!(has(&camera, "a=rid:mid recv"));
    assert!(has(&camera, "a=simulcast:recv low;mid;hi"));
    assert_eq!(agreement.layers.len(), 3);
}

/// Firefox with its camera on, before and after it watches somebody.
#[test]
fn firefox_receives_in_its_camera_section_only_beside_another_video() {
    let offer = Offer::parse(include_str!("../../fixtures/offer-firefox.sdp")).unwrap();
    let mut server = Server::new();
    let mut answer = |wanted: &[Option<StreamId>]| {
        let terms =
            Terms { client_hears: Permission::Granted, sees_client: Permission::Granted, wanted };
        server.negotiation.answer(&mut server.rng, &server.transport, &offer, &terms)
    };
    let (alone, agreement) = answer(&[]);
    assert!(has(&section(&alone, None), "a=group:BUNDLE 0 1 2"));
    assert!(has(&section(&alone, Some(1)), "a=recvonly"));
    assert!(agreement.payloads.contains_key(&PayloadType::new(121).unwrap()));
    let (watching, agreement) = answer(&[None, StreamId::new(12)]);
    assert!(has(&section(&watching, Some(1)), "a=sendrecv"));
    assert!(has(&section(&watching, Some(2)), "a=sendonly"));
    assert_eq!(agreement.views.len(), 1);
}

proptest! {
    /// Whatever is understood of an offer, the answer has its sections, and only whole lines.
    #[test]
    fn any_offer_that_is_read_gets_an_answer_of_its_form(
        index in 0_usize..5,
        cut in any::<prop::sample::Index>(),
        length in 0_usize..300,
        replacement in "[ -~]{0,20}",
        wanted in prop::collection::vec(prop::option::of(1_u32..20), 0..6),
    ) {
        let offered = OFFERS[index];
        let start = cut.index(offered.len());
        let end = offered.len().min(start.saturating_add(length));
        let damaged = format!("{}{replacement}{}", &offered[..start], &offered[end..]);
        let Ok(offer) = Offer::parse(&damaged) else { return Ok(()) };
        let wanted: Vec<_> = wanted.into_iter().map(|id| id.and_then(StreamId::new)).collect();
        let terms = Terms {
            client_hears: Permission::Granted,
            sees_client: Permission::Granted,
            wanted: &wanted,
        };
        let Server { mut rng, mut negotiation, transport } = Server::new();
        let (answer, agreement) = negotiation.answer(&mut rng, &transport, &offer, &terms);
        let sections = answer.lines().filter(|line| line.starts_with("m=")).count();
        prop_assert_eq!(sections, offer.sections.len());
        for line in answer.split_terminator("\r\n") {
            prop_assert!(line.as_bytes().get(1) == Some(&b'='), "{:?}", line);
            prop_assert!(!line.contains(char::is_control), "{:?}", line);
        }
        let mut ssrcs: Vec<_> = negotiation.kept_streams().collect();
        ssrcs.sort_unstable();
        ssrcs.dedup();
        prop_assert_eq!(ssrcs.len(), negotiation.kept_streams().count());
        prop_assert!(agreement.views.len() <= wanted.iter().flatten().count());
    }
}
