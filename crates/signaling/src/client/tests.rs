use std::time::{Duration, Instant};

use carillon_types::WallTime;
use proptest::prelude::*;

use super::*;
use crate::id::PingId;
use crate::subscribe::Sdp;
use crate::wire::{Stamped, decode_client, encode_server};

const WALL: WallTime = WallTime::from_millis(1_700_000_000_000);

/// A client, the time, and what it did.
struct Rig {
    now: Instant,
    session: ClientSession,
    said: Vec<ClientMessage>,
    told: Vec<ClientEvent>,
    closed: bool,
}

impl Rig {
    #[expect(
        clippy::disallowed_methods,
        reason = "any instant serves as the origin of virtual time"
    )]
    fn open() -> Self {
        let now = Instant::now();
        let mut session = ClientSession::new(Epoch::new(now, WALL), Join::default());
        session.handle_open(now);
        let mut rig = Self { now, session, said: vec![], told: vec![], closed: false };
        rig.drain();
        rig
    }

    fn joined() -> Self {
        let mut rig = Self::open();
        rig.hear(ServerMessage::JoinAck(JoinAck::default()));
        rig.hear(ServerMessage::Index(Index::default()));
        rig
    }

    fn drain(&mut self) -> Option<Instant> {
        loop {
            match self.session.poll_output() {
                ClientOutput::Send(bytes) => {
                    let Stamped { content, .. } = decode_client(&bytes).unwrap().unwrap();
                    self.said.push(content);
                }
                ClientOutput::Event(event) => self.told.push(event),
                ClientOutput::Close => self.closed = true,
                ClientOutput::Timeout(deadline) => return deadline,
            }
        }
    }

    fn hear(&mut self, message: ServerMessage) {
        self.hear_frame(&message.into());
    }

    fn hear_frame(&mut self, frame: &ServerFrame) {
        self.session.handle_message(self.now, &encode_server(WALL, frame));
        self.drain();
    }

    /// Lets time pass until the client has ended or nothing is due any more.
    fn wait(&mut self) {
        while let Some(deadline) = self.drain() {
            self.now = deadline;
            self.session.handle_timeout(self.now);
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "one event is looked for")]
    fn end(&self) -> Option<SessionEnd> {
        self.told.iter().find_map(|event| match event {
            ClientEvent::Ended(end) => Some(*end),
            _ => None,
        })
    }
}

/// Frames of a server that follow each other, and between them bytes that are none.
fn conversation() -> impl Strategy<Value = Vec<u8>> {
    let said = prop_oneof![
        Just(ServerMessage::JoinAck(JoinAck::default())),
        Just(ServerMessage::Index(Index::default())),
        any::<u32>().prop_map(|id| ServerMessage::Ping(PingId(id))),
        any::<u32>().prop_map(|status| ServerMessage::AudioStatus(AudioStatus(status))),
        Just(ServerMessage::LeaveAck),
    ];
    let frame = said.prop_map(|message| encode_server(WALL, &message.into())[1..].to_vec());
    let piece = prop_oneof![frame, prop::collection::vec(any::<u8>(), 0..40)];
    prop::collection::vec(piece, 0..20).prop_map(|pieces| {
        let framed = pieces.into_iter().map(|piece| {
            let length = u8::try_from(piece.len()).unwrap_or(u8::MAX);
            [vec![length], piece].concat()
        });
        framed.flatten().collect()
    })
}

proptest! {
    #[test]
    fn any_conversation_is_taken_and_the_end_is_the_end(said in conversation()) {
        crate::properties::client_session(Rig::open().now, &said);
    }
}

fn offer() -> Subscribe {
    Subscribe {
        offer: Sdp::Plain("v=0".to_owned()),
        audio: None,
        send_layers: vec![],
        receive: vec![],
        video_subscriptions: vec![],
    }
}

#[test]
fn a_client_pings_and_joins_when_its_socket_opens() {
    let rig = Rig::open();
    assert_eq!(rig.said[0], ClientMessage::Ping(PingId(1)));
    assert!(matches!(rig.said[1], ClientMessage::Join(_)));
    assert!(!rig.session.may_subscribe());
}

#[test]
fn offers_wait_for_the_first_index_and_for_each_other() {
    let mut rig = Rig::joined();
    assert!(rig.session.may_subscribe());
    rig.session.subscribe(rig.now, offer());
    assert!(!rig.session.may_subscribe());
    let ack =
        SubscribeAck { answer: Sdp::Plain("v=0".to_owned()), allocations: vec![], tracks: vec![] };
    rig.hear(ServerMessage::SubscribeAck(ack.clone()));
    rig.hear(ServerMessage::SubscribeAck(ack.clone()));
    assert!(rig.session.may_subscribe());
    let answers = rig.told.iter().filter(|event| **event == ClientEvent::Answered(ack.clone()));
    assert_eq!(answers.count(), 1);
}

#[test]
fn servers_that_do_not_answer_are_given_up() {
    let mut silent = Rig::open();
    let start = silent.now;
    silent.wait();
    assert_eq!(silent.end(), Some(SessionEnd::NoAnswer));
    assert_eq!(silent.now - start, STEP_TIMEOUT);

    let mut offering = Rig::joined();
    offering.session.subscribe(offering.now, offer());
    offering.wait();
    assert_eq!(offering.end(), Some(SessionEnd::NoAnswer));
}

#[test]
fn four_unanswered_pings_end_a_session() {
    let mut rig = Rig::joined();
    let start = rig.now;
    rig.wait();
    assert_eq!(rig.end(), Some(SessionEnd::Silent));
    assert_eq!(rig.now - start, Duration::from_secs(40));
    assert!(rig.closed && SessionEnd::Silent.is_worth_retrying());
}

#[test]
fn pings_of_the_server_are_answered_by_their_number() {
    let mut rig = Rig::joined();
    rig.hear(ServerMessage::Ping(PingId(77)));
    assert_eq!(rig.said.last(), Some(&ClientMessage::Pong(PingId(77))));
}

#[test]
fn every_way_to_be_told_the_end_is_understood() {
    let ends = [
        (AudioStatus::MEETING_ENDED, SessionEnd::MeetingEnded),
        (AudioStatus::ATTENDEE_REMOVED, SessionEnd::AttendeeRemoved),
        (AudioStatus::JOINED_FROM_ANOTHER_DEVICE, SessionEnd::JoinedFromAnotherDevice),
        (AudioStatus::UNAVAILABLE, SessionEnd::Unavailable),
        (AudioStatus(777), SessionEnd::Disconnected),
    ];
    for (status, end) in ends {
        let mut rig = Rig::joined();
        rig.hear(ServerMessage::AudioStatus(status));
        assert_eq!((rig.end(), rig.closed), (Some(end), true));
    }
    for (code, end) in [
        (Some(CloseCode::MEETING_ENDED), SessionEnd::MeetingEnded),
        (Some(CloseCode::FORBIDDEN), SessionEnd::AuthenticationRejected),
        (Some(CloseCode::RETRY), SessionEnd::ServerError),
        (Some(CloseCode::NORMAL), SessionEnd::SocketLost),
        (None, SessionEnd::SocketLost),
    ] {
        let mut rig = Rig::joined();
        rig.session.handle_close(code);
        rig.drain();
        assert_eq!(rig.end(), Some(end));
    }
}

#[test]
fn errors_on_frames_end_a_session_unless_they_only_stop_the_camera() {
    let index = || ServerMessage::Index(Index::default());
    let mut rig = Rig::joined();
    rig.hear_frame(&ServerFrame { error: Some(ErrorStatus::VIDEO_VIEW_ONLY), message: index() });
    assert_eq!(rig.told.last(), Some(&ClientEvent::ViewOnly));
    assert_eq!(rig.end(), None);
    let error = Some(ErrorStatus::AT_SOURCE_CAPACITY);
    rig.hear_frame(&ServerFrame { error, message: index() });
    assert_eq!(rig.end(), Some(SessionEnd::AtSourceCapacity));
}

#[test]
fn a_server_of_another_protocol_is_left_soon() {
    let mut rig = Rig::open();
    for _ in 0..MOST_NONSENSE {
        assert_eq!(rig.end(), None);
        rig.session.handle_message(rig.now, b"HTTP/1.1 418");
        rig.drain();
    }
    assert_eq!(rig.end(), Some(SessionEnd::NotUnderstood));
}

#[test]
fn leaving_ends_with_the_servers_word_or_without() {
    let mut confirmed = Rig::joined();
    confirmed.session.leave(confirmed.now);
    confirmed.hear(ServerMessage::LeaveAck);
    assert_eq!(confirmed.end(), Some(SessionEnd::Left));
    let mut alone = Rig::joined();
    alone.session.leave(alone.now);
    alone.wait();
    assert_eq!(alone.end(), Some(SessionEnd::Left));
}
