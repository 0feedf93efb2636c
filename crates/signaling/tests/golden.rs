//! The bytes of every frame, pinned: clients in the field cannot be changed.
//!
//! A difference is a change of the wire. The failing test prints the lines to put into the file if that is meant.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics has failed")]

use std::fmt::Write;

use carillon_frame::{AudioLevel, Bitrate, Ssrc};
use carillon_signaling::{
    Allocation, Arrival, AudioState, AudioStatus, AudioStreamId, Bitrates, ErrorStatus, GroupId,
    Identity, Index, JoinAck, MessageSender, Mute, Notification, NotificationLevel, PingId,
    ReceivedData, RosterEntry, Sdp, ServerFrame, ServerMessage, SignalStrength, StreamId,
    SubscribeAck, Track, TurnCredentials, UnixNanos, VideoCodec, VideoLayer, VideoSize,
    VideoSource, decode_client, decode_server, encode_server,
};
use carillon_types::{AttendeeId, WallTime};

const AT: WallTime = WallTime::from_millis(1_700_000_000_123);

#[test]
fn server_frames_have_their_pinned_bytes() {
    let pinned = include_str!("golden/server_frames.txt");
    let mut written = String::new();
    for (name, frame) in server_frames() {
        writeln!(written, "{name} {}", to_hex(&encode_server(AT, &frame))).unwrap();
    }
    assert_eq!(pinned, written, "\n{written}");
}

#[test]
fn pinned_server_frames_are_read_back() {
    let pinned = include_str!("golden/server_frames.txt").lines();
    for (line, (name, frame)) in pinned.zip(server_frames()) {
        let (_, hex) = line.split_once(' ').unwrap();
        let read = decode_server(&from_hex(hex)).unwrap().unwrap();
        assert_eq!((read.at, read.content), (AT, frame), "{name}");
    }
}

/// Frames as the message library of `amazon-chime-sdk-js` 3.32.0 writes them, against what is made of them.
#[test]
fn frames_of_the_browser_client_are_understood() {
    let pinned = include_str!("golden/browser_frames.txt");
    let mut read = String::new();
    for line in pinned.lines().filter(|line| !line.starts_with(' ')) {
        let (name, hex) = line.split_once(' ').unwrap();
        let frame = decode_client(&from_hex(hex)).unwrap().unwrap();
        assert_eq!(frame.at, AT);
        writeln!(read, "{name} {hex}\n    {:?}", frame.content).unwrap();
    }
    assert_eq!(pinned, read, "\n{read}");
}

fn server_frames() -> Vec<(&'static str, ServerFrame)> {
    let plain = vec![
        ("ping", ServerMessage::Ping(PingId(1))),
        ("pong", ServerMessage::Pong(PingId(7))),
        ("join_ack", ServerMessage::JoinAck(JoinAck::default())),
        (
            "join_ack_relay",
            ServerMessage::JoinAck(JoinAck { turn: Some(relay()), ..JoinAck::default() }),
        ),
        ("index_empty", ServerMessage::Index(Index::default())),
        ("index", ServerMessage::Index(index())),
        ("subscribe_ack", ServerMessage::SubscribeAck(subscribe_ack())),
        ("roster", ServerMessage::Roster(roster())),
        ("audio_metadata", ServerMessage::AudioMetadata(audio_states())),
        ("audio_status_ended", ServerMessage::AudioStatus(AudioStatus::MEETING_ENDED)),
        ("pause", ServerMessage::Pause(vec![group(3)])),
        ("resume", ServerMessage::Resume(vec![group(3), group(4)])),
        ("bitrates", ServerMessage::Bitrates(bitrates())),
        ("data_message", ServerMessage::Data(data())),
        ("primary_join_ack", ServerMessage::JoinPrimaryMeetingAck),
        ("primary_leave", ServerMessage::LeavePrimaryMeeting),
        ("notification", ServerMessage::Notification(notification())),
        ("leave_ack", ServerMessage::LeaveAck),
    ];
    let mut frames: Vec<_> =
        plain.into_iter().map(|(name, message)| (name, ServerFrame::from(message))).collect();
    let view_only = ServerFrame {
        error: Some(ErrorStatus::VIDEO_VIEW_ONLY),
        message: ServerMessage::AudioStatus(AudioStatus::OK),
    };
    let refused = ServerFrame {
        error: Some(ErrorStatus::FORBIDDEN),
        message: ServerMessage::JoinPrimaryMeetingAck,
    };
    frames.extend([("view_only", view_only), ("primary_join_refused", refused)]);
    frames
}

fn relay() -> TurnCredentials {
    TurnCredentials {
        username: "user".into(),
        password: "pass".into(),
        ttl_seconds: 300,
        uris: vec!["turn:relay.example:3478".into()],
    }
}

fn index() -> Index {
    let layer = VideoLayer {
        max_bitrate: Bitrate::from_kbps(1_200),
        average_bitrate: Bitrate::from_kbps(900),
        framerate: Some(30),
        size: Some(VideoSize { width: 1280, height: 720 }),
    };
    let source = VideoSource {
        stream_id: stream(12),
        group_id: group(3),
        owner: Identity::content(ada()),
        external_user_id: "ada".into(),
        layer,
    };
    Index {
        at_capacity: true,
        sources: vec![source],
        paused: vec![stream(12)],
        participants: 3,
        receive_codecs: vec![VideoCodec::Vp8, VideoCodec::H264ConstrainedBaseline],
    }
}

fn subscribe_ack() -> SubscribeAck {
    SubscribeAck {
        answer: Sdp::Plain("v=0\r\n".into()),
        allocations: vec![Allocation { stream_id: stream(21), group_id: group(5) }],
        tracks: vec![Track { stream_id: stream(12), ssrc: Ssrc(77), mid: "2".parse().unwrap() }],
    }
}

fn roster() -> Vec<RosterEntry> {
    vec![
        RosterEntry::Present {
            stream_id: audio(4),
            identity: Identity::main(ada()),
            external_user_id: "ada".into(),
            mute: Mute::Unmuted,
        },
        RosterEntry::Mute { stream_id: audio(4), mute: Mute::Muted },
        RosterEntry::Left { stream_id: audio(2) },
        RosterEntry::Dropped { stream_id: audio(3) },
    ]
}

fn audio_states() -> Vec<AudioState> {
    let state = |id, db, signal| {
        let volume = AudioLevel::from_attenuation_db(db);
        AudioState { stream_id: audio(id), volume, signal }
    };
    vec![
        state(4, 0, SignalStrength::Good),
        state(5, 127, SignalStrength::Weak),
        state(6, 20, SignalStrength::None),
    ]
}

fn bitrates() -> Bitrates {
    let streams = vec![(stream(12), Bitrate::from_kbps(900))];
    Bitrates { streams, available: Some(Bitrate::from_kbps(2_500)) }
}

fn data() -> Vec<ReceivedData> {
    let sender = MessageSender { identity: Identity::main(ada()), external_user_id: "ada".into() };
    let message = |arrival| ReceivedData {
        topic: "chat".parse().unwrap(),
        data: "hello".into(),
        sender: Some(sender.clone()),
        arrival,
    };
    let arrived = UnixNanos((AT.as_millis() - 1_000) * 1_000_000);
    vec![message(Arrival::At(arrived)), message(Arrival::Throttled)]
}

fn notification() -> Notification {
    Notification { level: NotificationLevel::Warning, message: "careful".into() }
}

fn ada() -> AttendeeId {
    AttendeeId::from_random(0xada)
}

fn stream(id: u32) -> StreamId {
    StreamId::new(id).unwrap()
}

fn group(id: u32) -> GroupId {
    GroupId::new(id).unwrap()
}

fn audio(id: u32) -> AudioStreamId {
    AudioStreamId::new(id).unwrap()
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn from_hex(hex: &str) -> Vec<u8> {
    let digits: Vec<_> = hex.chars().map(|c| c.to_digit(16).unwrap()).collect();
    digits.chunks(2).map(|pair| u8::try_from(pair[0] * 16 + pair[1]).unwrap()).collect()
}
