//! Who hears whom.

use std::collections::BTreeMap;

use carillon_frame::{AudioLevel, SeqNo};
use carillon_media::audio_level;
use carillon_mixer::{Gate, ListenerId, MixerError, PayloadError, SourceId};
use carillon_rtp::AudioFormat;
use carillon_testkit::network::LinkConfig;

use crate::room::{Room, Sent, TONES, Voice, milliseconds};

#[test]
fn two_people_hear_exactly_each_other() {
    let mut room = Room::of(2);
    room.talk(50);
    for (listener, tone) in [(0, TONES[1]), (1, TONES[0])] {
        let heard = room.heard(listener, 25);
        assert_eq!(heard.tones(), [tone]);
        assert!((5_000.0..7_000.0).contains(&heard.amplitude(tone)), "{heard:?}");
        assert!(heard.rest < 300.0, "{heard:?}");
    }
}

#[test]
fn of_three_people_each_hears_the_two_others() {
    let mut room = Room::of(3);
    room.talk(50);
    assert_eq!(room.heard(0, 25).tones(), [TONES[1], TONES[2]]);
    assert_eq!(room.heard(1, 25).tones(), [TONES[0], TONES[2]]);
    assert_eq!(room.heard(2, 25).tones(), [TONES[0], TONES[1]]);
}

#[test]
fn a_muted_source_is_silent_to_all_and_comes_back() {
    let mut room = Room::of(2);
    room.talk(25);
    room.mixer.set_gate(SourceId(1), Gate::Muted).unwrap();
    room.talk(25);
    assert_eq!(room.heard(0, 20).tones(), [] as [u32; 0]);
    assert!(room.heard(0, 20).rest < 10.0);
    assert_eq!(room.level(1), AudioLevel::SILENCE);
    assert_eq!(room.heard(1, 20).tones(), [TONES[0]]);
    room.mixer.set_gate(SourceId(1), Gate::Open).unwrap();
    room.talk(25);
    assert_eq!(room.heard(0, 20).tones(), [TONES[1]]);
}

#[test]
fn a_listener_that_owns_two_sources_hears_neither() {
    let mut room = Room::of(3);
    room.mixer.set_own_sources(ListenerId(0), &[SourceId(0), SourceId(2)]).unwrap();
    room.talk(40);
    assert_eq!(room.heard(0, 20).tones(), [TONES[1]]);
}

#[test]
fn a_removed_source_is_no_longer_heard() {
    let mut room = Room::of(2);
    room.talk(25);
    room.people.remove(&1);
    room.mixer.remove_source(SourceId(1));
    room.talk(25);
    assert_eq!(room.heard(0, 24).tones(), [] as [u32; 0]);
    let late = Voice::new(440).next_packet();
    let refused = room.mixer.handle_packet(room.clock.now(), SourceId(1), late.packet());
    assert!(matches!(refused, Err(MixerError::UnknownSource(SourceId(1)))));
}

#[test]
fn loss_jitter_and_reordering_are_survived() {
    let rough = LinkConfig {
        delay: milliseconds(50),
        jitter: milliseconds(30),
        loss: 0.05,
        reordering: 0.05,
        duplication: 0.05,
        bottleneck: None,
    };
    let mut room = Room::of(1);
    room.join(1, rough);
    room.talk(500);
    let heard = room.heard(0, 450);
    assert_eq!(heard.tones(), [TONES[1]]);
    assert!(heard.amplitude(TONES[1]) > 4_000.0, "{heard:?}");
    let stats = room.jitter(1);
    assert!(stats.missing > 0 && stats.duplicates > 0, "{stats:?}");
}

#[test]
fn a_burst_after_a_stalled_network_does_not_delay_everything_after_it() {
    let mut room = Room::of(1);
    room.join(1, LinkConfig { delay: milliseconds(400), ..LinkConfig::default() });
    room.talk(70);
    let (_, link) = room.people.get_mut(&1).unwrap();
    link.reconfigure(LinkConfig::default());
    room.talk(50);
    let before_silence = room.ears[&ListenerId(0)].frames.len();
    room.people.remove(&1);
    room.talk(50);
    let heard = &room.ears[&ListenerId(0)].frames[before_silence..];
    let tail = heard.iter().take_while(|frame| audio_level(frame).attenuation_db() < 40).count();
    // The delay of the buffer is two frames, the packet at its head one, and libopus fades out in three.
    assert!((3..=8).contains(&tail), "heard for {tail} frames after the last packet");
    assert!(room.jitter(1).skipped + room.jitter(1).restarts > 0, "{:?}", room.jitter(1));
}

#[test]
fn a_voice_that_breaks_off_fades_without_a_click() {
    let mut room = Room::of(2);
    room.talk(50);
    room.people.remove(&1);
    room.talk(20);
    let frames = &room.ears[&ListenerId(0)].frames[50..];
    let samples: Vec<i16> = frames.iter().flat_map(|frame| *frame.samples()).collect();
    let end = samples.iter().rposition(|sample| sample.unsigned_abs() > 20).unwrap();
    let steps = samples[end - 240..].windows(2).map(|pair| pair[0].abs_diff(pair[1]));
    // A sine of 650 Hz and amplitude 6,000 moves by 510 from sample to sample.
    assert!(steps.max().unwrap() < 300);
    assert!(end < 12 * 960, "heard for {end} samples");
}

#[test]
fn every_second_packet_may_be_lost_when_each_carries_a_copy_of_the_one_before() {
    let mut room = Room::of(1);
    room.join(1, LinkConfig::default());
    room.people.remove(&0);
    let mut earlier: Option<Sent> = None;
    room.talk_as(100, |voice| {
        let sent = voice.next_packet();
        match earlier.take() {
            Some(lost) => vec![redundant(&sent, &lost)],
            None => {
                earlier = Some(sent);
                Vec::new()
            }
        }
    });
    let (restored, missing) = (room.jitter(1).restored, room.jitter(1).missing);
    assert!(restored > 40, "{restored}");
    assert_eq!(missing, 0);
}

#[test]
fn a_packet_of_60_milliseconds_is_heard_as_three_frames() {
    let mut room = Room::of(2);
    let mut parts = BTreeMap::<u32, Vec<Sent>>::new();
    room.talk_as(120, |voice| {
        let parts = parts.entry(voice.hertz).or_default();
        parts.push(voice.next_packet());
        if parts.len() < 3 {
            return Vec::new();
        }
        let seq = SeqNo(parts[0].seq.0 / 3);
        vec![joined(&std::mem::take(parts), seq)]
    });
    for (listener, tone) in [(0, TONES[1]), (1, TONES[0])] {
        let heard = room.heard(listener, 50);
        assert_eq!(heard.tones(), [tone]);
        assert!(heard.rest < 300.0, "{heard:?}");
    }
}

#[test]
fn padding_is_neither_sound_nor_loss() {
    let mut room = Room::of(2);
    room.talk_as(100, |voice| vec![voice.padding(), voice.next_packet(), voice.padding()]);
    assert_eq!(room.jitter(1).missing, 0);
    let heard = room.heard(0, 50);
    assert_eq!(heard.tones(), [TONES[1]]);
    assert!(heard.rest < 300.0, "{heard:?}");
}

#[test]
fn loudness_follows_the_talker_and_falls_when_packets_stop() {
    let mut room = Room::of(2);
    room.talk(25);
    // A sine of amplitude 6,000 is 18 dB below overload.
    assert_eq!(room.level(0).attenuation_db(), 18);
    room.people.remove(&0);
    room.talk(5);
    assert_eq!(room.level(0).attenuation_db(), 18);
    room.talk(6);
    assert_eq!(room.level(0), AudioLevel::SILENCE);
    assert_eq!(room.level(1).attenuation_db(), 18);
}

#[test]
fn loudness_is_measured_where_packets_do_not_tell_it() {
    let mut room = Room::of(2);
    room.talk_as(25, |voice| vec![Sent { level: None, ..voice.next_packet() }]);
    assert!((17..=19).contains(&room.level(0).attenuation_db()));
}

#[test]
fn what_is_not_opus_is_refused_and_harms_nobody() {
    let mut room = Room::of(2);
    room.talk(10);
    let mut sent = Voice::new(440).next_packet();
    sent.payload = vec![0xfb, 0];
    let refused = room.mixer.handle_packet(room.clock.now(), SourceId(1), sent.packet());
    assert!(matches!(refused, Err(MixerError::Payload(PayloadError::NotOpus))));
    sent.format = AudioFormat::Red;
    sent.payload = vec![0xff];
    let refused = room.mixer.handle_packet(room.clock.now(), SourceId(1), sent.packet());
    assert!(matches!(refused, Err(MixerError::Payload(PayloadError::NotRed(_)))));
    room.talk(30);
    assert_eq!(room.heard(0, 25).tones(), [TONES[1]]);
}

/// The packet as redundant audio (RFC 2198), with a copy of the one before.
fn redundant(sent: &Sent, earlier: &Sent) -> Sent {
    let length = u32::try_from(earlier.payload.len()).unwrap();
    let mut payload = ((1 << 31) | (111 << 24) | (960 << 10) | length).to_be_bytes().to_vec();
    payload.push(111);
    payload.extend(&earlier.payload);
    payload.extend(&sent.payload);
    Sent { format: AudioFormat::Red, payload, ..sent.clone() }
}

/// Three packets of 20 ms as one of 60 ms (RFC 6716 section 3.2.5, code 3 with lengths).
fn joined(parts: &[Sent], seq: SeqNo) -> Sent {
    let mut payload = vec![parts[0].payload[0] | 3, 0x80 | 3];
    for part in &parts[..2] {
        let length = part.payload.len() - 1;
        assert!(length < 252, "longer frames need two bytes");
        payload.push(u8::try_from(length).unwrap());
    }
    parts.iter().for_each(|part| payload.extend(&part.payload[1..]));
    Sent { seq, payload, ..parts[0].clone() }
}
