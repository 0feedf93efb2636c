//! What a malicious client may send.

use carillon_frame::{AudioLevel, MediaTime, SeqNo};
use carillon_mixer::{AudioPacket, ListenerId, PacketContent, SourceId};
use carillon_rtp::AudioFormat;
use proptest::prelude::*;

use crate::room::{Room, TONES};

#[derive(Clone, Debug)]
struct Hostile {
    seq: u16,
    timestamp: u32,
    level: Option<u8>,
    format: Option<AudioFormat>,
    payload: Vec<u8>,
}

fn any_packet() -> impl Strategy<Value = Hostile> {
    let format =
        prop_oneof![Just(None), Just(Some(AudioFormat::Opus)), Just(Some(AudioFormat::Red))];
    let payload = prop::collection::vec(any::<u8>(), 0..300);
    (any::<u16>(), any::<u32>(), any::<Option<u8>>(), format, payload).prop_map(
        |(seq, timestamp, level, format, payload)| Hostile {
            seq,
            timestamp,
            level,
            format,
            payload,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn any_packets_of_one_client_cost_the_others_nothing(
        packets in prop::collection::vec(any_packet(), 1..120),
    ) {
        let mut room = Room::of(3);
        // What one client makes of its own voice may be heard: the listener is one that does not hear it.
        room.people.remove(&2);
        room.mixer.set_own_sources(ListenerId(0), &[SourceId(0), SourceId(2)]).unwrap();
        for packet in packets {
            let content = packet.format.map_or(PacketContent::Padding, |format| {
                PacketContent::Sound { format, payload: &packet.payload }
            });
            let level = packet.level.map(AudioLevel::from_attenuation_db);
            let (seq, timestamp) = (SeqNo(packet.seq), MediaTime(packet.timestamp));
            let packet = AudioPacket { seq, timestamp, level, content };
            // Refused or not is the packet's affair.
            drop(room.mixer.handle_packet(room.clock.now(), SourceId(2), packet));
            room.talk(1);
        }
        room.talk(20);
        prop_assert_eq!(room.heard(0, 15).tones(), [TONES[1]]);
        prop_assert_eq!(room.mixer.stats().encode_failures, 0);
    }
}
