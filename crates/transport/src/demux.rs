//! Telling the protocols of one socket apart, and whose session an unknown sender wants.

/// The protocol of a datagram, by its first bytes (RFC 7983 section 7, RFC 5761 section 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PacketKind {
    /// A STUN message.
    Stun,
    /// DTLS records.
    Dtls,
    /// An RTP packet, protected or not.
    Rtp,
    /// An RTCP packet, protected or not.
    Rtcp,
    /// None of these: drop it.
    Unknown,
}

/// The value that stands at the same place in every STUN message (RFC 8489 section 5).
const MAGIC_COOKIE: [u8; 4] = [0x21, 0x12, 0xa4, 0x42];
/// Bytes of a DTLS record header.
const RECORD_HEADER: usize = 13;
/// Bytes of the smallest RTP header.
const RTP_HEADER: usize = 12;
/// Bytes of the smallest RTCP packet that names its sender.
const RTCP_HEADER: usize = 8;

/// Tells the protocol of a datagram.
#[must_use]
pub fn classify(datagram: &[u8]) -> PacketKind {
    let &[first, second, ..] = datagram else { return PacketKind::Unknown };
    match (first, second) {
        (0..=3, _) if stun_parts(datagram).is_some() => PacketKind::Stun,
        (20..=63, _) if datagram.len() > RECORD_HEADER => PacketKind::Dtls,
        (128..=191, 192..=223) if datagram.len() >= RTCP_HEADER => PacketKind::Rtcp,
        (128..=191, 0..=191 | 224..) if datagram.len() >= RTP_HEADER => PacketKind::Rtp,
        _ => PacketKind::Unknown,
    }
}

/// The receiver's user name fragment in a binding request, by which the first packet of an unknown address
/// finds its session.
///
/// Nothing is authenticated yet: hand the datagram to that session and route the address to it only when it
/// says [`Event::AddressValidated`](crate::Event::AddressValidated).
#[must_use]
pub fn binding_request_ufrag(datagram: &[u8]) -> Option<&str> {
    const BINDING_REQUEST: [u8; 2] = [0x00, 0x01];
    const USERNAME: [u8; 2] = [0x00, 0x06];
    let (kind, mut attributes) = stun_parts(datagram)?;
    if kind != BINDING_REQUEST {
        return None;
    }
    while let Some((typ, rest)) = attributes.split_first_chunk::<2>() {
        let (length, rest) = rest.split_first_chunk::<2>()?;
        let length = usize::from(u16::from_be_bytes(*length));
        let (value, rest) = rest.split_at_checked(length)?;
        if *typ == USERNAME {
            return std::str::from_utf8(value).ok()?.split_once(':').map(|(local, _)| local);
        }
        attributes = rest.get(length.wrapping_neg() & 3..)?;
    }
    None
}

/// The type and the attributes of a STUN message.
fn stun_parts(datagram: &[u8]) -> Option<([u8; 2], &[u8])> {
    let (kind, rest) = datagram.split_first_chunk::<2>()?;
    let (length, rest) = rest.split_first_chunk::<2>()?;
    let (cookie, rest) = rest.split_first_chunk::<4>()?;
    let (_transaction, attributes) = rest.split_first_chunk::<12>()?;
    let whole = usize::from(u16::from_be_bytes(*length)) == attributes.len();
    (*cookie == MAGIC_COOKIE && whole).then_some((*kind, attributes))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn padded(first: u8, second: u8) -> [u8; 20] {
        let mut datagram = [0; 20];
        datagram[..2].copy_from_slice(&[first, second]);
        datagram
    }

    #[test]
    fn first_bytes_tell_the_protocol() {
        let mut stun = padded(0, 1);
        stun[4..8].copy_from_slice(&MAGIC_COOKIE);
        assert_eq!(classify(&stun), PacketKind::Stun);
        assert_eq!(classify(&padded(0, 1)), PacketKind::Unknown, "no cookie");
        assert_eq!(classify(&padded(22, 254)), PacketKind::Dtls);
        assert_eq!(classify(&padded(0x80, 111)), PacketKind::Rtp);
        assert_eq!(classify(&padded(0x90, 128 | 111)), PacketKind::Rtp);
        assert_eq!(classify(&padded(0x80, 200)), PacketKind::Rtcp);
        assert_eq!(classify(&padded(0x81, 206)), PacketKind::Rtcp);
        assert_eq!(classify(&padded(64, 0)), PacketKind::Unknown, "a TURN channel");
        assert_eq!(classify(&padded(255, 255)), PacketKind::Unknown);
    }

    #[test]
    fn short_datagrams_are_of_no_protocol() {
        assert_eq!(classify(&[]), PacketKind::Unknown);
        assert_eq!(classify(&padded(22, 254)[..13]), PacketKind::Unknown);
        assert_eq!(classify(&padded(0x80, 111)[..11]), PacketKind::Unknown);
        assert_eq!(classify(&padded(0x80, 200)[..7]), PacketKind::Unknown);
    }

    #[test]
    fn ufrag_is_the_part_before_the_colon() {
        let mut request = vec![0, 1, 0, 0x14, 0x21, 0x12, 0xa4, 0x42];
        request.extend([7; 12]);
        request.extend([0x80, 0x22, 0, 1, b'x', 0, 0, 0]);
        request.extend([0, 6, 0, 5]);
        request.extend(b"me:yo\0\0\0");
        assert_eq!(binding_request_ufrag(&request), Some("me"));
        request[1] = 0x11;
        assert_eq!(binding_request_ufrag(&request), None, "an indication is no request");
    }

    proptest! {
        #[test]
        fn any_bytes_are_told_apart_without_panic(datagram: Vec<u8>) {
            crate::properties::datagram(&datagram);
        }

        #[test]
        fn any_attributes_are_walked_without_panic(attributes in prop::collection::vec(any::<u8>(), 0..64)) {
            let mut request = vec![0, 1, 0, u8::try_from(attributes.len()).unwrap()];
            request.extend(MAGIC_COOKIE);
            request.extend([0; 12]);
            request.extend(attributes);
            prop_assert_eq!(classify(&request), PacketKind::Stun);
            let ufrag = binding_request_ufrag(&request);
            prop_assert!(ufrag.is_none_or(|ufrag| ufrag.len() < 60));
        }
    }
}
