//! Any order of events: nothing panics, draining ends, nothing due is left undone, and in the end everybody is gone.
//!
//! The rig itself holds the engine to the second and the third.

use std::time::Instant;

use carillon_signaling::{AudioSessionId, Mute};
use carillon_testkit::client::Client;
use carillon_testkit::client::camera::Codec;
use carillon_testkit::network::LinkConfig;
use carillon_testkit::rig::{ClientId, Joining, MeetingRig, SocketFate, attendee_id, receive_mid};
use carillon_types::{AttendeeCapabilities, MediaCapability};
use proptest::prelude::*;

use crate::{millis, secs};

#[derive(Clone, Debug)]
enum Happening {
    Join { attendee: u8, object: u64, loss: f64 },
    Cut(usize, SocketFate),
    Act(usize, Act),
    Stray(usize, Vec<u8>),
    Rights(u8, AttendeeCapabilities),
    Remove(u8),
    End,
    GoAway,
    Pass(u64),
    Stall(u64),
}

/// What a client does.
#[derive(Clone, Debug)]
enum Act {
    Leave,
    Mute(Mute),
    Show,
    Hide,
    Offer,
    Mutilated(usize),
    Message(Vec<u8>),
    Rtp(Vec<u8>),
    Rtcp(Vec<u8>),
    AskKeyFrame,
}

fn happening() -> impl Strategy<Value = Happening> {
    let who = || 0_usize..8;
    let fate = prop_oneof![Just(SocketFate::Dies), Just(SocketFate::Hangs)];
    prop_oneof![
        6 => (0_u8..4, 0_u64..3, 0.0..0.3)
            .prop_map(|(attendee, object, loss)| Happening::Join { attendee, object, loss }),
        10 => (who(), act()).prop_map(|(who, act)| Happening::Act(who, act)),
        1 => (who(), fate).prop_map(|(who, fate)| Happening::Cut(who, fate)),
        1 => (who(), bytes()).prop_map(|(who, bytes)| Happening::Stray(who, bytes)),
        1 => (0_u8..4, capabilities()).prop_map(|(who, all)| Happening::Rights(who, all)),
        1 => (0_u8..4).prop_map(Happening::Remove),
        1 => Just(Happening::End),
        1 => Just(Happening::GoAway),
        8 => (0_u64..800).prop_map(Happening::Pass),
        2 => (0_u64..3_000).prop_map(Happening::Stall),
    ]
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        1 => Just(Act::Leave),
        2 => prop_oneof![Just(Mute::Muted), Just(Mute::Unmuted)].prop_map(Act::Mute),
        4 => Just(Act::Show),
        2 => Just(Act::Hide),
        1 => Just(Act::Offer),
        1 => any::<usize>().prop_map(Act::Mutilated),
        1 => bytes().prop_map(Act::Message),
        1 => bytes().prop_map(Act::Rtp),
        1 => bytes().prop_map(Act::Rtcp),
        2 => Just(Act::AskKeyFrame),
    ]
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..200)
}

fn capabilities() -> impl Strategy<Value = AttendeeCapabilities> {
    let right = || prop_oneof![Just(MediaCapability::SendReceive), Just(MediaCapability::None)];
    (right(), right()).prop_filter_map("content needs video", |(sound, pictures)| {
        AttendeeCapabilities::new(sound, pictures, pictures).ok()
    })
}

fn perform(rig: &mut MeetingRig, ids: &mut Vec<ClientId>, happening: Happening) {
    let pick = |who: usize| ids.get(who.checked_rem(ids.len())?).copied();
    match happening {
        Happening::Join { attendee, object, loss } => {
            let link = LinkConfig { delay: millis(15), loss, ..LinkConfig::default() };
            let object = AudioSessionId(object);
            ids.push(rig.join(Joining { link, object, ..Joining::of(attendee) }));
        }
        Happening::Cut(who, fate) => {
            if let Some(id) = pick(who) {
                rig.cut(id, fate);
            }
        }
        Happening::Act(who, act) => {
            if let Some(id) = pick(who) {
                rig.with_client(id, |client, now| perform_act(client, now, act));
            }
        }
        Happening::Stray(who, bytes) => {
            if let Some(id) = pick(who) {
                let address = rig.address(id);
                rig.inject(address, bytes);
            }
        }
        Happening::Rights(who, all) => rig.with_meeting(|meeting, now| {
            meeting.update_capabilities(now, attendee_id(who), all);
        }),
        Happening::Remove(who) => {
            rig.with_meeting(|meeting, now| meeting.remove_attendee(now, attendee_id(who)));
        }
        Happening::End => rig.with_meeting(|meeting, now| meeting.end(now)),
        Happening::GoAway => rig.with_meeting(|meeting, now| meeting.go_away(now)),
        Happening::Pass(time) => rig.run(millis(time)),
        Happening::Stall(time) => rig.stall(millis(time)),
    }
}

fn perform_act(client: &mut Client, now: Instant, act: Act) {
    match act {
        Act::Leave => client.leave(now),
        Act::Mute(mute) => client.set_mute(now, mute),
        Act::Show => client.show(now, Codec::Vp8),
        Act::Hide => client.hide(now),
        Act::Offer => client.offer(now),
        Act::Mutilated(at) => {
            let mut sdp = client.write_offer();
            sdp.truncate(at % sdp.len());
            client.offer_text(now, sdp);
        }
        Act::Message(bytes) => client.say_bytes(bytes.into()),
        Act::Rtp(bytes) => client.send_rtp(bytes),
        Act::Rtcp(bytes) => client.send_rtcp(bytes),
        Act::AskKeyFrame => client.ask_key_frame(&receive_mid(0)),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_it_drains_moves_on_and_ends(
        seed in any::<u32>(),
        happenings in prop::collection::vec(happening(), 0..50),
    ) {
        let mut rig = MeetingRig::new(seed.into());
        let mut ids = Vec::new();
        for happening in happenings {
            perform(&mut rig, &mut ids, happening);
        }
        for id in ids {
            rig.cut(id, SocketFate::Dies);
        }
        rig.run(secs(80));
        prop_assert!(rig.meeting.is_over());
        prop_assert_eq!(rig.deadline(), None);
    }
}
