use std::sync::LazyLock;

use carillon_testkit::clock::VirtualClock;

use super::*;
use crate::SrtpProfile;

static CERTIFICATE: LazyLock<Certificate> =
    LazyLock::new(|| Certificate::generate().expect("the system has randomness"));

/// A server, and a client that is not guarded.
struct Pair {
    now: Instant,
    server: ServerHandshake,
    client: Association,
}

impl Pair {
    fn new() -> Self {
        let now = VirtualClock::start().now();
        let profiles = [SrtpProfile::Aes128CmSha1_80, SrtpProfile::AeadAes128Gcm];
        let options = CERTIFICATE.identity().client(&profiles).unwrap();
        let client = Association::client(now, &options).unwrap();
        Self { now, server: ServerHandshake::new(CERTIFICATE.clone()), client }
    }

    fn serve(&mut self, datagram: &[u8]) -> (Result<Progress, DtlsError>, Vec<Bytes>) {
        let mut flight = Vec::new();
        let result = self.server.handle_datagram(self.now, datagram, &mut flight);
        (result, flight)
    }

    /// Hands the client's datagrams to the server, each in the parts that `cut` makes of it, and returns the
    /// server's flight.
    fn uplink(&mut self, cut: impl Fn(&[u8]) -> Vec<Vec<u8>>) -> Vec<Bytes> {
        let mut flights = Vec::new();
        for datagram in self.client.drain() {
            for part in cut(&datagram) {
                let (result, flight) = self.serve(&part);
                assert!(result.is_ok(), "{result:?}");
                flights.extend(flight);
            }
        }
        flights
    }

    fn downlink(&mut self, flight: &[Bytes]) -> Progress {
        let mut progress = Progress::Pending;
        for datagram in flight {
            progress = self.client.read(self.now, datagram).unwrap();
        }
        progress
    }
}

fn whole(datagram: &[u8]) -> Vec<Vec<u8>> {
    vec![datagram.to_vec()]
}

/// Cuts a hello, which is one record, into fragments of this many bytes in a record each. They share the number of
/// the record, because the client counts on with the next.
fn cut(datagram: &[u8], size: usize) -> Vec<Vec<u8>> {
    let (header, body) = datagram.split_at(25);
    let fragment = |(number, data): (usize, &[u8])| {
        let mut record = header.to_vec();
        let (length, offset) = (u32::try_from(data.len()).unwrap(), number * size);
        record[11..13].copy_from_slice(&u16::try_from(data.len() + 12).unwrap().to_be_bytes());
        record[19..22].copy_from_slice(&u32::try_from(offset).unwrap().to_be_bytes()[1..]);
        record[22..25].copy_from_slice(&length.to_be_bytes()[1..]);
        record.extend(data);
        record
    };
    body.chunks(size).enumerate().map(fragment).collect()
}

#[test]
fn a_hello_in_parts_gets_one_answer_in_any_order() {
    for (size, reversed) in [(60, false), (60, true), (10, false), (10, true)] {
        let mut pair = Pair::new();
        let in_parts = |datagram: &[u8]| {
            let mut parts = cut(datagram, size);
            if reversed {
                parts.reverse();
            }
            parts
        };
        let cookie = pair.uplink(in_parts);
        assert_eq!(cookie.len(), 1, "one HelloVerifyRequest");
        pair.downlink(&cookie);
        let flight = pair.uplink(in_parts);
        assert_eq!(flight.len(), 1);
        pair.downlink(&flight);
        let last = pair.uplink(whole);
        assert_eq!(pair.downlink(&last), Progress::Complete, "parts of {size}");
        let agreement = pair.server.agreement().unwrap();
        assert_eq!(agreement.profile, SrtpProfile::AeadAes128Gcm);
        assert_eq!(agreement.peer, CERTIFICATE.fingerprint());
    }
}

#[test]
fn a_repeated_hello_gets_the_same_flight_byte_by_byte() {
    let mut pair = Pair::new();
    let hello = pair.client.drain();
    let (_, cookie) = pair.serve(&hello[0]);
    assert_eq!(pair.serve(&hello[0]), (Ok(Progress::Pending), cookie.clone()));
    pair.downlink(&cookie);
    let hello_with_cookie = pair.client.drain();
    let (_, flight) = pair.serve(&hello_with_cookie[0]);
    for _ in 0..3 {
        assert_eq!(pair.serve(&hello_with_cookie[0]), (Ok(Progress::Pending), flight.clone()));
    }
    let stale = pair.serve(&hello[0]);
    assert_eq!(stale, (Ok(Progress::Pending), Vec::new()), "the hello before it is not repeated");
    pair.downlink(&flight);
    let last = pair.uplink(whole);
    assert_eq!(pair.downlink(&last), Progress::Complete);
}

#[test]
fn a_lost_last_flight_is_sent_again() {
    let mut pair = Pair::new();
    let cookie = pair.uplink(whole);
    pair.downlink(&cookie);
    let flight = pair.uplink(whole);
    pair.downlink(&flight);
    let lost = pair.uplink(whole);
    assert!(!lost.is_empty());
    pair.now = pair.client.poll_timeout().unwrap();
    pair.client.handle_timeout(pair.now).unwrap();
    let again = pair.uplink(whole);
    assert_eq!(pair.downlink(&again), Progress::Complete);
}

#[test]
fn a_flight_that_nobody_asks_for_again_is_repeated_ever_more_slowly() {
    let mut pair = Pair::new();
    let cookie = pair.uplink(whole);
    pair.downlink(&cookie);
    let flight = pair.uplink(whole);
    for seconds in [1, 2, 4, 8] {
        let due = pair.server.poll_timeout().unwrap();
        assert_eq!(due.duration_since(pair.now), Duration::from_secs(seconds));
        assert!(pair.server.handle_timeout(pair.now).is_empty(), "not yet");
        pair.now = due;
        assert_eq!(pair.server.handle_timeout(pair.now), flight);
    }
    pair.downlink(&flight);
    let last = pair.uplink(whole);
    assert_eq!(pair.server.poll_timeout(), None);
    assert_eq!(pair.downlink(&last), Progress::Complete);
}

#[test]
fn repetitions_leave_the_clients_own_timer_alone() {
    let mut pair = Pair::new();
    let cookie = pair.uplink(whole);
    pair.downlink(&cookie);
    let flight = pair.uplink(whole);
    pair.downlink(&flight);
    assert!(!pair.client.drain().is_empty(), "the client's last flight is lost");
    let due = pair.client.poll_timeout();
    pair.downlink(&flight);
    assert!(due.is_some() && pair.client.poll_timeout() == due);
}

#[test]
fn records_of_a_third_epoch_are_refused() {
    let mut pair = Pair::new();
    let record = |epoch| [20, 0xfe, 0xfd, 0, epoch, 0, 0, 0, 0, 0, 0, 0, 1, 1];
    assert_eq!(pair.serve(&record(2)).0, Err(DtlsError::Malformed));
    assert_eq!(pair.serve(&record(1)).0, Err(DtlsError::OutOfTurn));
}

#[test]
fn nothing_but_a_hello_is_fed_first() {
    let mut pair = Pair::new();
    let alert = [21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 40];
    assert_eq!(pair.serve(&alert), (Err(DtlsError::OutOfTurn), Vec::new()));
    assert_eq!(pair.server.poll_timeout(), None, "no association was made");
}

#[test]
fn handshake_messages_of_a_proven_peer_are_rationed_too() {
    let mut allowance = Allowance::default();
    let protected = |content_type: u8, length: u16| {
        let mut record = vec![content_type, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, 9];
        record.extend(length.to_be_bytes());
        record.resize(record.len() + usize::from(length), 0);
        record
    };
    let mut charge = |datagram: &[u8]| allowance.charge_datagram(datagram, Standing::Established);
    for _ in 0..1_000 {
        assert_eq!(charge(&protected(23, 1_000)), Ok(()), "application data is free");
    }
    let charged = (0..1_000).take_while(|_| charge(&protected(22, 1_000)).is_ok()).count();
    assert_eq!(charged, 32, "32 KiB");
    assert_eq!(charge(&protected(23, 1_000)), Ok(()));
}

#[test]
fn every_datagram_of_an_unproven_peer_is_rationed() {
    let mut allowance = Allowance::default();
    let early = [23, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, 9, 0, 1, 0];
    let mut charge = || allowance.charge_datagram(&early, Standing::Handshaking).is_ok();
    assert_eq!((0..1_000).filter(|_| charge()).count(), 64);
}
