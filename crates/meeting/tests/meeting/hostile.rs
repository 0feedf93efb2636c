//! Clients that mean harm: nothing breaks, and nobody else loses a packet of sound.

use bytes::Bytes;
use carillon_frame::{MediaTime, SeqNo, Ssrc};
use carillon_rtp::{PayloadType, Rtcp, RtpHeader, rtcp::Fir, write_compound};
use carillon_signaling::{CloseCode, ErrorStatus};
use carillon_testkit::client::camera::Codec;
use carillon_testkit::client::offer::{OPUS, ReceiveSection, VP8, Wish};
use carillon_testkit::rig::{ClientId, Joining, MeetingRig};
use carillon_testkit::rng::seeded;
use rand::Rng;

use crate::{millis, secs};

/// Two who talk to each other while a third does its worst.
struct Attacked {
    rig: MeetingRig,
    innocent: [ClientId; 2],
    attacker: ClientId,
}

impl Attacked {
    fn new(seed: u64) -> Self {
        let (mut rig, ids) = MeetingRig::of(2, seed);
        let attacker = rig.join(Joining::of(2));
        rig.run(secs(1));
        assert!(rig.client(attacker).is_secured());
        Self { rig, innocent: [ids[0], ids[1]], attacker }
    }

    /// Checks that the innocent have noticed nothing but the attacker's own noise, and returns the rig.
    fn survived(mut self) -> MeetingRig {
        self.rig.run(secs(1));
        for (me, other) in [(0, 1), (1, 0)] {
            let id = self.innocent[me];
            let hearing = &self.rig.client(id).hearing;
            assert_eq!(hearing.missed, 0);
            assert_eq!(hearing.frames_in(self.rig.now(), secs(1)), (50, 50));
            let voice = self.rig.tones(&[self.innocent[other]]);
            assert!(
                self.rig.hears(id).starts_with(&voice) || self.rig.hears(id).contains(&voice[0])
            );
            let told = &self.rig.client(id).told;
            assert!(told.errors.is_empty() && told.statuses.is_empty() && told.closed.is_none());
        }
        self.rig
    }
}

fn noise(rng: &mut impl Rng, length: usize) -> Vec<u8> {
    (0..length).map(|_| rng.random()).collect()
}

#[test]
fn noise_on_the_signaling_socket_ends_the_noisy_session_only() {
    let mut attacked = Attacked::new(1);
    let mut rng = seeded(1);
    let (rig, attacker) = (&mut attacked.rig, attacked.attacker);
    for round in 0..200 {
        let mut message = noise(&mut rng, round);
        if let Some(prefix) = message.first_mut() {
            *prefix = 0x05;
        }
        rig.with_client(attacker, |client, _| client.say_bytes(message.into()));
        rig.run(millis(5));
    }
    rig.run(millis(100));
    assert_eq!(rig.client(attacker).told.errors.first(), Some(&ErrorStatus::BAD_REQUEST));
    let rig = attacked.survived();
    assert_eq!(rig.client(ClientId::nth(0)).told.present().len(), 2, "it is gone at once");
}

#[test]
fn a_stranger_on_the_signaling_socket_is_refused_at_its_first_word() {
    for message in [vec![], vec![0x05], vec![0xff; 10], vec![0x05; (256 << 10) + 1]] {
        let mut attacked = Attacked::new(2);
        let stranger = attacked.rig.open(Joining::of(3));
        attacked.rig.with_client(stranger, |client, _| client.say_bytes(message.into()));
        attacked.rig.run(millis(100));
        assert_eq!(attacked.rig.client(stranger).told.closed, Some(CloseCode::BAD_REQUEST));
        attacked.survived();
    }
}

#[test]
fn messages_out_of_order_and_in_floods_change_nothing_for_others() {
    let mut attacked = Attacked::new(3);
    let (rig, attacker) = (&mut attacked.rig, attacked.attacker);
    for _ in 0..300 {
        rig.with_client(attacker, |client, now| {
            client.join(now);
            client.set_mute(now, carillon_signaling::Mute::Muted);
            client.set_mute(now, carillon_signaling::Mute::Unmuted);
            let sdp = client.write_offer();
            client.offer_text(now, sdp);
        });
    }
    rig.run(secs(2));
    attacked.survived();
}

/// Offers that no client should make, from one that is good.
fn bad_offers(good: &str) -> Vec<(&'static str, String)> {
    let section = |n: u32| format!("m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:x{n}\r\n");
    let many = good.to_owned() + &(0..299).map(section).collect::<String>();
    vec![
        ("no description", "hello".to_owned()),
        ("truncated in a line", good[..good.find("a=fingerprint").unwrap() + 40].to_owned()),
        ("301 sections", many),
        ("duplicate tags", good.replace("a=mid:1\r\n", "a=mid:0\r\n")),
        ("a tag too long", good.replace("a=mid:1\r\n", "a=mid:12345678901234567\r\n")),
        ("no tag", good.replace("a=mid:1\r\n", "")),
        ("no fingerprint", without(good, "a=fingerprint")),
        ("an old digest", good.replace("sha-256", "sha-1")),
        ("a broken digest", good.replace("a=fingerprint:sha-256 ", "a=fingerprint:sha-256 zz:")),
        ("no secret", without(good, "a=ice-pwd")),
        ("no name", without(good, "a=ice-ufrag")),
        ("the wrong role", good.replace("a=setup:actpass", "a=setup:passive")),
        ("controls", good.replace("UDP/TLS", "\u{0}\u{7f}\r")),
    ]
}

fn without(sdp: &str, attribute: &str) -> String {
    let lines = sdp.split_inclusive("\r\n").filter(|line| !line.starts_with(attribute));
    lines.collect()
}

#[test]
fn offers_that_cannot_be_answered_end_their_own_session_only() {
    let mut attacked = Attacked::new(4);
    let good = attacked.rig.client(attacked.attacker).write_offer();
    for (name, offer) in bad_offers(&good) {
        let attacker = attacked.rig.join(Joining::of(3));
        attacked.rig.run(secs(1));
        attacked.rig.with_client(attacker, |client, now| client.offer_text(now, offer));
        attacked.rig.run(secs(1));
        let told = &attacked.rig.client(attacker).told;
        assert_eq!(told.errors, [ErrorStatus::BAD_REQUEST], "{name}");
    }
    let rig = attacked.survived();
    assert_eq!(rig.client(ClientId::nth(0)).told.present().len(), 3);
}

#[test]
fn offers_with_every_piece_cut_out_are_answered_or_refused() {
    let mut attacked = Attacked::new(5);
    let good = attacked.rig.client(attacked.attacker).write_offer();
    let lines: Vec<&str> = good.split_inclusive("\r\n").collect();
    for skipped in 0..lines.len() {
        let offer: String =
            lines.iter().enumerate().filter(|(n, _)| *n != skipped).map(|(_, l)| *l).collect();
        let attacker = attacked.rig.open(Joining::of(4));
        attacked.rig.with_client(attacker, |client, now| client.join(now));
        attacked.rig.run(millis(60));
        attacked.rig.with_client(attacker, |client, now| client.offer_text(now, offer));
        attacked.rig.run(millis(60));
        let told = &attacked.rig.client(attacker).told;
        assert!(
            told.answers > 0 || told.errors == [ErrorStatus::BAD_REQUEST],
            "{}",
            lines[skipped]
        );
    }
    attacked.survived();
}

#[test]
fn wishes_for_what_is_not_there_are_answered_with_nothing() {
    let mut attacked = Attacked::new(6);
    let (rig, attacker) = (&mut attacked.rig, attacked.attacker);
    rig.with_client(attacker, |client, now| {
        client.watching = carillon_testkit::client::Watching::ByHand;
        client.receive = (2..30)
            .map(|number: u32| ReceiveSection {
                mid: number.to_string().parse().unwrap(),
                wish: Wish::Stream(carillon_signaling::StreamId::new(number * 1_000).unwrap()),
            })
            .collect();
        client.offer(now);
    });
    rig.run(secs(1));
    assert!(rig.client(attacker).seen.is_empty());
    assert!(rig.client(attacker).told.errors.is_empty());
    attacked.survived();
}

fn rtp(payload_type: u8, ssrc: u32, seq: u16, payload: &[u8]) -> Vec<u8> {
    let mut packet = Vec::new();
    let payload_type = PayloadType::new(payload_type).unwrap();
    let (seq, timestamp, ssrc) = (SeqNo(seq), MediaTime(u32::from(seq) * 960), Ssrc(ssrc));
    RtpHeader { payload_type, seq, timestamp, ssrc, marker: false }.write(&[], &mut packet);
    packet.extend(payload);
    packet
}

#[test]
fn noise_in_secured_packets_changes_nothing_for_others() {
    let mut attacked = Attacked::new(7);
    let mut rng = seeded(7);
    let (rig, attacker) = (&mut attacked.rig, attacked.attacker);
    for round in 0..600_usize {
        let mut packet = noise(&mut rng, 12 + round % 300);
        let payload_types = [OPUS, VP8, 63, 97, 108];
        packet[0] = 0x80 | packet[0] & 0x3f;
        packet[1] = payload_types[round % payload_types.len()] | packet[1] & 0x80;
        let mut report = noise(&mut rng, 4 * (3 + round % 40));
        report[0] = 0x80 | report[0] & 0x3f;
        report[1] = 200 + report[1] % 8;
        rig.with_client(attacker, |client, _| {
            client.send_rtp(packet);
            client.send_rtcp(report);
        });
        rig.run(millis(3));
    }
    attacked.survived();
}

#[test]
fn sound_of_any_bytes_is_no_more_than_noise() {
    let mut attacked = Attacked::new(8);
    let mut rng = seeded(8);
    let (rig, attacker) = (&mut attacked.rig, attacked.attacker);
    for seq in 0..500 {
        let payload = noise(&mut rng, usize::from(seq % 200));
        let format = if seq % 2 == 0 { OPUS } else { 63 };
        rig.with_client(attacker, |client, _| client.send_rtp(rtp(format, 5, seq, &payload)));
        rig.run(millis(10));
    }
    attacked.survived();
}

#[test]
fn a_thousand_streams_are_refused_after_the_limit_and_the_own_voice_goes_on() {
    let mut attacked = Attacked::new(9);
    let (rig, attacker) = (&mut attacked.rig, attacked.attacker);
    for ssrc in 0..1_000 {
        rig.with_client(attacker, |client, _| client.send_rtp(rtp(OPUS, ssrc, 1, &[0xfc, 0, 0])));
        if ssrc % 10 == 0 {
            rig.run(millis(5));
        }
    }
    rig.run(secs(2));
    let voice = rig.tones(&[attacker]);
    assert!(rig.hears(attacked.innocent[0]).contains(&voice[0]));
    attacked.survived();
}

#[test]
fn pictures_of_somebody_who_shows_none_go_nowhere() {
    let mut attacked = Attacked::new(10);
    let (rig, attacker) = (&mut attacked.rig, attacked.attacker);
    for seq in 0..100 {
        let payload = [0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        rig.with_client(attacker, |client, _| client.send_rtp(rtp(VP8, 99, seq, &payload)));
        rig.run(millis(5));
    }
    assert!(attacked.innocent.iter().all(|id| attacked.rig.client(*id).seen.is_empty()));
    attacked.survived();
}

#[test]
fn key_frames_can_only_be_asked_for_where_one_watches_and_not_too_often() {
    let mut attacked = Attacked::new(11);
    let (rig, attacker, sender) = (&mut attacked.rig, attacked.attacker, attacked.innocent[0]);
    rig.with_client(sender, |client, now| client.show(now, Codec::Vp8));
    rig.run(secs(2));
    let asked = |rig: &MeetingRig| rig.client(sender).camera.as_ref().unwrap().key_frames_asked;
    let before = asked(rig);
    let others = Rtcp::Fir(Fir {
        sender: Ssrc(1),
        requests: (0..100)
            .map(|n| (Ssrc(rig.client(sender).camera.as_ref().unwrap().ssrc.0 ^ n), 0))
            .collect(),
    });
    let mut bytes = Vec::new();
    write_compound(&[others], &mut bytes);
    for _ in 0..200 {
        rig.with_client(attacker, |client, _| client.send_rtcp(bytes.clone()));
        rig.run(millis(5));
    }
    assert_eq!(asked(rig), before, "by the sender's own number nothing can be asked");
    let mid = carillon_testkit::rig::receive_mid(0);
    for _ in 0..400 {
        rig.with_client(attacker, |client, _| client.ask_key_frame(&mid));
        rig.run(millis(5));
    }
    assert!((1..=4).contains(&(asked(rig) - before)), "two a second: {}", asked(rig) - before);
    attacked.survived();
}

#[test]
fn datagrams_from_elsewhere_are_nobodys() {
    let mut attacked = Attacked::new(12);
    let mut rng = seeded(12);
    let rig = &mut attacked.rig;
    let elsewhere = std::net::SocketAddr::from(([203, 0, 113, 9], 9));
    let innocent = rig.address(attacked.innocent[0]);
    for round in 0..500_usize {
        let mut datagram = noise(&mut rng, 20 + round % 200);
        datagram[0] = [0x00, 0x16, 0x80, 0x17][round % 4];
        rig.inject(elsewhere, datagram.clone());
        // An address can be forged; what is inside cannot.
        rig.inject(innocent, datagram);
        rig.run(millis(2));
    }
    attacked.survived();
}

#[test]
fn a_client_that_says_nothing_but_its_first_offer_is_forgotten() {
    let mut attacked = Attacked::new(13);
    let rig = &mut attacked.rig;
    let half = rig.join(Joining::of(3));
    rig.run(millis(45));
    rig.cut(half, carillon_testkit::rig::SocketFate::Hangs);
    rig.run(secs(60));
    let told = &rig.client(attacked.innocent[0]).told;
    assert_eq!(told.present().len(), 3, "it never came to be seen");
    attacked.survived();
}

#[test]
fn an_empty_text_in_place_of_a_binary_message_is_a_mistake_like_any_other() {
    let mut attacked = Attacked::new(14);
    let (rig, attacker) = (&mut attacked.rig, attacked.attacker);
    rig.with_client(attacker, |client, _| client.say_bytes(Bytes::new()));
    rig.run(millis(100));
    assert!(rig.client(attacker).told.errors.is_empty(), "one mistake is forgiven");
    attacked.survived();
}
