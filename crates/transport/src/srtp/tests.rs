use proptest::prelude::*;
use rtc_srtp::context::Context;
use rtc_srtp::option::{srtcp_replay_protection, srtp_replay_protection};
use rtc_srtp::protection_profile::ProtectionProfile;

use super::*;

const PROFILES: [SrtpProfile; 2] = [SrtpProfile::AeadAes128Gcm, SrtpProfile::Aes128CmSha1_80];

fn master(profile: SrtpProfile) -> MasterKey {
    let salt: Vec<u8> = (0xa0..).take(profile.salt_length()).collect();
    MasterKey {
        key: std::array::from_fn(|place| place.to_le_bytes()[0]),
        salt: filled_up(&salt).unwrap(),
    }
}

fn ours(profile: SrtpProfile) -> Srtp {
    Srtp::new(profile, &master(profile), &master(profile)).unwrap()
}

/// An independent implementation.
fn oracle(profile: SrtpProfile) -> Context {
    let master = master(profile);
    let theirs = match profile {
        SrtpProfile::AeadAes128Gcm => ProtectionProfile::AeadAes128Gcm,
        SrtpProfile::Aes128CmSha1_80 => ProtectionProfile::Aes128CmHmacSha1_80,
    };
    Context::new(
        &master.key,
        &master.salt[..profile.salt_length()],
        theirs,
        Some(srtp_replay_protection(1024)),
        Some(srtcp_replay_protection(128)),
        crate::crypto::operations(),
    )
    .unwrap()
}

fn rtp_packets() -> impl Strategy<Value = Vec<u8>> {
    let words = prop::collection::vec(any::<[u8; 4]>(), 0..4);
    let payload = prop::collection::vec(any::<u8>(), 0..1_200);
    (words, any::<Option<[u8; 8]>>(), any::<u8>(), any::<u32>(), payload).prop_map(
        |(sources, extension, kind, ssrc, payload)| {
            let flags = 0x80 | u8::try_from(sources.len()).unwrap();
            let mut packet = vec![flags | if extension.is_some() { 0x10 } else { 0 }, kind, 0, 1];
            packet.extend([1, 2, 3, 4]);
            packet.extend(ssrc.to_be_bytes());
            packet.extend(sources.concat());
            if let Some(data) = extension {
                packet.extend([0x12, 0x34, 0, 2]);
                packet.extend(data);
            }
            packet.extend(payload);
            packet
        },
    )
}

fn rtcp_packets() -> impl Strategy<Value = Vec<u8>> {
    (any::<u32>(), prop::collection::vec(any::<[u8; 4]>(), 0..40)).prop_map(|(ssrc, words)| {
        let mut packet = vec![0x80, 201];
        packet.extend(u16::try_from(words.len() + 1).unwrap().to_be_bytes());
        packet.extend(ssrc.to_be_bytes());
        packet.extend(words.concat());
        packet
    })
}

#[test]
fn gcm_seals_as_in_rfc_7714_section_16_1_1() {
    let gcm = gcm_of_rfc_7714();
    let mut packet = hex("8040f17b 8041f8d3 5501a0b2");
    packet.extend(b"Gallia est omnis divisa in partes tres");
    let plain = packet.clone();
    let id = PacketId { ssrc: 0x5501_a0b2, index: 0xf17b };
    gcm.seal_rtp(id, 12, &mut packet).unwrap();
    let expected = hex("8040f17b 8041f8d3 5501a0b2 f24de3a3 fb34de6c acba861c 9d7e4bca be633bd5 \
         0d294e6f 42a5f47a 51c7d19b 36de3adf 8833899d 7f27beb1 6a9152cf 765ee439 0cce");
    assert_eq!(packet, expected);
    let length = gcm.open_rtp(id, 12, &mut packet).unwrap();
    assert_eq!(packet[..length], plain);
}

#[test]
fn gcm_seals_as_in_rfc_7714_section_17_1() {
    let gcm = gcm_of_rfc_7714();
    let mut packet =
        hex("81c8000d 4d617273 4e545031 4e545032 52545020 0000042a 0000e930 4c756e61 \
         deadbeef deadbeef deadbeef deadbeef deadbeef");
    let plain = packet.clone();
    let id = PacketId { ssrc: 0x4d61_7273, index: 0x5d4 };
    gcm.seal_rtcp(id, &mut packet).unwrap();
    let expected = hex("81c8000d 4d617273 63e94885 dcdab67c a727d766 2f6b7e99 7ff5c0f7 6c06f32d \
         c676a5f1 730d6fda 4ce09b46 86303ded 0bb9275b c84aa458 96cf4d2f c5abf872 45d9eade 800005d4");
    assert_eq!(packet, expected);
    assert_eq!(gcm::rtcp_index(&packet), Some(0x5d4));
    let length = gcm.open_rtcp(id, &mut packet).unwrap();
    assert_eq!(packet[..length], plain);
}

/// The session keys of RFC 7714 section 16, which stand there without a master key.
fn gcm_of_rfc_7714() -> Gcm {
    let key = std::array::from_fn(|place| place.to_le_bytes()[0]);
    Gcm::of_session_key(key, *b"Quid pro quo")
}

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.chunks(2).map(byte).collect()
}

#[test]
fn exported_keys_are_split_in_the_order_of_rfc_5764() {
    for profile in PROFILES {
        let exported: Vec<u8> = (0..).take(KeyingMaterial::length(profile)).collect();
        let keys = KeyingMaterial::split(profile, &exported).unwrap();
        let salt = u8::try_from(profile.salt_length()).unwrap();
        assert_eq!((keys.client.key[0], keys.server.key[0]), (0, 16));
        assert_eq!((keys.client.salt[0], keys.server.salt[0]), (32, 32 + salt));
        assert!(KeyingMaterial::split(profile, &exported[1..]).is_none());
    }
}

#[test]
fn an_unencrypted_rtcp_packet_is_refused() {
    for profile in PROFILES {
        let mut stats = Stats::default();
        let mut packet = hex("80c90002 00000007 01020304");
        ours(profile).seal_rtcp(&mut packet, &mut stats).unwrap();
        let trailer = match profile {
            SrtpProfile::AeadAes128Gcm => packet.len() - 4,
            SrtpProfile::Aes128CmSha1_80 => packet.len() - 14,
        };
        packet[trailer] &= 0x7f;
        let refused = ours(profile).open_rtcp(&mut packet, &mut stats).unwrap_err();
        assert_eq!(refused, OpenError::Malformed);
    }
}

proptest! {
    #[test]
    fn rtp_agrees_with_the_oracle_both_ways(packet in rtp_packets(), firsts in 65_400_u16..=65_535) {
        for profile in PROFILES {
            let (mut us, mut them, mut back) = (ours(profile), oracle(profile), oracle(profile));
            let mut stats = Stats::default();
            for step in 0..200 {
                let mut plain = packet.clone();
                plain[2..4].copy_from_slice(&firsts.wrapping_add(step).to_be_bytes());
                let mut sealed = plain.clone();
                us.seal_rtp(&mut sealed, &mut stats).unwrap();
                prop_assert_eq!(&them.encrypt_rtp(&plain).unwrap()[..], &sealed[..]);
                prop_assert_eq!(&back.decrypt_rtp(&sealed).unwrap()[..], &plain[..]);
                let opened = us.open_rtp(&mut sealed, &mut stats);
                prop_assert_eq!(opened, Ok(Received::Rtp(&mut plain)));
            }
        }
    }

    #[test]
    fn rtcp_agrees_with_the_oracle_both_ways(packets in prop::collection::vec(rtcp_packets(), 1..20)) {
        for profile in PROFILES {
            let (mut us, mut back) = (ours(profile), oracle(profile));
            let mut stats = Stats::default();
            for mut plain in packets.clone() {
                let mut sealed = plain.clone();
                us.seal_rtcp(&mut sealed, &mut stats).unwrap();
                prop_assert_eq!(&back.decrypt_rtcp(&sealed).unwrap()[..], &plain[..]);
                let opened = us.open_rtcp(&mut sealed, &mut stats);
                prop_assert_eq!(opened, Ok(Received::Rtcp(&mut plain)));
            }
        }
    }

    #[test]
    fn rtcp_of_the_oracle_is_opened(mut plain in rtcp_packets()) {
        for profile in PROFILES {
            let mut sealed = oracle(profile).encrypt_rtcp(&plain).unwrap();
            let mut us = ours(profile);
            let opened = us.open_rtcp(&mut sealed, &mut Stats::default());
            prop_assert_eq!(opened, Ok(Received::Rtcp(&mut plain)));
        }
    }

    #[test]
    fn any_bytes_are_refused_without_panic(mut packet: Vec<u8>, flags in 0x80_u8..0xc0) {
        if let Some(first) = packet.first_mut() {
            *first = flags;
        }
        for profile in PROFILES {
            let (mut us, mut stats) = (ours(profile), Stats::default());
            prop_assert!(us.open_rtp(&mut packet.clone(), &mut stats).is_err());
            prop_assert!(us.open_rtcp(&mut packet.clone(), &mut stats).is_err());
            let sealed = us.seal_rtp(&mut packet.clone(), &mut stats);
            prop_assert!(matches!(sealed, Ok(()) | Err(SealError::Malformed)));
            let sealed = us.seal_rtcp(&mut packet.clone(), &mut stats);
            prop_assert!(matches!(sealed, Ok(()) | Err(SealError::Malformed)));
        }
    }
}
