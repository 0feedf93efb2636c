use bytes::Bytes;
use carillon_facade::MeetingSessionStatusCode;

use super::*;

/// A state before anything happened, in the meeting "monday" as Ada.
pub(crate) fn state() -> State {
    let meeting =
        r#"{"ExternalMeetingId": "monday", "MediaPlacement": {"SignalingUrl": "ws://h"}}"#;
    let id = AttendeeId::from_random(1);
    let attendee =
        format!(r#"{{"AttendeeId": "{id}", "JoinToken": "token", "ExternalUserId": "Ada#k3v9"}}"#);
    State::new(&MeetingSessionConfiguration::from_json(meeting, &attendee).unwrap())
}

pub(crate) fn who(number: u128, name: &str) -> AttendeeInfo {
    let identity = Identity::main(AttendeeId::from_random(number));
    AttendeeInfo { identity, external_user_id: name.into() }
}

pub(crate) fn content(number: u128, name: &str) -> AttendeeInfo {
    let identity = Identity::content(AttendeeId::from_random(number));
    AttendeeInfo { identity, external_user_id: name.into() }
}

pub(crate) fn volume(attendee: AttendeeInfo, volume: f32, mute: Mute) -> SessionEvent {
    SessionEvent::VolumeChanged(VolumeUpdate {
        attendee,
        volume: Some(volume),
        mute: Some(mute),
        signal_strength: None,
    })
}

pub(crate) fn tile(number: u32, attendee: AttendeeInfo) -> VideoTileState {
    VideoTileState {
        tile_id: TileId(number),
        local_tile: false,
        is_content: is_content(attendee.identity),
        attendee,
        active: true,
        pause_state: Default::default(),
        size: None,
    }
}

pub(crate) fn message(topic: &str, text: &'static str, sender: AttendeeInfo) -> SessionEvent {
    SessionEvent::DataMessage(DataMessage {
        topic: topic.parse().unwrap(),
        data: Bytes::from_static(text.as_bytes()),
        sender: Some(sender),
        timestamp: Some(Default::default()),
    })
}

fn names(state: &State) -> Vec<&str> {
    state.roster().into_iter().map(|(_, person)| shown_name(&person.name)).collect()
}

#[test]
fn people_come_and_go_and_the_own_attendee_stands_first() {
    let mut state = state();
    for who in [who(3, "Cleo#1"), who(2, "Bob"), who(1, "Ada#k3v9"), content(2, "Bob")] {
        state.handle_event(&SessionEvent::AttendeeJoined(who));
    }
    assert_eq!(names(&state), ["Ada", "Bob", "Bob", "Cleo"]);
    assert!(is_content(state.roster()[2].0));
    state.handle_event(&SessionEvent::ActiveSpeakersChanged(vec![who(3, "Cleo#1")]));
    state.handle_event(&SessionEvent::AttendeeDropped(who(3, "Cleo#1")));
    assert_eq!((names(&state).len(), state.speakers.len()), (3, 0));
}

#[test]
fn what_did_not_change_in_a_volume_stays() {
    let mut state = state();
    state.handle_event(&SessionEvent::AttendeeJoined(who(2, "Bob")));
    state.handle_event(&volume(who(2, "Bob"), 0.5, Mute::Muted));
    let quieter = VolumeUpdate {
        attendee: who(2, "Bob"),
        volume: Some(0.1),
        mute: None,
        signal_strength: Some(SignalStrength::Weak),
    };
    state.handle_event(&SessionEvent::VolumeChanged(quieter));
    let (_, bob) = state.roster()[0];
    assert_eq!((bob.volume, bob.mute, bob.signal), (0.1, Some(Mute::Muted), SignalStrength::Weak));
}

#[test]
fn content_is_shown_first_and_the_own_camera_last() {
    let mut state = state();
    let own = VideoTileState { local_tile: true, ..tile(1, who(1, "Ada")) };
    for tile in [own, tile(2, who(2, "Bob")), tile(3, content(2, "Bob"))] {
        state.handle_event(&SessionEvent::TileUpdated(tile));
    }
    let order: Vec<u32> = state.tiles().iter().map(|tile| tile.tile_id.0).collect();
    assert_eq!(order, [3, 2, 1]);
    assert!(state.has_camera());
    state.handle_event(&SessionEvent::TileRemoved(TileId(1)));
    assert!(!state.has_camera());
}

#[test]
fn messages_say_by_whom_and_where_and_only_so_many_are_kept() {
    let mut state = state();
    state.handle_event(&message("chat", "hello", who(2, "Bob#x")));
    state.handle_event(&message("votes", "yes", who(2, "Bob#x")));
    state.handle_sent("hello Bob");
    let said: Vec<_> =
        state.messages.iter().map(|said| (said.by.as_str(), said.text.as_str())).collect();
    assert_eq!(said, [("Bob", "hello"), ("Bob [votes]", "yes"), ("Ada (you)", "hello Bob")]);
    for _ in 0..200 {
        state.handle_event(&message("chat", "again", who(2, "Bob#x")));
    }
    assert_eq!(state.messages.len(), KEPT_MESSAGES);
}

#[test]
fn a_message_that_comes_back_is_a_notice_and_no_message() {
    let mut state = state();
    let SessionEvent::DataMessage(sent) = message("chat", "spam", who(1, "Ada")) else {
        panic!("a message is a message")
    };
    let throttled = DataMessage { timestamp: None, ..sent };
    state.handle_event(&SessionEvent::DataMessage(throttled));
    assert!(state.messages.is_empty() && state.notice.is_some());
}

#[test]
fn the_own_share_and_why_it_failed_are_known() {
    let mut state = state();
    let share = |event| SessionEvent::ContentShare(event);
    state.handle_event(&share(ContentShareEvent::Started));
    state.handle_event(&share(ContentShareEvent::Paused));
    assert_eq!(state.share, Share::Paused);
    let full = MeetingSessionStatusCode::VideoCallAtSourceCapacity.into();
    state.handle_event(&share(ContentShareEvent::Stopped(full)));
    assert_eq!(state.share, Share::Off);
    assert!(state.notice.as_ref().unwrap().contains("VideoCallAtSourceCapacity"));
}

#[test]
fn a_name_is_shown_without_its_mark() {
    assert_eq!(["Ada#k3v9", "a#b#c", "#x", "Ada"].map(shown_name), ["Ada", "a#b", "#x", "Ada"]);
}
