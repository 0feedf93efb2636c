//! A peer whose address changes.

use std::net::SocketAddr;
use std::time::Duration;

use carillon_transport::{Event, SessionError};

use crate::rig::{Rig, Setup, rtp};

fn elsewhere(port: u16) -> SocketAddr {
    SocketAddr::from(([203, 0, 113, 9], port))
}

#[test]
fn media_follows_the_peer_at_its_next_check() {
    let mut rig = Rig::secured(&Setup::default());
    let before = rig.client_address;
    rig.client_address = elsewhere(40_000);
    rig.client_rtp(rtp(1, 1));
    rig.run(Duration::from_millis(20));
    assert_eq!(rig.server_seen.errors, [SessionError::Unvalidated(elsewhere(40_000))]);
    assert_eq!(rig.server.destination(), Some(before), "media alone moves nothing");

    rig.run(Duration::from_millis(2_500));
    assert_eq!(rig.server.destination(), Some(elsewhere(40_000)));
    let event = Event::AddressValidated(elsewhere(40_000));
    assert_eq!(rig.server_seen.events.last(), Some(&event));
    assert_eq!(rig.server.stats().address_changes, 1);
    rig.client_rtp(rtp(1, 2));
    rig.server_rtp(rtp(2, 1));
    rig.run(Duration::from_millis(20));
    assert_eq!((rig.server_seen.rtp.len(), rig.client_seen.rtp.len()), (1, 1));
}

#[test]
fn an_address_left_behind_is_abandoned_when_its_consent_ends() {
    let mut rig = Rig::secured(&Setup::default());
    let before = rig.client_address;
    rig.client_address = elsewhere(40_000);
    rig.run(Duration::from_secs(29));
    assert!(!rig.server_seen.events.contains(&Event::AddressAbandoned(before)));
    rig.run(Duration::from_secs(5));
    assert!(rig.server_seen.events.contains(&Event::AddressAbandoned(before)));
    let packet = rig.client_rtp(rtp(1, 1));
    rig.give_server(before, packet);
    assert_eq!(rig.server_seen.errors, [SessionError::Unvalidated(before)]);
}

#[test]
fn addresses_of_one_peer_are_bounded() {
    let mut rig = Rig::secured(&Setup::default());
    for port in 1..100 {
        rig.client_address = elsewhere(port);
        rig.run(Duration::from_millis(2_500));
    }
    let count = |wanted: fn(&Event) -> bool| {
        rig.server_seen.events.iter().filter(|event| wanted(event)).count()
    };
    let validated = count(|event| matches!(event, Event::AddressValidated(_)));
    let abandoned = count(|event| matches!(event, Event::AddressAbandoned(_)));
    assert_eq!(validated, 100);
    assert!(validated - abandoned <= 8, "{abandoned} abandoned");
    assert_eq!(rig.server.destination(), Some(elsewhere(99)));
}

#[test]
fn a_recorded_check_from_elsewhere_moves_nothing() {
    let mut rig = Rig::secured(&Setup::default());
    let before = rig.server.destination();
    let sent = rig.server_sent.len();
    let checks = rig.client_sent.clone().into_iter().filter(|datagram| datagram.payload[0] < 4);
    for check in checks {
        rig.give_server(elsewhere(666), check.payload);
    }
    assert_eq!(rig.server.destination(), before);
    assert_eq!(rig.server_sent.len(), sent, "and is not answered");
}
