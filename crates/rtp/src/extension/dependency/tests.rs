use proptest::prelude::*;

use super::*;

/// Puts bits, given as text with spaces, into octets, the last filled with zeros.
fn octets(bits: &str) -> Vec<u8> {
    let bits: Vec<u8> = bits.bytes().filter(|bit| *bit != b' ').map(|bit| bit - b'0').collect();
    let octet = |bits: &[u8]| (0..8).fold(0, |octet, at| octet << 1 | bits.get(at).unwrap_or(&0));
    bits.chunks(8).map(octet).collect()
}

/// The key frame of one spatial and three temporal layers (section A.7's structure L1T3, with one
/// chain of the lowest layer), from the template number 5 on, as frame 256.
fn one_spatial_three_temporal() -> Vec<u8> {
    octets(concat!(
        "1 1 000101 0000000100000000 ", // whole frame, template 5, frame 256
        "1 0 0 0 0 ",                   // a structure, nothing else
        "000101 00010 ",                // templates from 5 on, three targets
        "00 01 01 11 ",                 // layers 0.0, 0.0, 0.1, 0.2, then the end
        "10 10 10 ",                    // key frame: a switch for all
        "10 10 10 ",                    // lowest: a switch for all
        "00 01 10 ",                    // middle: not in 0, discardable in 1, a switch for 2
        "00 00 01 ",                    // highest: discardable in 2
        "0 ",                           // the key frame refers to nothing
        "1 0011 0 ",                    // lowest: to 4 frames ago
        "1 0001 0 ",                    // middle: to 2 frames ago
        "1 0000 1 0010 0 ",             // highest: to 1 and 3 frames ago
        "01 ",                          // one chain, of at most three: ns(4)
        "",                             // every target protected by it: ns(1) takes no bit
        "0000 0100 0010 0001 ",         // how far each template is from the chain
        "1 0000001001111111 0000000101100111", // 640 by 360
    ))
}

#[test]
fn a_structure_is_read_and_followed() {
    let mut reader = DependencyReader::default();
    let key = reader.read(&one_spatial_three_temporal()).unwrap();
    assert_eq!((key.number, key.spatial, key.temporal), (256, 0, 0));
    assert!(key.starts_frame && key.ends_frame && key.starts_structure);
    let targets: Vec<_> = reader.active_targets().collect();
    let target = |index, temporal| DecodeTarget { index, spatial: 0, temporal, chain: Some(0) };
    assert_eq!(targets, [target(0, 0), target(1, 1), target(2, 2)]);
    assert_eq!(reader.target(2), Some(target(2, 2)));
    assert_eq!(reader.target(3), None);

    // The highest layer, the second packet of a frame: template 8, frame 257.
    let highest = reader.read(&[0x08, 0x01, 0x01]).unwrap();
    assert_eq!((highest.number, highest.spatial, highest.temporal), (257, 0, 2));
    assert!(!highest.starts_frame && !highest.ends_frame && !highest.starts_structure);
    let indications = [0, 1, 2, 3].map(|target| highest.indication(target));
    use Indication::{Discardable, NotPresent, Switch};
    assert_eq!(indications, [NotPresent, NotPresent, Discardable, NotPresent]);
    assert_eq!(highest.chain_distance(0), 1);

    // The middle layer with one packet: template 7, frame 258.
    let middle = reader.read(&[0xc7, 0x01, 0x02]).unwrap();
    assert_eq!(
        [0, 1, 2].map(|target| middle.indication(target)),
        [NotPresent, Discardable, Switch]
    );
    assert_eq!((middle.temporal, middle.chain_distance(0)), (1, 2));
}

#[test]
fn a_frame_can_differ_from_its_template() {
    let mut reader = DependencyReader::default();
    reader.read(&one_spatial_three_temporal()).unwrap();
    let custom = octets(concat!(
        "1 1 000110 0000000100000001 ",
        "0 1 1 1 1 ", // no structure; active targets, indications, references and chains
        "011 ",       // the highest target is not produced
        "10 11 00 ",  // switch, required, not present
        "01 0100 10 00010000 00 ", // references of 4 and 8 bits, and the end
        "00101010",   // 42 frames from the chain
    ));
    let frame = reader.read(&custom).unwrap();
    use Indication::{NotPresent, Required, Switch};
    assert_eq!([0, 1, 2].map(|target| frame.indication(target)), [Switch, Required, NotPresent]);
    assert_eq!(frame.chain_distance(0), 42);
    let active: Vec<_> = reader.active_targets().map(|target| target.index).collect();
    assert_eq!(active, [0, 1]);
    let plain = reader.read(&[0xc6, 1, 2]).unwrap();
    assert_eq!(plain.indication(2), Switch, "only that frame differed");
    assert_eq!(reader.active_targets().count(), 2, "what is produced stays");
}

/// Two spatial layers, each its own chain, which the lower needs none of the higher's frames for.
#[test]
fn every_target_has_its_chain() {
    let structure = octets(concat!(
        "1 0 000000 0000000000000001 1 0 0 0 0 ",
        "000000 00001 ", // two targets
        "10 11 ",        // layers 0.0 and 1.0
        "10 10 00 10 ",  // the lower is in both, the higher in the second
        "0 1 0000 0 ",   // the higher refers to the frame before it
        "11 ",           // two chains: ns(3)
        "0 1 ",          // the first target by the first, the second by the second: ns(2)
        "0000 0000 0001 0001 ",
        "0",
    ));
    let mut reader = DependencyReader::default();
    reader.read(&structure).unwrap();
    let chains: Vec<_> = reader.active_targets().map(|target| target.chain).collect();
    assert_eq!(chains, [Some(0), Some(1)]);
    let layers: Vec<_> = reader.active_targets().map(|target| target.spatial).collect();
    assert_eq!(layers, [0, 1]);
}

#[test]
fn without_a_structure_nothing_is_known() {
    let mut reader = DependencyReader::default();
    assert_eq!(reader.read(&[0xc5, 1, 2]), None);
    reader.read(&one_spatial_three_temporal()).unwrap();
    assert_eq!(reader.read(&[0xc9, 1, 2]), None, "a template behind the last");
    assert_eq!(reader.read(&[0xc4, 1, 2]), None, "a template before the first");
    assert_eq!(reader.read(&[0xc5, 1]), None);
}

#[test]
fn a_structure_cut_short_changes_nothing() {
    let whole = one_spatial_three_temporal();
    let mut reader = DependencyReader::default();
    for len in 0..whole.len() {
        assert_eq!(reader.read(&whole[..len]), None, "{len} octets");
        assert_eq!(reader.active_targets().count(), 0);
    }
}

#[test]
fn a_frames_number_is_moved_in_place() {
    let mut value = [0xc5, 0xff, 0xfe, 0x80];
    assert_eq!(frame_number(&value), Some(0xfffe));
    shift_frame_number(&mut value, 3);
    assert_eq!(value, [0xc5, 0x00, 0x01, 0x80]);
    shift_frame_number(&mut value[..2], 3);
    assert_eq!(value, [0xc5, 0x00, 0x01, 0x80]);
}

proptest! {
    #[test]
    fn any_descriptors_are_read_without_panic(
        values in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..80), 1..20),
    ) {
        let mut bytes = Vec::new();
        for mut value in values {
            if let Some(flags) = value.get_mut(3) {
                *flags |= 0x80;
            }
            bytes.push(u8::try_from(value.len()).unwrap());
            bytes.extend(value);
        }
        crate::properties::descriptors(&bytes);
    }

    #[test]
    fn anything_behind_a_true_structure_is_read_without_panic(
        values in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..30), 1..20),
    ) {
        let mut reader = DependencyReader::default();
        reader.read(&one_spatial_three_temporal()).unwrap();
        for value in values {
            if let Some(frame) = reader.read(&value) {
                prop_assert!(frame.spatial < 64 && frame.temporal < 64);
            }
        }
    }
}
