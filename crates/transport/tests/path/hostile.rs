//! Datagrams from strangers, and from peers that mean harm.

use std::net::SocketAddr;
use std::time::Duration;

use carillon_transport::{CloseReason, DtlsError, Event, OpenError, SealError, SessionError};
use proptest::prelude::*;

use crate::rig::{BOTH_PROFILES, Rig, Setup, is_dtls, rtcp, rtp};

fn stranger() -> SocketAddr {
    SocketAddr::from(([203, 0, 113, 66], 666))
}

/// Records that each hold one byte of a certificate.
fn fragments(count: u32, message_seq: u16) -> impl Iterator<Item = Vec<u8>> {
    (0..count).map(move |offset| {
        let mut record = vec![22, 0xfe, 0xfd, 0, 0];
        record.extend(&(u64::from(offset) + 1_000).to_be_bytes()[2..]);
        record.extend([0, 13, 11]);
        record.extend(&count.to_be_bytes()[1..]);
        record.extend(message_seq.to_be_bytes());
        record.extend(&offset.to_be_bytes()[1..]);
        record.extend([0, 0, 1, 0xff]);
        record
    })
}

fn spent(rig: &Rig) -> usize {
    let spent = SessionError::Dtls(DtlsError::AllowanceSpent);
    rig.server_seen.errors.iter().filter(|error| **error == spent).count()
}

#[test]
fn strangers_get_no_answer_and_leave_no_trace() {
    let mut rig = Rig::secured(&Setup::default());
    rig.client_rtp(rtp(7, 1));
    let (sent, events) = (rig.server_sent.len(), rig.server_seen.events.len());
    let hello = rig.client_sent.iter().find(|sent| is_dtls(sent)).cloned();
    let hello = hello.expect("the client sent a hello").payload;
    for _ in 0..10_000 {
        rig.give_server(stranger(), hello.clone());
    }
    for datagram in rig.client_sent.clone() {
        rig.give_server(stranger(), datagram.payload);
    }
    assert_eq!((rig.server_sent.len(), rig.server_seen.events.len()), (sent, events));
    assert!(rig.server_seen.rtp.is_empty());
    rig.run(Duration::from_millis(20));
    assert_eq!(rig.server_seen.rtp.len(), 1, "the peer itself is heard");
}

#[test]
fn rogue_hellos_before_the_handshake_harm_no_join() {
    let donor = Rig::secured(&Setup { seed: 2, ..Setup::default() });
    let hellos: Vec<_> = donor.client_sent.iter().filter(|sent| is_dtls(sent)).collect();
    let mut rig = Rig::new(&Setup::default());
    for _ in 0..10_000 {
        rig.give_server(stranger(), hellos[0].payload.clone());
    }
    assert!(rig.server_sent.is_empty());
    assert!(rig.run_until(Duration::from_secs(1), Rig::is_secured));
}

#[test]
fn checks_of_another_session_are_not_answered() {
    let donor = Rig::secured(&Setup { seed: 2, ..Setup::default() });
    let mut rig = Rig::new(&Setup::default());
    for datagram in donor.client_sent {
        rig.give_server(stranger(), datagram.payload);
    }
    assert!(rig.server_sent.is_empty() && rig.server_seen.events.is_empty());
}

#[test]
fn sixty_thousand_fragments_before_the_handshake_are_cut_short() {
    for fragments_a_datagram in [1, 70] {
        let mut rig = Rig::new(&Setup::default());
        assert!(rig.run_until(Duration::from_secs(1), |rig| rig.server_sent.len() >= 3));
        let records: Vec<_> = fragments(60_000, 2).collect();
        for datagram in records.chunks(fragments_a_datagram) {
            rig.give_server(rig.client_address, datagram.concat());
        }
        assert!(spent(&rig) > 700, "{} refused", spent(&rig));
    }
}

#[test]
fn sixty_thousand_fragments_after_the_handshake_do_no_harm() {
    for fragments_a_datagram in [1, 70] {
        let mut rig = Rig::secured(&Setup::default());
        let records: Vec<_> = fragments(60_000, 6).collect();
        for datagram in records.chunks(fragments_a_datagram) {
            rig.give_server(rig.client_address, datagram.concat());
        }
        assert!(spent(&rig) > 700, "{} refused", spent(&rig));
        rig.client_rtp(rtp(7, 1));
        rig.run(Duration::from_millis(20));
        assert_eq!(rig.server_seen.rtp.len(), 1);
    }
}

#[test]
fn hellos_in_sixty_thousand_parts_are_cut_short() {
    let mut rig = Rig::new(&Setup::default());
    assert!(rig.run_until(Duration::from_secs(1), |rig| !rig.server_seen.events.is_empty()));
    for mut record in fragments(8_000, 0) {
        record[13] = 1;
        rig.give_server(rig.client_address, record);
    }
    assert!(spent(&rig) > 7_000, "{} refused", spent(&rig));
}

#[test]
fn an_oversized_dtls_datagram_is_refused_unread() {
    let mut rig = Rig::new(&Setup::default());
    assert!(rig.run_until(Duration::from_secs(1), |rig| !rig.server_seen.events.is_empty()));
    let datagram: Vec<u8> = fragments(2_000, 2).flatten().collect();
    rig.give_server(rig.client_address, datagram);
    let malformed = SessionError::Dtls(DtlsError::Malformed);
    assert_eq!(rig.server_seen.errors, [malformed]);
}

#[test]
fn repeated_hellos_do_not_multiply_what_a_victim_gets() {
    let mut rig = Rig::new(&Setup::default());
    assert!(rig.run_until(Duration::from_secs(1), |rig| rig.server_sent.len() >= 3));
    let hello = rig.client_sent.iter().rfind(|sent| is_dtls(sent)).expect("a hello").clone();
    for _ in 0..10_000 {
        rig.give_server(hello.source, hello.payload.clone());
    }
    assert!(rig.server_sent.len() < 70, "{} datagrams", rig.server_sent.len());
}

#[test]
fn forged_packets_of_many_streams_claim_no_room() {
    for profile in BOTH_PROFILES {
        let mut rig = Rig::secured(&Setup { profiles: vec![profile], ..Setup::default() });
        for ssrc in 0..10_000 {
            rig.give_server(rig.client_address, rtp(ssrc, 1));
        }
        let unauthentic = SessionError::Open(OpenError::Unauthentic);
        assert!(rig.server_seen.errors.iter().all(|error| *error == unauthentic));
        rig.client_rtp(rtp(77, 1));
        rig.run(Duration::from_millis(20));
        assert_eq!(rig.server_seen.rtp, [rtp(77, 1)]);
    }
}

#[test]
fn a_peer_that_uses_up_its_streams_has_to_come_back_for_other_keys() {
    let mut rig = Rig::secured(&Setup::default());
    let most: u32 = 128 + 8_192;
    for ssrc in 0..most {
        rig.client_rtp(rtp(ssrc, 1));
        rig.client_rtp(rtp(0, u16::try_from(ssrc + 2).expect("few")));
        if ssrc % 64 == 0 {
            rig.run(Duration::from_millis(20));
        }
    }
    rig.run(Duration::from_millis(20));
    assert_eq!(rig.server_seen.rtp.len(), 2 * most as usize, "all of them");
    assert!(!rig.server_seen.is_closed());
    assert_eq!(rig.client.seal_rtp(&mut rtp(most, 1)), Err(SealError::KeysUsedUp));
    assert_eq!(rig.client.seal_rtp(&mut rtp(0, 9_000)), Err(SealError::NotSecured));
    rig.drain();
    assert!(rig.client_seen.events.contains(&Event::Closed(CloseReason::KeysUsedUp)));
}

#[test]
fn a_peer_that_reports_in_ever_new_names_is_sent_away() {
    let mut rig = Rig::secured(&Setup::default());
    let most = 128 + 8_192;
    for ssrc in 0..most {
        rig.client_rtcp(rtcp(ssrc));
    }
    rig.run(Duration::from_millis(20));
    assert_eq!(rig.server_seen.rtcp.len(), most as usize);
    let source = rig.client_address;
    let mut last = rtcp(most);
    rig.client.seal_rtcp(&mut last).expect("sealed");
    let mut forged = last.clone();
    forged[9] ^= 1;
    rig.give_server(source, forged);
    assert_eq!(rig.server_seen.errors, [SessionError::Open(OpenError::Unauthentic)]);
    assert!(!rig.server_seen.is_closed(), "only the peer itself can use up its keys");
    rig.give_server(source, last);
    let refused = SessionError::Open(OpenError::TooManyStreams);
    assert_eq!(rig.server_seen.errors.last(), Some(&refused));
    assert!(rig.server_seen.events.contains(&Event::Closed(CloseReason::KeysUsedUp)));
    assert_eq!(rig.server.seal_rtp(&mut rtp(7, 1)), Err(SealError::NotSecured));
}

#[test]
fn what_was_recorded_of_a_stream_that_made_room_is_refused_for_ever() {
    for profile in BOTH_PROFILES {
        let mut rig = Rig::secured(&Setup { profiles: vec![profile], ..Setup::default() });
        let source = rig.client_address;
        let mut recorded: Vec<_> =
            (65_500..=65_535).chain(0..40).map(|seq| rig.client_rtp(rtp(7, seq))).collect();
        recorded.push(rig.client_rtcp(rtcp(7)));
        rig.run(Duration::from_millis(20));
        for ssrc in 1_000..2_000 {
            rig.client_rtp(rtp(ssrc, 1));
            rig.client_rtcp(rtcp(ssrc));
            rig.run(Duration::from_millis(1));
        }
        rig.run(Duration::from_millis(20));
        let (before, reports) = (rig.server_seen.rtp.len(), rig.server_seen.rtcp.len());
        assert_eq!((before, reports), (1_076, 1_001), "{profile:?}");
        for datagram in recorded {
            rig.give_server(source, datagram);
        }
        assert_eq!(rig.server_seen.rtp.len(), before, "{profile:?}");
        assert_eq!(rig.server_seen.rtcp.len(), reports, "{profile:?}");
        rig.client_rtp(rtp(7, 40));
        rig.client_rtcp(rtcp(7));
        rig.run(Duration::from_millis(20));
        assert_eq!(rig.server_seen.rtp.last(), Some(&rtp(7, 40)), "it goes on beyond its wrap");
        assert_eq!(rig.server_seen.rtcp.len(), reports + 1);
    }
}

#[test]
fn media_before_the_handshake_is_refused() {
    let mut rig = Rig::new(&Setup::default());
    assert!(rig.run_until(Duration::from_secs(1), |rig| !rig.server_seen.events.is_empty()));
    rig.give_server(rig.client_address, rtp(7, 1));
    assert_eq!(rig.server_seen.errors, [SessionError::NotSecured]);
}

#[derive(Clone, Copy, Debug)]
enum Stage {
    Fresh,
    Answered,
    Secured,
}

fn at(stage: Stage) -> Rig {
    match stage {
        Stage::Fresh => Rig::new(&Setup::default()),
        Stage::Answered => {
            let mut rig = Rig::new(&Setup::default());
            assert!(rig.run_until(Duration::from_secs(1), |rig| rig.server_sent.len() >= 3));
            rig
        }
        Stage::Secured => Rig::secured(&Setup::default()),
    }
}

fn stages() -> impl Strategy<Value = Stage> {
    prop_oneof![Just(Stage::Fresh), Just(Stage::Answered), Just(Stage::Secured)]
}

/// Any bytes, with a first byte that some protocol claims.
fn datagrams() -> impl Strategy<Value = Vec<u8>> {
    let first = prop::sample::select(vec![0_u8, 1, 20, 21, 22, 23, 63, 128, 144, 191, 255]);
    let rest = prop::collection::vec(any::<u8>(), 0..200);
    (first, rest).prop_map(|(first, mut rest)| {
        rest.insert(0, first);
        rest
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_bytes_are_handled_without_panic(
        stage in stages(),
        datagrams in prop::collection::vec(datagrams(), 1..20),
    ) {
        let mut rig = at(stage);
        for datagram in datagrams {
            rig.give_server(rig.client_address, datagram.clone());
            rig.give_server(stranger(), datagram.clone());
            rig.give_client(datagram);
        }
        rig.run(Duration::from_secs(60));
    }

    #[test]
    fn any_change_to_genuine_datagrams_is_handled_without_panic(
        stage in stages(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<u8>()), 1..40),
    ) {
        let donor = at(Stage::Secured);
        let mut rig = at(stage);
        for (which, place, value) in changes {
            let mut datagram = which.get(&donor.client_sent).payload.clone();
            let place = place.index(datagram.len());
            datagram[place] = value;
            rig.give_server(rig.client_address, datagram);
            let mut datagram = which.get(&donor.server_sent).payload.clone();
            let place = place % datagram.len();
            datagram[place] = value;
            rig.give_client(datagram);
        }
        rig.run(Duration::from_secs(60));
    }
}
