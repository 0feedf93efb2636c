//! How a path ends.

use std::time::Duration;

use carillon_testkit::network::LinkConfig;
use carillon_transport::{CloseReason, Event, Output, SealError, SessionError};

use crate::rig::{Rig, Seen, Setup, certificate, rtp};

const BLACKOUT: LinkConfig = LinkConfig {
    delay: Duration::ZERO,
    jitter: Duration::ZERO,
    loss: 1.0,
    reordering: 0.0,
    duplication: 0.0,
    bottleneck: None,
};

fn reason(seen: &Seen) -> Option<CloseReason> {
    seen.events.iter().find_map(|event| match event {
        Event::Closed(reason) => Some(*reason),
        Event::AddressValidated(_) | Event::AddressAbandoned(_) | Event::Secured(_) => None,
    })
}

#[test]
fn silence_of_checks_ends_consent_after_thirty_seconds() {
    let mut rig = Rig::secured(&Setup::default());
    rig.run(Duration::from_secs(60));
    assert_eq!(reason(&rig.server_seen), None, "checks come every 2.5 s");
    rig.to_server.reconfigure(BLACKOUT);
    rig.run(Duration::from_secs(27));
    assert_eq!(reason(&rig.server_seen), None);
    rig.run(Duration::from_secs(3));
    assert_eq!(reason(&rig.server_seen), Some(CloseReason::ConsentLost));
    assert_eq!(rig.server.seal_rtp(&mut rtp(1, 1)), Err(SealError::NotSecured));
    assert_eq!(rig.server.poll_output(), Output::Timeout(None));
}

#[test]
fn a_short_blackout_is_survived() {
    let mut rig = Rig::secured(&Setup::default());
    rig.to_server.reconfigure(BLACKOUT);
    rig.to_client.reconfigure(BLACKOUT);
    rig.run(Duration::from_secs(25));
    rig.to_server.reconfigure(Setup::default().link);
    rig.to_client.reconfigure(Setup::default().link);
    rig.run(Duration::from_secs(60));
    assert_eq!((reason(&rig.server_seen), reason(&rig.client_seen)), (None, None));
}

#[test]
fn a_peer_that_never_comes_is_given_up() {
    let mut rig = Rig::new(&Setup { link: BLACKOUT, ..Setup::default() });
    rig.run(Duration::from_secs(21));
    assert_eq!(reason(&rig.server_seen), Some(CloseReason::HandshakeTimeout));
    assert_eq!(reason(&rig.client_seen), Some(CloseReason::HandshakeTimeout));
    assert!(rig.server_sent.is_empty(), "nothing is sent to an unknown peer");
}

#[test]
fn another_certificate_than_the_offers_gets_no_media() {
    let mut rig = Rig::new(&Setup { server_expects: certificate(), ..Setup::default() });
    rig.run(Duration::from_secs(5));
    assert_eq!(reason(&rig.server_seen), Some(CloseReason::FingerprintMismatch));
    assert!(!rig.server_seen.is_secured() && !rig.client_seen.is_secured());
    assert_eq!(rig.server.seal_rtp(&mut rtp(1, 1)), Err(SealError::NotSecured));
}

#[test]
fn a_client_that_expects_another_server_leaves() {
    let mut rig = Rig::new(&Setup { client_expects: certificate(), ..Setup::default() });
    assert!(rig.run_until(Duration::from_secs(60), |rig| rig.server_seen.is_closed()));
    assert_eq!(reason(&rig.client_seen), Some(CloseReason::FingerprintMismatch));
}

#[test]
fn goodbye_reaches_the_other_end() {
    let mut rig = Rig::secured(&Setup::default());
    rig.client.close(rig.now());
    rig.drain();
    rig.run(Duration::from_millis(20));
    assert_eq!(reason(&rig.server_seen), Some(CloseReason::PeerClosed));

    let mut rig = Rig::secured(&Setup::default());
    rig.server.close(rig.now());
    rig.drain();
    rig.run(Duration::from_millis(20));
    assert_eq!(reason(&rig.client_seen), Some(CloseReason::PeerClosed));
    assert_eq!(reason(&rig.server_seen), None, "who closes needs no event");
}

#[test]
fn a_closed_session_answers_nothing() {
    let mut rig = Rig::secured(&Setup::default());
    rig.server.close(rig.now());
    rig.drain();
    let sent = rig.server_sent.len();
    for datagram in rig.client_sent.clone() {
        rig.give_server(datagram.source, datagram.payload);
    }
    assert_eq!(rig.server_sent.len(), sent);
    assert!(rig.server_seen.errors.iter().all(|error| *error == SessionError::Closed));
}
