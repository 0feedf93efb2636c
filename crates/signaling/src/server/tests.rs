//! One socket, from a client's side.

use carillon_types::WallTime;
use proptest::{collection::vec, prelude::*};

use super::*;
use crate::{
    client_metrics::{Metric, MetricKind},
    data_message::{Arrival, ReceivedData},
    epoch::UnixNanos,
    id::{AudioStreamId, PingId},
    join::NetworkAdaption,
    roster::Mute,
    status::AudioStatus,
    subscribe::Sdp,
    wire::{decode_server, encode_client},
};

const AT: WallTime = WallTime::from_millis(1_700_000_000_000);

const ENDINGS: [Ending; 9] = [
    Ending::MeetingEnded,
    Ending::AttendeeRemoved,
    Ending::JoinedFromAnotherDevice,
    Ending::Resumed,
    Ending::BadToken,
    Ending::AtCapacity,
    Ending::ServerGoingAway,
    Ending::ServerFault,
    Ending::ProtocolViolation,
];

#[test]
fn ping_before_join_is_answered() {
    let mut client = Client::open();
    assert_eq!(client.say(&ClientMessage::Ping(PingId(1))), [pong(1)]);
    assert_eq!(client.say(&ClientMessage::Ping(PingId(2))), [pong(2)]);
}

#[test]
fn ping_is_answered_in_every_phase_until_the_close() {
    for mut client in [Client::open(), Client::joining(), Client::running()] {
        assert_eq!(client.say(&ClientMessage::Ping(PingId(9))), [pong(9)]);
    }
    let mut ending = Client::running();
    ending.end(Ending::MeetingEnded);
    assert_eq!(ending.say(&ClientMessage::Ping(PingId(9))), [pong(9)]);
}

#[test]
fn join_is_acknowledged_before_the_first_index() {
    let mut client = Client::joining();
    client.session.send_index(client.now, Index::default());
    assert_eq!(client.heard(), [], "an index before JOIN_ACK would fix the client's settings");
    client.session.acknowledge_join(client.now, JoinAck::default());
    client.session.send_index(client.now, Index::default());
    let [Heard::Frame(ServerMessage::JoinAck(ack)), Heard::Frame(ServerMessage::Index(_))] =
        &client.heard()[..]
    else {
        panic!("JOIN_ACK and then INDEX");
    };
    assert_eq!(ack.adaption, NetworkAdaption::Client);
}

#[test]
fn frames_carry_the_wall_time_of_their_moment() {
    let mut client = Client::open();
    client.now += Duration::from_millis(1234);
    let ping = encode_client(AT, &ClientMessage::Ping(PingId(1)));
    client.session.handle_message(client.now, &ping).unwrap();
    let Output::Send(bytes) = client.session.poll_output() else { panic!("a PONG") };
    let frame = decode_server(&bytes).unwrap().unwrap();
    assert_eq!(frame.at.as_millis(), AT.as_millis() + 1234);
}

#[test]
fn leave_is_acknowledged_at_once() {
    for mut client in [Client::open(), Client::joining(), Client::running()] {
        let heard = client.say(&ClientMessage::Leave);
        assert_eq!(heard, [Heard::Event(Event::Left), Heard::Frame(ServerMessage::LeaveAck)]);
        assert_eq!(client.say(&ClientMessage::Leave), [], "one LEAVE, one LEAVE_ACK");
        assert_eq!(client.wait(CLOSE_TIMEOUT), [Heard::Close(CloseCode::NORMAL)]);
    }
}

#[test]
fn subscribe_waits_for_join_index_and_the_last_answer() {
    let mut client = Client::open();
    assert!(matches!(client.refused(&subscribe()), SignalError::NotJoined));
    let mut client = Client::joining();
    assert!(matches!(client.refused(&subscribe()), SignalError::SubscribeTooEarly));
    let mut client = Client::running();
    assert!(matches!(&client.say(&subscribe())[..], [Heard::Event(Event::Subscribe(_))]));
    assert!(matches!(client.refused(&subscribe()), SignalError::SubscribePending));
    client.session.acknowledge_subscribe(client.now, ack());
    client.session.acknowledge_subscribe(client.now, ack());
    assert_eq!(client.heard().len(), 1, "one ack for one SUBSCRIBE");
    assert!(matches!(&client.say(&subscribe())[..], [Heard::Event(Event::Subscribe(_))]));
}

#[test]
fn second_join_is_refused() {
    let mut client = Client::running();
    let join = ClientMessage::Join(Join::default());
    assert!(matches!(client.refused(&join), SignalError::JoinedAlready));
}

#[test]
fn socket_without_join_is_closed_and_may_come_back() {
    let mut client = Client::open();
    let mut heard = Vec::new();
    while heard.is_empty() {
        client.now += Duration::from_secs(10);
        client.say(&ClientMessage::Ping(PingId(1)));
        client.session.handle_timeout(client.now);
        heard = client.heard();
    }
    let lost = Heard::Event(Event::Lost(Loss::NeverJoined));
    assert_eq!(heard, [lost, Heard::Close(CloseCode::RETRY)]);
}

#[test]
fn established_session_is_never_closed_with_1000_or_1001() {
    for ending in ENDINGS {
        for subscribing in [false, true] {
            let mut client = Client::running();
            if subscribing {
                client.say(&subscribe());
            }
            client.session.end(client.now, ending);
            let codes = client.heard_to_the_end();
            assert_eq!(codes.len(), 1, "{ending:?}");
            assert!((4500..4600).contains(&codes[0].0), "{ending:?} closes with {codes:?}");
        }
    }
}

#[test]
fn connected_client_is_told_why_and_leaves_by_itself() {
    for (ending, status) in [
        (Ending::MeetingEnded, AudioStatus::MEETING_ENDED),
        (Ending::AttendeeRemoved, AudioStatus::ATTENDEE_REMOVED),
        (Ending::JoinedFromAnotherDevice, AudioStatus::JOINED_FROM_ANOTHER_DEVICE),
        (Ending::BadToken, AudioStatus::AUTHENTICATION_REJECTED),
        (Ending::AtCapacity, AudioStatus::AT_CAPACITY),
    ] {
        let mut client = Client::running();
        let told = client.end(ending);
        assert_eq!(told, [Heard::Frame(ServerMessage::AudioStatus(status))]);
        assert_eq!(client.say(&subscribe()), [], "the session is over for the meeting");
        let left = client.say(&ClientMessage::Leave);
        assert_eq!(left, [Heard::Frame(ServerMessage::LeaveAck)], "and no further event");
    }
}

#[test]
fn client_before_its_index_is_closed_with_a_code_it_takes_as_final() {
    for (ending, code) in [
        (Ending::MeetingEnded, 4410),
        (Ending::AttendeeRemoved, 4403),
        (Ending::BadToken, 4403),
        (Ending::AtCapacity, 4409),
        (Ending::ProtocolViolation, 4400),
    ] {
        for mut client in [Client::open(), Client::joining()] {
            let heard = client.end(ending);
            assert!(matches!(heard[0], Heard::Frame(_) | Heard::Error(_)), "told first");
            assert_eq!(heard[1..], [Heard::Close(CloseCode(code))]);
        }
    }
}

#[test]
fn going_away_lets_clients_of_every_phase_come_back() {
    for mut client in [Client::open(), Client::joining(), Client::running()] {
        let heard = client.end(Ending::ServerGoingAway);
        assert_eq!(heard, [Heard::Close(CloseCode::RETRY)]);
    }
}

#[test]
fn replaced_socket_is_never_written_to() {
    let mut client = Client::running();
    assert_eq!(client.end(Ending::Resumed), [Heard::Close(CloseCode::RETRY)]);
    client.session.send_index(client.now, Index::default());
    client.session.send_status(client.now, ErrorStatus::VIDEO_VIEW_ONLY);
    assert_eq!(client.say(&ClientMessage::Ping(PingId(1))), []);
    assert_eq!(client.session.poll_output(), Output::Timeout(None));
}

#[test]
fn silent_client_is_probed_and_then_lost() {
    let mut client = Client::running();
    assert_eq!(
        client.wait(Duration::from_secs(15)),
        [Heard::Frame(ServerMessage::Ping(PingId(1)))]
    );
    client.say(&ClientMessage::Pong(PingId(1)));
    let heard = client.wait(Duration::from_secs(45));
    let lost = Heard::Event(Event::Lost(Loss::Silent));
    assert_eq!(heard[heard.len() - 2..], [lost, Heard::Close(CloseCode::RETRY)]);
}

#[test]
fn browser_that_pings_is_never_probed_nor_lost() {
    let mut client = Client::running();
    for id in 1..100 {
        assert_eq!(client.wait(Duration::from_secs(10)), []);
        assert_eq!(client.say(&ClientMessage::Ping(PingId(id))), [pong(id)]);
    }
}

#[test]
fn undecodable_first_message_is_final() {
    let mut client = Client::open();
    assert!(client.session.handle_message(client.now, b"GET / HTTP/1.1").is_err());
    let heard = client.heard();
    assert_eq!(heard[0], Heard::Event(Event::Lost(Loss::Misbehaved)));
    assert_eq!(heard.last(), Some(&Heard::Close(CloseCode::BAD_REQUEST)));
}

#[test]
fn running_session_forgives_some_undecodable_messages_but_not_many() {
    let mut client = Client::running();
    for _ in 0..100 {
        assert!(client.session.handle_message(client.now, b"?").is_err());
    }
    assert_eq!(client.heard(), []);
    assert!(client.session.handle_message(client.now, b"?").is_err());
    let lost = Heard::Event(Event::Lost(Loss::Misbehaved));
    assert_eq!(client.heard(), [lost, Heard::Error(ErrorStatus::BAD_REQUEST)]);
    assert_eq!(client.session.stats().messages_refused, 101);
    assert_eq!(client.wait(LEAVE_TIMEOUT), [Heard::Close(CloseCode::RETRY)]);
}

#[test]
fn flood_of_messages_ends_the_session_with_few_answers() {
    let mut client = Client::running();
    let ping = encode_client(AT, &ClientMessage::Ping(PingId(1)));
    let refused =
        (0..10_000).filter(|_| client.session.handle_message(client.now, &ping).is_err()).count();
    assert!(refused > 7_000);
    let heard = client.heard();
    assert!(heard.contains(&Heard::Event(Event::Lost(Loss::Misbehaved))));
    let answers = heard.iter().filter(|heard| **heard == pong(1)).count();
    assert!(answers <= 2_000, "{answers} answers");
}

#[test]
fn measurements_are_taken_in_every_phase_and_the_last_is_kept() {
    let measured = |value| {
        let global = vec![Metric { kind: MetricKind::ROUND_TRIP_MS, value }];
        ClientMetrics { global, ..ClientMetrics::default() }
    };
    for mut client in [Client::open(), Client::joining(), Client::running()] {
        for value in [7.0, 24.0] {
            assert_eq!(client.say(&ClientMessage::Metrics(measured(value))), []);
        }
        assert_eq!(client.say(&ClientMessage::SessionTiming), []);
        let running = matches!(client.session.phase, Phase::Running(_));
        assert_eq!(client.session.client_metrics(), running.then_some(&measured(24.0)));
    }
}

#[test]
fn messages_wait_for_what_was_missed() {
    let mut client = Client::joining();
    client.session.send_missed_data(client.now, &[message(1)]);
    client.session.acknowledge_join(client.now, JoinAck::default());
    client.session.send_missed_data(client.now, &[message(1)]);
    client.session.send_index(client.now, Index::default());
    assert_eq!(client.heard().len(), 2, "JOIN_ACK and INDEX");
    client.session.send_data(client.now, &[message(2)]);
    assert_eq!(client.heard(), [], "it is among what is missed, and would be shown twice");
    client.session.send_missed_data(client.now, &[message(1), message(2)]);
    client.session.send_missed_data(client.now, &[message(1), message(2)]);
    client.session.send_data(client.now, &[message(3)]);
    assert_eq!(
        client.heard(),
        [
            Heard::Frame(ServerMessage::Data(vec![message(1), message(2)])),
            Heard::Frame(ServerMessage::Data(vec![message(3)])),
        ]
    );
}

#[test]
fn many_missed_messages_come_in_frames_that_every_client_reads() {
    let mut client = Client::running();
    let missed: Vec<_> = (1..=1_024).map(message).collect();
    client.session.send_missed_data(client.now, &missed);
    let mut frames = 0;
    let mut heard = Vec::new();
    while let Output::Send(bytes) = client.session.poll_output() {
        assert!(bytes.len() < 256 << 10);
        frames += 1;
        let ServerMessage::Data(messages) = decode_server(&bytes).unwrap().unwrap().content.message
        else {
            panic!("missed messages, and nothing else");
        };
        heard.extend(messages);
    }
    assert_eq!(heard, missed);
    assert_eq!(frames, 16);
}

#[test]
fn messages_count_as_seen_until_the_last_sign_of_life() {
    let mut client = Client::running();
    assert_eq!(client.session.data_seen_until(), None);
    client.session.send_missed_data(client.now, &[message(1)]);
    assert_eq!(client.session.data_seen_until(), None, "it may never have arrived");
    client.now += Duration::from_secs(1);
    client.say(&ClientMessage::Ping(PingId(1)));
    let alive = client.now;
    client.now += Duration::from_secs(1);
    client.session.send_data(client.now, &[message(2)]);
    assert_eq!(client.session.data_seen_until(), Some(alive));
    assert!(
        client.wait(Duration::from_secs(60)).contains(&Heard::Event(Event::Lost(Loss::Silent)))
    );
    assert_eq!(client.session.data_seen_until(), Some(alive), "also when the session is over");
}

#[test]
fn bitrates_and_notifications_reach_connected_clients_only() {
    let notification = Notification {
        level: crate::server_message::NotificationLevel::Info,
        message: "slow".into(),
    };
    for (mut client, frames) in [(Client::joining(), 0), (Client::running(), 2)] {
        client.session.send_bitrates(client.now, Bitrates::default());
        client.session.send_notification(client.now, notification.clone());
        assert_eq!(client.heard().len(), frames);
    }
}

#[test]
fn roster_changes_and_volumes_wait_for_the_snapshot() {
    let mut client = Client::running();
    let left = RosterEntry::Left { stream_id: AudioStreamId::FIRST };
    client.session.send_roster_changes(client.now, std::slice::from_ref(&left));
    client.session.send_audio_metadata(client.now, &[]);
    assert_eq!(client.heard(), [], "the first roster frame must be complete");
    client.session.send_roster(client.now, &[]);
    client.session.send_roster_changes(client.now, std::slice::from_ref(&left));
    client.session.send_audio_metadata(client.now, &[]);
    assert_eq!(
        client.heard(),
        [
            Heard::Frame(ServerMessage::Roster(vec![])),
            Heard::Frame(ServerMessage::Roster(vec![left])),
            Heard::Frame(ServerMessage::AudioMetadata(vec![])),
        ]
    );
}

#[test]
fn view_only_is_said_without_ending_the_session() {
    let mut client = Client::running();
    client.session.send_status(client.now, ErrorStatus::VIDEO_VIEW_ONLY);
    assert_eq!(client.heard(), [Heard::Error(ErrorStatus::VIDEO_VIEW_ONLY)]);
    assert!(matches!(&client.say(&subscribe())[..], [Heard::Event(Event::Subscribe(_))]));
}

#[test]
fn refused_promotion_is_said_on_its_acknowledgement() {
    let mut client = Client::running();
    client.session.acknowledge_primary_join(client.now, Err(ErrorStatus::FORBIDDEN));
    assert_eq!(client.heard(), [Heard::Error(ErrorStatus::FORBIDDEN)]);
    client.session.acknowledge_primary_join(client.now, Ok(()));
    assert_eq!(client.heard(), [Heard::Frame(ServerMessage::JoinPrimaryMeetingAck)]);
}

#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "a test holds a handful")]
enum Step {
    Say(ClientMessage),
    Noise(Vec<u8>),
    Wait(u64),
    Accept,
    Index,
    Answer,
    Roster,
    Changes,
    Data,
    Missed,
    End(Ending),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => prop::sample::select(vec![
            ClientMessage::Ping(PingId(1)),
            ClientMessage::Join(Join::default()),
            ClientMessage::Mute(Mute::Muted),
            ClientMessage::Leave,
            subscribe(),
        ]).prop_map(Step::Say),
        1 => vec(any::<u8>(), 0..20).prop_map(Step::Noise),
        1 => (0..20_000u64).prop_map(Step::Wait),
        2 => Just(Step::Accept),
        2 => Just(Step::Index),
        2 => Just(Step::Answer),
        2 => Just(Step::Roster),
        2 => Just(Step::Changes),
        1 => Just(Step::Data),
        1 => Just(Step::Missed),
        1 => prop::sample::select(ENDINGS.to_vec()).prop_map(Step::End),
    ]
}

/// What any client of any session may rely on, whatever both sides do.
#[derive(Default)]
struct Promises {
    join_acks: usize,
    indexes: usize,
    rosters: usize,
    missed: usize,
    subscribes: usize,
    answers: usize,
    left: bool,
    closed: bool,
}

impl Promises {
    fn check(&mut self, heard: &Heard) {
        assert!(!self.closed, "{heard:?} after the close");
        match heard {
            Heard::Frame(ServerMessage::JoinAck(_)) => self.join_acks += 1,
            Heard::Frame(ServerMessage::Index(_)) => {
                assert_eq!(self.join_acks, 1, "INDEX without JOIN_ACK");
                self.indexes += 1;
            }
            Heard::Frame(ServerMessage::Roster(_)) => {
                assert!(self.indexes > 0, "roster before the first index");
                self.rosters += 1;
            }
            Heard::Frame(ServerMessage::SubscribeAck(_)) => self.answers += 1,
            Heard::Frame(ServerMessage::Data(messages)) if messages == &[message(1)] => {
                assert!(self.indexes > 0 && self.missed == 0, "missed messages come once");
                self.missed += 1;
            }
            Heard::Frame(ServerMessage::Data(_)) => {
                assert_eq!(self.missed, 1, "messages before those that were missed");
            }
            Heard::Event(Event::Subscribe(_)) => self.subscribes += 1,
            Heard::Event(Event::Left) => self.left = true,
            Heard::Frame(ServerMessage::LeaveAck) => self.left = true,
            Heard::Close(code) => {
                let connected = self.indexes > 0 && !self.left;
                let lets_come_back = (4500..4600).contains(&code.0);
                assert!(!connected || lets_come_back, "{code:?} makes a zombie");
                self.closed = true;
            }
            Heard::Frame(_) | Heard::Error(_) | Heard::Event(_) => {}
        }
        assert!(self.join_acks <= 1);
        assert!(self.answers <= self.subscribes && self.subscribes <= self.answers + 1);
    }
}

proptest! {
    #[test]
    fn every_conversation_keeps_its_promises(steps in vec(step(), 0..60)) {
        let mut client = Client::open();
        let mut promises = Promises::default();
        for step in steps {
            let (session, now) = (&mut client.session, client.now);
            match step {
                Step::Say(message) => {
                    drop(session.handle_message(now, &encode_client(AT, &message)));
                }
                Step::Noise(bytes) => {
                    drop(session.handle_message(now, &bytes));
                }
                Step::Wait(millis) => {
                    client.wait(Duration::from_millis(millis)).iter().for_each(|h| promises.check(h));
                }
                Step::Accept => session.acknowledge_join(now, JoinAck::default()),
                Step::Index => session.send_index(now, Index::default()),
                Step::Answer => session.acknowledge_subscribe(now, ack()),
                Step::Roster => session.send_roster(now, &[]),
                Step::Changes => {
                    let stream_id = AudioStreamId::FIRST;
                    session.send_roster_changes(now, &[RosterEntry::Left { stream_id }]);
                }
                Step::Data => session.send_data(now, &[message(2)]),
                Step::Missed => session.send_missed_data(now, &[message(1)]),
                Step::End(ending) => session.end(now, ending),
            }
            client.heard().iter().for_each(|heard| promises.check(heard));
        }
    }

    #[test]
    fn any_bytes_in_any_phase_do_no_harm(messages in vec(vec(any::<u8>(), 0..60), 0..20)) {
        for mut client in [Client::open(), Client::joining(), Client::running()] {
            for message in &messages {
                let framed = [&[5, 8, 1, 16], &message[..]].concat();
                drop(client.session.handle_message(client.now, message));
                drop(client.session.handle_message(client.now, &framed));
            }
            client.heard();
        }
    }
}

/// What reaches the client or the meeting.
#[derive(Clone, Debug, PartialEq)]
enum Heard {
    Frame(ServerMessage),
    Error(ErrorStatus),
    Event(Event),
    Close(CloseCode),
}

struct Client {
    now: Instant,
    session: ServerSession,
}

impl Client {
    #[expect(
        clippy::disallowed_methods,
        reason = "any instant serves as the origin of virtual time"
    )]
    fn open() -> Self {
        let now = Instant::now();
        let config = SessionConfig { epoch: Epoch::new(now, AT) };
        Self { now, session: ServerSession::new(now, config) }
    }

    fn joining() -> Self {
        let mut client = Self::open();
        let heard = client.say(&ClientMessage::Join(Join::default()));
        assert_eq!(heard, [Heard::Event(Event::Join(Join::default()))]);
        client
    }

    fn running() -> Self {
        let mut client = Self::joining();
        client.session.acknowledge_join(client.now, JoinAck::default());
        client.session.send_index(client.now, Index::default());
        assert_eq!(client.heard().len(), 2);
        client
    }

    fn say(&mut self, message: &ClientMessage) -> Vec<Heard> {
        self.session.handle_message(self.now, &encode_client(AT, message)).unwrap();
        self.heard()
    }

    fn refused(&mut self, message: &ClientMessage) -> SignalError {
        let bytes = encode_client(AT, message);
        let error = self.session.handle_message(self.now, &bytes).unwrap_err();
        assert_eq!(self.heard(), []);
        error
    }

    fn end(&mut self, ending: Ending) -> Vec<Heard> {
        self.session.end(self.now, ending);
        self.heard()
    }

    /// Lets time pass, each deadline at its moment.
    fn wait(&mut self, span: Duration) -> Vec<Heard> {
        let until = self.now + span;
        let mut heard = self.heard();
        while let Output::Timeout(Some(due)) = self.session.poll_output()
            && due <= until
        {
            self.now = due.max(self.now);
            self.session.handle_timeout(self.now);
            heard.extend(self.heard());
        }
        self.now = until;
        heard
    }

    fn heard_to_the_end(&mut self) -> Vec<CloseCode> {
        let close = |heard: Heard| match heard {
            Heard::Close(code) => Some(code),
            Heard::Frame(_) | Heard::Error(_) | Heard::Event(_) => None,
        };
        self.wait(Duration::from_secs(120)).into_iter().filter_map(close).collect()
    }

    fn heard(&mut self) -> Vec<Heard> {
        let mut heard = Vec::new();
        loop {
            heard.push(match self.session.poll_output() {
                Output::Send(bytes) => {
                    let frame = decode_server(&bytes).unwrap().unwrap().content;
                    frame.error.map_or(Heard::Frame(frame.message), Heard::Error)
                }
                Output::Event(event) => Heard::Event(event),
                Output::Close(code) => Heard::Close(code),
                Output::Timeout(_) => return heard,
            });
        }
    }
}

fn message(number: u64) -> ReceivedData {
    ReceivedData {
        topic: "chat".parse().unwrap(),
        data: vec![7; 2_048].into(),
        sender: None,
        arrival: Arrival::At(UnixNanos(number)),
    }
}

fn pong(id: u32) -> Heard {
    Heard::Frame(ServerMessage::Pong(PingId(id)))
}

fn subscribe() -> ClientMessage {
    ClientMessage::Subscribe(Subscribe {
        offer: Sdp::Plain("v=0\r\n".into()),
        audio: None,
        send_layers: Vec::new(),
        receive: vec![None],
        video_subscriptions: Vec::new(),
    })
}

fn ack() -> SubscribeAck {
    let answer = Sdp::Plain("v=0\r\n".into());
    SubscribeAck { answer, allocations: Vec::new(), tracks: Vec::new() }
}
