//! Attendees of one meeting who reach for another: what they guess and send means nothing there.

use std::{net::SocketAddr, time::Instant};

use carillon_signaling::{ClientMessage, RemoteVideoUpdate, StreamId, VideoSubscription};
use carillon_testkit::client::camera::Codec;
use carillon_testkit::client::offer::{ReceiveSection, Wish};
use carillon_testkit::client::{Client, Output, Watching};
use carillon_testkit::rig::{ClientId, MeetingRig, identity, receive_mid};

use crate::{millis, secs};

/// Two meetings of one server, with a camera on in the second; their streams are numbered alike.
fn two_meetings(seed: u64) -> ((MeetingRig, ClientId), (MeetingRig, [ClientId; 2])) {
    let (first, here) = MeetingRig::of(1, seed);
    let (mut second, there) = MeetingRig::of(2, seed + 100);
    second.with_client(there[0], |client, now| client.show(now, Codec::Vp8));
    second.run(secs(1));
    ((first, here[0]), (second, [there[0], there[1]]))
}

#[test]
fn who_guesses_the_numbers_of_another_meeting_gets_nothing_of_it() {
    let ((mut here, spy), (there, others)) = two_meetings(15);
    let guessed = there.stream_of(others[1], identity(0)).unwrap();
    let near = guessed.get().saturating_sub(3)..=guessed.get() + 3;
    let streams: Vec<_> = near.filter_map(StreamId::new).collect();
    let mid = |number: usize| receive_mid(number);
    here.with_client(spy, |client, now| {
        client.watching = Watching::ByHand;
        client.receive = streams
            .iter()
            .enumerate()
            .map(|(number, stream)| ReceiveSection {
                mid: mid(number),
                wish: Wish::Stream(*stream),
            })
            .collect();
        client.offer(now);
    });
    here.run(secs(1));
    let updated = streams.iter().map(|stream| VideoSubscription {
        mid: mid(0),
        owner: Some(identity(0)),
        stream_id: Some(*stream),
        group_id: None,
        priority: None,
        target_bitrate: None,
        preference: None,
    });
    let update = RemoteVideoUpdate { updated: updated.collect(), removed: Vec::new() };
    for message in [
        ClientMessage::UpdateRemoteVideos(update),
        ClientMessage::Pause(streams.clone()),
        ClientMessage::Resume(streams),
    ] {
        here.with_client(spy, |client, now| client.say(now, &message));
        here.run(millis(100));
    }
    here.with_client(spy, |client, _| client.ask_key_frame(&mid(0)));
    here.run(secs(1));
    assert!(here.client(spy).seen.is_empty() && here.client(spy).told.errors.is_empty());
    assert!(here.client(spy).told.index().unwrap().sources.is_empty());
}

#[test]
fn what_was_sealed_for_one_meeting_means_nothing_to_another() {
    let ((mut here, spy), (mut there, others)) = two_meetings(16);
    let before = (there.events.len(), there.client(others[1]).told.rosters.len());
    let victim = there.address(others[0]);
    let elsewhere = SocketAddr::from(([203, 0, 113, 9], 9));
    for _ in 0..50 {
        let now = here.now() + millis(20);
        here.run(millis(20));
        for datagram in here.with_client(spy, |client, _| sent_at(client, now)) {
            // From an address of its own, and from that of somebody it pretends to be.
            there.inject(elsewhere, datagram.clone());
            there.inject(victim, datagram);
        }
        there.run(millis(20));
    }
    assert_eq!((there.events.len(), there.client(others[1]).told.rosters.len()), before);
    assert_eq!(there.hears(others[1]), there.tones(&others[..1]));
    assert_eq!(there.client(others[1]).hearing.missed, 0);
}

/// What a client sends at a moment, taken off the wire.
fn sent_at(client: &mut Client, now: Instant) -> Vec<Vec<u8>> {
    client.handle_timeout(now);
    let mut datagrams = Vec::new();
    loop {
        match client.poll_output() {
            Output::Datagram(_, datagram) => datagrams.push(datagram),
            Output::Message(_) | Output::CloseSocket => {}
            Output::Timeout(_) => return datagrams,
        }
    }
}
