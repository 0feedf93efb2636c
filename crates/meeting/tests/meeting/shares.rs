//! Content shares: who has one when several want to.

use carillon_signaling::{AudioSessionId, AudioStatus, Identity};
use carillon_testkit::client::camera::Codec;
use carillon_testkit::network::LinkConfig;
use carillon_testkit::rig::{ClientId, Joining, MeetingRig, SocketFate, attendee_id, identity};

use crate::{millis, secs};

fn content(number: u8) -> Identity {
    Identity::content(attendee_id(number))
}

/// A client that shares as an attendee, over a path of this delay.
fn sharing(number: u8, object: u64, delay: u64) -> Joining {
    Joining {
        identity: content(number),
        object: AudioSessionId(object),
        link: LinkConfig { delay: millis(delay), ..LinkConfig::default() },
        ..Joining::of(number)
    }
}

/// Begins to share: the offer that follows from joining shows the picture.
fn share(rig: &mut MeetingRig, joining: Joining) -> ClientId {
    let id = rig.open(joining);
    rig.with_client(id, |client, now| {
        client.join(now);
        client.show_with_first_offer(Codec::Vp8);
    });
    id
}

/// A meeting in which so many may share at once.
fn meeting(seed: u64, max_shares: usize) -> (MeetingRig, Vec<ClientId>) {
    let mut rig =
        MeetingRig::with(seed, |config| carillon_meeting::MeetingConfig { max_shares, ..config });
    let ids = (0..3).map(|person| rig.join(Joining::of(person))).collect();
    rig.run(secs(1));
    (rig, ids)
}

/// The shares that an attendee knows of, by its roster and by its index.
fn shares_known_to(rig: &MeetingRig, id: ClientId) -> (Vec<Identity>, Vec<Identity>) {
    let is_share = |who: &Identity| who.modality == carillon_signaling::Modality::Content;
    let told = &rig.client(id).told;
    let index = told.index().into_iter().flat_map(|index| &index.sources);
    (
        told.present().into_iter().filter(is_share).collect(),
        index.map(|source| source.owner).filter(is_share).collect(),
    )
}

#[test]
fn of_two_clients_that_share_as_one_attendee_within_ten_milliseconds_one_does() {
    // The delays let the first be behind or ahead of the second in each of the steps that follow.
    for (seed, apart, delays) in [
        (1, 0, (5, 5)),
        (2, 0, (5, 20)),
        (3, 0, (20, 5)),
        (4, 9, (5, 5)),
        (5, 9, (20, 5)),
        (6, 9, (5, 20)),
        (7, 5, (10, 4)),
        (8, 1, (8, 7)),
    ] {
        let (mut rig, ids) = meeting(seed, 2);
        let began = rig.now();
        let first = share(&mut rig, sharing(0, 71, delays.0));
        rig.run(millis(apart));
        let second = share(&mut rig, sharing(0, 72, delays.1));
        let agreed = |rig: &MeetingRig| {
            let expected = (vec![content(0)], vec![content(0)]);
            ids[1..].iter().all(|id| shares_known_to(rig, *id) == expected)
        };
        assert!(rig.run_until(millis(500), agreed), "case {seed}");
        rig.run(millis(500) - (rig.now() - began));
        let told = |id| rig.client(id).told.statuses.clone();
        let taken_over = vec![AudioStatus::JOINED_FROM_ANOTHER_DEVICE];
        let (winner, loser) =
            if told(first).is_empty() { (first, second) } else { (second, first) };
        assert_eq!((told(winner), told(loser)), (vec![], taken_over), "case {seed}");
        let then = rig.now();
        rig.run(secs(1));
        assert!(agreed(&rig), "case {seed}");
        let camera = rig.client(winner).camera.as_ref().unwrap().ssrc;
        for id in &ids[1..] {
            let seen = rig.seen_since(*id, then);
            assert!(seen.len() > 20, "case {seed}: {}", seen.len());
            assert!(seen.iter().all(|seen| seen.mark.camera == camera), "case {seed}");
        }
        assert!(ids.iter().all(|id| rig.client(*id).told.statuses.is_empty()));
    }
}

#[test]
fn of_two_attendees_who_race_for_the_last_share_one_is_told_that_there_is_no_room() {
    for (seed, apart, delays) in
        [(1, 0, (5, 5)), (2, 0, (5, 20)), (3, 0, (20, 5)), (4, 9, (5, 20)), (5, 9, (20, 5))]
    {
        let (mut rig, ids) = meeting(seed, 1);
        let first = share(&mut rig, sharing(0, 71, delays.0));
        rig.run(millis(apart));
        let second = share(&mut rig, sharing(1, 72, delays.1));
        rig.run(millis(500));
        let told = |id| rig.client(id).told.statuses.clone();
        let (winner, loser) =
            if told(first).is_empty() { (first, second) } else { (second, first) };
        let refused = vec![AudioStatus::AT_CAPACITY];
        assert_eq!((told(winner), told(loser)), (vec![], refused), "case {seed}");
        let who = rig.client(winner).config().identity;
        let outsider = ids[2];
        assert_eq!(shares_known_to(&rig, outsider), (vec![who], vec![who]), "case {seed}");
        let other = if who == content(0) { content(1) } else { content(0) };
        let rosters = &rig.client(outsider).told.rosters;
        let names_other = |entry: &carillon_signaling::RosterEntry| matches!(entry, carillon_signaling::RosterEntry::Present { identity, .. } if *identity == other);
        assert!(!rosters.iter().flatten().any(names_other), "nobody ever sees the other one");
        assert!(ids.iter().all(|id| rig.client(*id).told.statuses.is_empty()));
    }
}

#[test]
fn the_place_of_a_share_whose_client_died_is_free_after_its_grace() {
    let (mut rig, ids) = meeting(1, 1);
    let dead = share(&mut rig, sharing(0, 71, 5));
    rig.run(secs(1));
    let died = rig.now();
    rig.cut(dead, SocketFate::Dies);
    rig.run(secs(5));
    let early = share(&mut rig, sharing(1, 72, 5));
    rig.run(millis(500));
    assert_eq!(rig.client(early).told.statuses, [AudioStatus::AT_CAPACITY]);
    let free = |rig: &MeetingRig| shares_known_to(rig, ids[2]) == (vec![], vec![]);
    assert!(rig.run_until(secs(10), free));
    assert!(rig.now() - died < millis(10_100));
    let next = share(&mut rig, sharing(1, 73, 5));
    rig.run(millis(500));
    assert!(rig.client(next).told.statuses.is_empty());
    assert_eq!(shares_known_to(&rig, ids[2]), (vec![content(1)], vec![content(1)]));
}

#[test]
fn a_share_that_comes_back_after_its_connection_broke_needs_no_second_place() {
    let (mut rig, ids) = meeting(1, 1);
    let first = share(&mut rig, sharing(0, 71, 5));
    rig.run(secs(1));
    rig.cut(first, SocketFate::Dies);
    rig.run(secs(2));
    let again = share(&mut rig, sharing(0, 71, 5));
    rig.run(secs(1));
    assert!(rig.client(again).told.statuses.is_empty());
    assert_eq!(shares_known_to(&rig, ids[2]), (vec![content(0)], vec![content(0)]));
    assert!(rig.client(ids[0]).told.present().contains(&identity(0)));
}

#[test]
fn share_counts_as_watched_from_the_first_viewer_to_the_last() {
    let mut rig = MeetingRig::with(9, |config| config);
    let ada = rig.join(Joining::of(0));
    rig.run(secs(1));
    share(&mut rig, sharing(0, 77, 5));
    rig.run(secs(6));
    assert_eq!(rig.unwatched, [true]);
    let bob = rig.join(Joining::of(1));
    for _ in 0..8 {
        rig.run(secs(1));
        rig.with_client(bob, |client, now| client.report_reception(now));
    }
    assert_eq!(rig.unwatched, [true, false]);
    rig.with_client(bob, |client, now| client.leave(now));
    rig.run(secs(12));
    assert_eq!(rig.unwatched, [true, false, true]);
    rig.with_client(ada, |client, now| client.leave(now));
    rig.run(secs(1));
    assert_eq!(rig.unwatched, [true, false, true, false]);
}
