use proptest::prelude::*;

use super::*;

const SEQUENCE: [u8; 6] = [0, 0, 0, 0, 0, 9];

/// A hello whose `use_srtp` names these code points.
fn hello(session_id: &[u8], profiles: &[u8]) -> Vec<u8> {
    let vector16 = |bytes: &[u8]| {
        let length = u16::try_from(bytes.len()).unwrap();
        [&length.to_be_bytes()[..], bytes].concat()
    };
    let mut use_srtp = vector16(profiles);
    use_srtp.push(0);
    let other = [vec![0, 10], vector16(&[0, 2, 0, 29])].concat();
    let extensions = [other, vec![0, 14], vector16(&use_srtp)].concat();
    let mut hello = vec![0xfe, 0xfd];
    hello.extend([7; 32]);
    hello.push(u8::try_from(session_id.len()).unwrap());
    hello.extend(session_id);
    hello.extend([2, 0xaa, 0xbb]);
    hello.extend(vector16(&[0xc0, 0x2b]));
    hello.extend([1, 0]);
    hello.extend(vector16(&extensions));
    hello
}

fn fragment(message_seq: u16, message: &[u8], from: usize, to: usize) -> Fragment<'_> {
    Fragment { message_seq, length: message.len(), offset: from, data: &message[from..to] }
}

#[test]
fn ours_is_preferred_whatever_the_order() {
    let browser = hello(&[], &[0, 1, 0, 8, 0, 7]);
    assert_eq!(preferred_profile(&browser), Ok(SrtpProfile::AeadAes128Gcm));
    let old = hello(&[], &[0, 8, 0, 1]);
    assert_eq!(preferred_profile(&old), Ok(SrtpProfile::Aes128CmSha1_80));
    let foreign = hello(&[], &[0, 8, 1, 0, 7, 1]);
    assert_eq!(preferred_profile(&foreign), Err(DtlsError::UnsupportedHello), "across pairs");
}

#[test]
fn a_hello_with_a_session_id_is_refused() {
    let resuming = hello(&[1, 2, 3], &[0, 7]);
    assert_eq!(preferred_profile(&resuming), Err(DtlsError::UnsupportedHello));
}

#[test]
fn overlapping_and_repeated_parts_make_one_message() {
    let message = hello(&[], &[0, 7]);
    let mut assembler = Assembler::default();
    let end = message.len();
    for (from, to) in [(10, 30), (10, 20), (40, end), (0, 15), (0, 10)] {
        assert!(assembler.add(SEQUENCE, &fragment(0, &message, from, to)).unwrap().is_none());
    }
    let whole = assembler.add(SEQUENCE, &fragment(0, &message, 25, 45)).unwrap().unwrap();
    assert_eq!((whole.message_seq, &whole.body), (0, &message));
    let record = whole.to_record();
    assert_eq!(record[..11], [22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 9]);
    assert_eq!(record[25..], message);
    assert_eq!(record.len(), 25 + end);
}

#[test]
fn a_later_hello_replaces_an_unfinished_one_but_not_the_reverse() {
    let message = hello(&[], &[0, 7]);
    let mut assembler = Assembler::default();
    let mut add = |seq, from, to| assembler.add(SEQUENCE, &fragment(seq, &message, from, to));
    assert!(add(0, 0, 10).unwrap().is_none());
    assert!(add(1, 0, 20).unwrap().is_none());
    assert_eq!(add(0, 10, message.len()).unwrap_err(), DtlsError::OutOfTurn);
    assert_eq!(add(1, 20, message.len()).unwrap().unwrap().message_seq, 1);
}

#[test]
fn an_oversized_hello_is_refused_at_its_first_part() {
    let fragment = Fragment { message_seq: 0, length: 8_193, offset: 0, data: &[0; 100] };
    let refused = Assembler::default().add(SEQUENCE, &fragment);
    assert_eq!(refused.unwrap_err(), DtlsError::UnsupportedHello);
}

proptest! {
    #[test]
    fn any_bytes_are_looked_into_without_panic(mut bytes: Vec<u8>, keep in 0_usize..120) {
        prop_assert!(preferred_profile(&bytes).is_err() || bytes.len() > 60);
        let mut broken = hello(&[], &[0, 7]);
        broken.truncate(keep);
        broken.append(&mut bytes);
        prop_assert!(preferred_profile(&broken).is_err() || broken.len() > 60);
    }

    #[test]
    fn any_cut_is_put_together_again(
        cuts in prop::collection::btree_set(1_usize..80, 0..12),
        order: prop::sample::Selector,
    ) {
        let message = hello(&[], &[0, 7, 0, 1]);
        let mut edges: Vec<usize> = cuts.into_iter().filter(|cut| *cut < message.len()).collect();
        edges.insert(0, 0);
        edges.push(message.len());
        let mut parts: Vec<_> = edges.windows(2).map(|pair| (pair[0], pair[1])).collect();
        let first = order.select(0..parts.len());
        parts.rotate_left(first);
        let mut assembler = Assembler::default();
        let mut done = Vec::new();
        for (from, to) in parts {
            done.extend(assembler.add(SEQUENCE, &fragment(3, &message, from, to)).unwrap());
        }
        prop_assert_eq!(done.len(), 1);
        prop_assert_eq!(&done[0].body, &message);
    }
}
