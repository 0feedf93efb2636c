//! Which header extensions reach a viewer.

use carillon_rtp::ExtensionElement;

use crate::meeting::{ALICE, Meeting, Publisher, VIEWER_MID, extension_id};

fn element(id: u8, value: &[u8]) -> ExtensionElement<'_> {
    ExtensionElement { id: extension_id(id), value }
}

/// What a viewer gets: room for the transport's number, the tag of its own section, and these.
fn tagged(others: &[(u8, Vec<u8>)]) -> Vec<(u8, Vec<u8>)> {
    [&[(2, vec![0, 0]), (1, VIEWER_MID.into())], others].concat()
}

#[test]
fn every_packet_says_its_section_and_has_room_for_its_transports_number() {
    let mut meeting = Meeting::watching_alice();
    let mut alice = Publisher::new(1);
    for sent in [alice.key(), alice.delta(), alice.delta()] {
        meeting.send(ALICE, &sent);
    }
    let received = meeting.received();
    assert_eq!(received.len(), 3);
    assert!(received.iter().all(|packet| packet.extensions == tagged(&[])));
}

#[test]
fn what_is_about_the_picture_goes_on_under_the_viewers_id() {
    let mut meeting = Meeting::watching_alice();
    let orientation = [element(13, &[1])];
    meeting.send(ALICE, &Publisher::new(1).key_with(&orientation));
    assert_eq!(meeting.received()[0].extensions, tagged(&[(3, vec![1])]));
}

#[test]
fn what_is_about_the_publishers_session_never_goes_on() {
    let mut meeting = Meeting::watching_alice();
    let session = [
        element(2, &[1, 2, 3]),
        element(3, &[0, 9]),
        element(4, b"1"),
        element(10, b"hi"),
        element(14, b"unnegotiated"),
    ];
    meeting.send(ALICE, &Publisher::new(1).key_with(&session));
    assert_eq!(meeting.received()[0].extensions, tagged(&[]));
}

#[test]
fn what_the_viewer_did_not_negotiate_does_not_go_on() {
    let mut meeting = Meeting::watching_alice();
    let playout_delay = [element(5, &[0, 0, 0]), element(13, &[2])];
    meeting.send(ALICE, &Publisher::new(1).key_with(&playout_delay));
    assert_eq!(meeting.received()[0].extensions, tagged(&[(3, vec![2])]));
}
