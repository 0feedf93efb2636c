//! Packets over a secured path.

use std::time::Duration;

use carillon_frame::{SeqNo, Ssrc};
use carillon_testkit::alloc::allocations_in;
use carillon_testkit::network::LinkConfig;
use carillon_transport::{OpenError, Received, SealError, SessionError, SrtpProfile};

use crate::rig::{BOTH_PROFILES, Rig, Setup, rtcp, rtp};

fn rigs() -> impl Iterator<Item = (SrtpProfile, Rig)> {
    BOTH_PROFILES.into_iter().map(|profile| {
        (profile, Rig::secured(&Setup { profiles: vec![profile], ..Setup::default() }))
    })
}

#[test]
fn packets_arrive_as_they_were_sent_both_ways_across_the_wrap() {
    for (profile, mut rig) in rigs() {
        let sent: Vec<_> = (65_500..=65_535).chain(0..40).map(|seq| rtp(7, seq)).collect();
        for packet in &sent {
            assert_ne!(&rig.client_rtp(packet.clone()), packet);
            rig.server_rtp(packet.clone());
            rig.run(Duration::from_millis(20));
        }
        rig.client_rtcp(rtcp(7));
        rig.server_rtcp(rtcp(8));
        rig.run(Duration::from_millis(20));
        assert_eq!(rig.server_seen.rtp, sent, "{profile:?}");
        assert_eq!(rig.client_seen.rtp, sent, "{profile:?}");
        assert_eq!(
            (&rig.server_seen.rtcp, &rig.client_seen.rtcp),
            (&vec![rtcp(7)], &vec![rtcp(8)])
        );
        assert_eq!(rig.server.stats().rtp_opened, 76);
    }
}

#[test]
fn loss_reordering_and_duplication_leave_each_packet_at_most_once() {
    let link = LinkConfig {
        delay: Duration::from_millis(20),
        jitter: Duration::from_millis(200),
        loss: 0.1,
        reordering: 0.2,
        duplication: 0.2,
        bottleneck: None,
    };
    for (profile, mut rig) in rigs() {
        rig.to_server.reconfigure(link);
        for seq in 65_000..=65_535 {
            rig.client_rtp(rtp(7, seq));
            rig.run(Duration::from_millis(5));
        }
        for seq in 0..464 {
            rig.client_rtp(rtp(7, seq));
            rig.run(Duration::from_millis(5));
        }
        rig.run(Duration::from_millis(300));
        let mut seen = rig.server_seen.rtp.clone();
        assert!(!seen.is_sorted(), "some were reordered");
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), rig.server_seen.rtp.len(), "{profile:?}: none twice");
        assert!((850..950).contains(&seen.len()), "{profile:?}: {} of 1,000", seen.len());
        let is_replay = |error: &SessionError| *error == OpenError::Replayed.into();
        assert!(rig.server_seen.errors.iter().all(is_replay), "{:?}", rig.server_seen.errors);
    }
}

#[test]
fn replays_and_forgeries_are_refused() {
    for (profile, mut rig) in rigs() {
        let source = rig.client_address;
        let packets = [rig.client_rtp(rtp(7, 1)), rig.client_rtcp(rtcp(7))];
        rig.run(Duration::from_millis(20));
        for packet in packets {
            for position in 0..packet.len() {
                let mut forged = packet.clone();
                forged[position] ^= 0x10;
                rig.give_server(source, forged);
            }
            rig.give_server(source, packet);
        }
        assert_eq!((rig.server_seen.rtp.len(), rig.server_seen.rtcp.len()), (1, 1), "{profile:?}");
        let replay = SessionError::Open(OpenError::Replayed);
        assert!(rig.server_seen.errors.contains(&replay));
    }
}

#[test]
fn no_packet_is_sealed_twice() {
    for (_, mut rig) in rigs() {
        rig.client_rtp(rtp(7, 1));
        let repeated = |seq| Err(SealError::Repeated { ssrc: Ssrc(7), seq: SeqNo(seq) });
        assert_eq!(rig.client.seal_rtp(&mut rtp(7, 1)), repeated(1));
        for seq in 2..2_000 {
            rig.client_rtp(rtp(7, seq));
        }
        assert_eq!(rig.client.seal_rtp(&mut rtp(7, 1)), repeated(1), "too old to tell");
        assert_eq!(rig.client.seal_rtp(&mut rtp(7, 1_999)), repeated(1_999));
        assert!(rig.client.seal_rtp(&mut rtp(8, 1)).is_ok(), "another stream");
    }
}

#[test]
fn no_packet_of_a_stream_that_made_room_is_sealed_twice() {
    for (_, mut rig) in rigs() {
        for seq in [65_535, 0, 1] {
            rig.client_rtp(rtp(7, seq));
        }
        for ssrc in 1_000..2_000 {
            rig.client_rtp(rtp(ssrc, 1));
        }
        for seq in [65_535, 0, 1] {
            let repeated = SealError::Repeated { ssrc: Ssrc(7), seq: SeqNo(seq) };
            assert_eq!(rig.client.seal_rtp(&mut rtp(7, seq)), Err(repeated));
        }
        rig.client_rtp(rtp(7, 2));
        rig.run(Duration::from_millis(20));
        assert_eq!(rig.server_seen.rtp.last(), Some(&rtp(7, 2)), "it goes on beyond its wrap");
    }
}

#[test]
fn sealing_needs_keys_and_a_header() {
    let mut rig = Rig::new(&Setup::default());
    assert_eq!(rig.server.seal_rtp(&mut rtp(7, 1)), Err(SealError::NotSecured));
    assert_eq!(rig.client.seal_rtcp(&mut rtcp(7)), Err(SealError::NotSecured));
    let mut rig = Rig::secured(&Setup::default());
    for length in 0..20 {
        let mut cut = rtp(7, 1);
        cut.truncate(length);
        assert_eq!(rig.server.seal_rtp(&mut cut), Err(SealError::Malformed), "{length}");
    }
    assert_eq!(rig.server.seal_rtcp(&mut vec![0x80, 201]), Err(SealError::Malformed));
}

#[test]
fn packets_of_known_streams_cost_no_allocation() {
    for (profile, mut rig) in rigs() {
        rig.client_rtp(rtp(7, 1));
        rig.server_rtp(rtp(7, 1));
        rig.run(Duration::from_millis(20));
        let (now, source) = (rig.now(), rig.client_address);
        let mut packet = rtp(7, 2);
        packet.reserve(16);
        let mut sealed = rtp(7, 2);
        rig.client.seal_rtp(&mut sealed).expect("sealed");
        let allocations = allocations_in(|| {
            rig.server.seal_rtp(&mut packet).expect("sealed");
            rig.server.handle_datagram(now, source, &mut sealed).expect("opened");
        });
        assert_eq!(allocations, 0, "{profile:?}");
    }
}

#[test]
fn a_session_may_move_to_another_thread() {
    let mut rig = Rig::secured(&Setup::default());
    let mut session = rig.server;
    let sealed = std::thread::spawn(move || {
        let mut packet = rtp(7, 1);
        session.seal_rtp(&mut packet).map(|_| packet)
    });
    let mut packet = sealed.join().expect("the thread ends").expect("sealed");
    let opened = rig.client.handle_datagram(rig.clock.now(), rig.server_address, &mut packet);
    assert_eq!(opened, Ok(Received::Rtp(&mut rtp(7, 1))));
}
