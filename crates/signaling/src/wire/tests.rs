//! Bytes against words: what must be written, what must be refused, and that nothing is lost between.

use std::time::Duration;

use carillon_frame::{AudioLevel, Bitrate, Ssrc, VideoSize};
use carillon_types::AttendeeId;
use proptest::{collection::vec, option, prelude::*};

use super::*;
use crate::{
    client_message::PrimaryMeetingCredentials,
    client_metrics::{ClientMetrics, Metric, MetricKind, StreamKind, StreamMetrics},
    data_message::{Arrival, MAX_DATA_BYTES, MessageSender, ReceivedData, SentData, Topic},
    epoch::UnixNanos,
    id::{AudioStreamId, GroupId, Mid, PingId, StreamId},
    identity::Identity,
    join::{AudioSessionId, ClientDetails, Join, JoinAck, NetworkAdaption, TurnCredentials},
    proto,
    roster::{Mute, RosterEntry},
    server_message::{Bitrates, Notification, NotificationLevel, ServerMessage},
    status::{AudioStatus, ErrorStatus},
    subscribe::{Allocation, AudioCheckIn, Sdp, SendLayer, Subscribe, SubscribeAck, Track},
    video_index::{Index, VideoCodec, VideoLayer, VideoSource},
    video_subscription::{QualityPreference, RemoteVideoUpdate, VideoPriority, VideoSubscription},
    volume::{AudioState, SignalStrength},
};

const AT: WallTime = WallTime::from_millis(1_700_000_000_000);

#[test]
fn missing_mandatory_fields_are_typed_errors() {
    let ping = |r#type, ping_id| proto::PingPongFrame { r#type, ping_id };
    let frame = |timestamp_ms, r#type, ping_pong| {
        raw(&SignalFrame { timestamp_ms, r#type, ping_pong, ..SignalFrame::default() })
    };
    let kind = Some(Type::PingPong.into());
    for (bytes, field) in [
        (frame(None, kind, Some(ping(Some(1), Some(1)))), "timestamp_ms"),
        (frame(Some(1), None, Some(ping(Some(1), Some(1)))), "type"),
        (frame(Some(1), kind, None), "ping_pong"),
        (frame(Some(1), kind, Some(ping(None, Some(1)))), "ping_pong.type"),
        (frame(Some(1), kind, Some(ping(Some(1), None))), "ping_pong.ping_id"),
    ] {
        assert_eq!(decode_client(&bytes), Err(WireError::Missing(field)));
        assert_eq!(decode_server(&bytes), Err(WireError::Missing(field)));
    }
    let update = proto::RemoteVideoUpdateFrame {
        added_or_updated_video_subscriptions: vec![proto::VideoSubscriptionConfiguration::default()],
        removed_video_subscription_mids: Vec::new(),
    };
    let frame =
        SignalFrame { remote_video_update: Some(update), ..stamped(Type::RemoteVideoUpdate) };
    assert_eq!(decode_client(&raw(&frame)), Err(WireError::Missing("mid")));
}

#[test]
fn unknown_kinds_and_fields_are_ignored() {
    let unknown = SignalFrame { r#type: Some(23), ..stamped(Type::Leave) };
    assert_eq!(decode_client(&raw(&unknown)), Ok(None));
    assert_eq!(decode_server(&raw(&unknown)), Ok(None));
    let mut leave = raw(&stamped(Type::Leave));
    // Field 99 with the value 7.
    leave.extend([0x98, 0x06, 0x07]);
    assert_eq!(decode_client(&leave).unwrap().unwrap().content, ClientMessage::Leave);
    let server_only = raw(&stamped(Type::LeaveAck));
    assert_eq!(decode_client(&server_only), Ok(None));
}

#[test]
fn messages_that_are_no_frames_are_refused() {
    assert_eq!(decode_client(&[]), Err(WireError::Empty));
    assert_eq!(decode_client(&[0x06]), Err(WireError::Prefix(0x06)));
    assert!(matches!(decode_client(&[PREFIX, 0xff]), Err(WireError::Malformed(_))));
    let large = vec![PREFIX; MAX_CLIENT_FRAME_BYTES + 1];
    assert!(matches!(decode_client(&large), Err(WireError::TooLarge { .. })));
}

#[test]
fn offers_for_25_videos_fit_and_longer_lists_are_refused() {
    let mut subscribe = Subscribe {
        offer: Sdp::Plain("x".repeat(7 * 1024 * 27)),
        audio: None,
        send_layers: Vec::new(),
        receive: vec![None; 27],
        video_subscriptions: Vec::new(),
    };
    let fits = encode_client(AT, &ClientMessage::Subscribe(subscribe.clone()));
    assert!(decode_client(&fits).is_ok());
    subscribe.receive = vec![None; 257];
    let long = encode_client(AT, &ClientMessage::Subscribe(subscribe));
    let field = "receive_stream_ids";
    assert_eq!(decode_client(&long), Err(WireError::TooLong { field, length: 257, limit: 256 }));
}

#[test]
fn data_messages_past_the_limits_of_the_browser_are_refused() {
    let payload = |topic: &str, bytes| proto::DataMessagePayload {
        topic: Some(topic.into()),
        data: Some(vec![0; bytes].into()),
        ..proto::DataMessagePayload::default()
    };
    let send = |messages| {
        let data_message = Some(proto::DataMessageFrame { messages });
        decode_client(&raw(&SignalFrame { data_message, ..stamped(Type::DataMessage) }))
    };
    assert!(send(vec![payload("chat", MAX_DATA_BYTES)]).is_ok());
    assert!(send(vec![payload("chat", MAX_DATA_BYTES + 1)]).is_err());
    assert_eq!(send(vec![payload("aws:chime:transcription", 1)]), Err(WireError::Illegal("topic")));
    assert!(send(vec![payload("chat", 1), payload("chat", 1)]).is_err());
    assert_eq!(send(Vec::new()), Err(WireError::Missing("messages")));
}

#[test]
fn measurements_are_cut_and_cleaned_but_never_refused() {
    let metric = |kind, value| proto::Metric { r#type: Some(kind), value: Some(value) };
    let round_trip = proto::metric::Type::StunRttMs.into();
    let stream = proto::StreamMetricFrame {
        metrics: vec![metric(round_trip, 1.0); 100],
        ..proto::StreamMetricFrame::default()
    };
    let frame = proto::ClientMetricFrame {
        global_metrics: vec![
            metric(9_999, 1.0),
            metric(round_trip, f64::NAN),
            proto::Metric { r#type: Some(round_trip), value: None },
            metric(round_trip, 24.0),
        ],
        stream_metric_frames: vec![stream; 100],
    };
    let read = |client_metric| {
        let frame = SignalFrame { client_metric, ..stamped(Type::ClientMetric) };
        let ClientMessage::Metrics(metrics) = decode_client(&raw(&frame)).unwrap().unwrap().content
        else {
            panic!("a CLIENT_METRIC has metrics");
        };
        metrics
    };
    let metrics = read(Some(frame));
    assert_eq!(metrics.global, [Metric { kind: MetricKind::ROUND_TRIP_MS, value: 24.0 }]);
    assert_eq!(metrics.value(MetricKind::SEND_BANDWIDTH), None);
    assert_eq!(metrics.streams.len(), 40);
    assert!(metrics.streams.iter().all(|stream| stream.metrics.len() == 64));
    assert_eq!(metrics.streams[0].value(MetricKind::ROUND_TRIP_MS), Some(1.0));
    assert_eq!(read(None), ClientMetrics::default());
}

#[test]
fn overlong_client_details_are_cut_between_characters() {
    let client = ClientDetails { app_name: Some("\u{e9}".repeat(300)), ..ClientDetails::default() };
    let join = Join { client, ..Join::default() };
    let bytes = encode_client(AT, &ClientMessage::Join(join));
    let ClientMessage::Join(join) = decode_client(&bytes).unwrap().unwrap().content else {
        panic!("a JOIN is a JOIN");
    };
    assert_eq!(join.client.app_name.unwrap(), "\u{e9}".repeat(128));
}

#[test]
fn video_media_type_is_encoded_explicitly() {
    let source = VideoSource {
        stream_id: StreamId::FIRST,
        group_id: GroupId::FIRST,
        owner: Identity::main(AttendeeId::from_random(1)),
        external_user_id: "ada".into(),
        layer: VideoLayer { max_bitrate: Bitrate::from_bps(400), ..VideoLayer::default() },
    };
    let index = Index { sources: vec![source], ..Index::default() };
    let index = written(ServerMessage::Index(index)).index.unwrap();
    assert_eq!(index.sources[0].media_type, Some(proto::StreamMediaType::Video.into()));
    assert_eq!(index.sources[0].max_bitrate_kbps, Some(1), "little is not nothing");
    assert_eq!(index.at_capacity, Some(false));
}

#[test]
fn empty_index_still_has_its_body() {
    assert!(written(ServerMessage::Index(Index::default())).index.is_some());
}

#[test]
fn muted_false_is_encoded_explicitly() {
    let present = RosterEntry::Present {
        stream_id: AudioStreamId::FIRST,
        identity: Identity::main(AttendeeId::from_random(1)),
        external_user_id: "ada".into(),
        mute: Mute::Unmuted,
    };
    let mute = RosterEntry::Mute { stream_id: AudioStreamId::FIRST, mute: Mute::Unmuted };
    let left = RosterEntry::Left { stream_id: AudioStreamId::FIRST };
    let info = written(ServerMessage::Roster(vec![present, mute, left]));
    let muted: Vec<_> =
        info.audio_stream_id_info.unwrap().streams.into_iter().map(|stream| stream.muted).collect();
    assert_eq!(muted, [Some(false), Some(false), None]);
}

#[test]
fn silence_and_lost_signal_are_encoded_explicitly() {
    let state = AudioState {
        stream_id: AudioStreamId::FIRST,
        volume: AudioLevel::from_attenuation_db(0),
        signal: SignalStrength::None,
    };
    let frame = written(ServerMessage::AudioMetadata(vec![state])).audio_metadata.unwrap();
    assert_eq!(frame.attendee_states[0].volume, Some(0));
    assert_eq!(frame.attendee_states[0].signal_strength, Some(0));
}

#[test]
fn status_is_never_absent() {
    let status = written(ServerMessage::AudioStatus(AudioStatus::OK)).audio_status.unwrap();
    assert_eq!(status.audio_status, Some(200));
    let without = SignalFrame {
        audio_status: Some(proto::AudioStatusFrame::default()),
        ..stamped(Type::AudioStatus)
    };
    assert_eq!(decode_server(&raw(&without)), Err(WireError::Missing("audio_status")));
}

#[test]
fn join_ack_always_says_who_adapts_and_has_no_relay_by_default() {
    let ack = written(ServerMessage::JoinAck(JoinAck::default())).joinack.unwrap();
    let none = proto::ServerSideNetworkAdaption::None.into();
    assert_eq!(ack.default_server_side_network_adaption, Some(none));
    assert_eq!(ack.turn_credentials, None, "its presence alone would force media through a relay");
    assert_eq!(ack.wants_compressed_sdp, Some(false));
}

#[test]
fn track_label_is_v_and_the_mid() {
    let track = Track { stream_id: StreamId::FIRST, ssrc: Ssrc(7), mid: "3".parse().unwrap() };
    let answer = Sdp::Plain("v=0\r\n".into());
    let ack = SubscribeAck { answer, allocations: Vec::new(), tracks: vec![track] };
    let ack = written(ServerMessage::SubscribeAck(ack)).suback.unwrap();
    assert_eq!(ack.tracks[0].track_label.as_deref(), Some("v_3"));
}

#[test]
fn audio_descriptors_are_no_send_layers() {
    let audio = proto::StreamDescriptor {
        media_type: Some(proto::StreamMediaType::Audio.into()),
        ..proto::StreamDescriptor::default()
    };
    let video = proto::StreamDescriptor {
        media_type: Some(proto::StreamMediaType::Video.into()),
        max_bitrate_kbps: Some(0),
        ..proto::StreamDescriptor::default()
    };
    let sub = proto::SubscribeFrame {
        sdp_offer: Some("v=0\r\n".into()),
        send_streams: vec![audio, video],
        ..proto::SubscribeFrame::default()
    };
    let frame = SignalFrame { sub: Some(sub), ..stamped(Type::Subscribe) };
    let ClientMessage::Subscribe(subscribe) = decode_client(&raw(&frame)).unwrap().unwrap().content
    else {
        panic!("a SUBSCRIBE is a SUBSCRIBE");
    };
    assert_eq!(subscribe.send_layers.len(), 1, "a layer that is off keeps its position");
    assert_eq!(subscribe.send_layers[0].max_bitrate, Bitrate::default());
}

proptest! {
    #[test]
    fn any_bytes_are_a_frame_or_an_error(bytes in vec(any::<u8>(), 0..400)) {
        crate::properties::message(&bytes);
    }

    #[test]
    fn damaged_frames_are_a_frame_or_an_error(
        message in client_message(),
        frame in server_frame(),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        for bytes in [encode_client(AT, &message), encode_server(AT, &frame)] {
            let mut bytes = bytes.to_vec();
            let at = at.index(bytes.len());
            bytes[at] = byte;
            drop((decode_client(&bytes), decode_server(&bytes)));
            bytes.truncate(at);
            drop((decode_client(&bytes), decode_server(&bytes)));
        }
    }

    #[test]
    fn words_of_clients_round_trip(message in client_message(), millis in any::<u64>()) {
        let at = WallTime::from_millis(millis);
        let read = decode_client(&encode_client(at, &message));
        prop_assert_eq!(read, Ok(Some(Stamped { at, content: message })));
    }

    #[test]
    fn words_of_servers_round_trip(frame in server_frame(), millis in any::<u64>()) {
        let at = WallTime::from_millis(millis);
        let read = decode_server(&encode_server(at, &frame));
        prop_assert_eq!(read, Ok(Some(Stamped { at, content: frame })));
    }
}

/// What a client finds in a frame, as the generated types see it.
fn written(message: ServerMessage) -> SignalFrame {
    SignalFrame::decode(&encode_server(AT, &message.into())[1..]).unwrap()
}

fn raw(frame: &SignalFrame) -> Vec<u8> {
    [vec![PREFIX], frame.encode_to_vec()].concat()
}

fn stamped(kind: Type) -> SignalFrame {
    SignalFrame { timestamp_ms: Some(1), r#type: Some(kind.into()), ..SignalFrame::default() }
}

fn client_message() -> impl Strategy<Value = ClientMessage> {
    prop_oneof![
        any::<u32>().prop_map(|id| ClientMessage::Ping(PingId(id))),
        any::<u32>().prop_map(|id| ClientMessage::Pong(PingId(id))),
        join().prop_map(ClientMessage::Join),
        subscribe().prop_map(ClientMessage::Subscribe),
        mute().prop_map(ClientMessage::Mute),
        vec(stream_id(), 0..5).prop_map(ClientMessage::Pause),
        vec(stream_id(), 0..5).prop_map(ClientMessage::Resume),
        (vec(video_subscription(), 0..3), vec(mid(), 0..3)).prop_map(|(updated, removed)| {
            ClientMessage::UpdateRemoteVideos(RemoteVideoUpdate { updated, removed })
        }),
        sent_data().prop_map(ClientMessage::Data),
        (identity(), "[a-z]{0,9}", "[a-z]{2,9}").prop_map(|(attendee, name, token)| {
            ClientMessage::JoinPrimaryMeeting(PrimaryMeetingCredentials {
                attendee,
                external_user_id: name.into(),
                token: token.parse().unwrap(),
            })
        }),
        Just(ClientMessage::LeavePrimaryMeeting),
        client_metrics().prop_map(ClientMessage::Metrics),
        Just(ClientMessage::SessionTiming),
        Just(ClientMessage::Leave),
    ]
}

fn join() -> impl Strategy<Value = Join> {
    let text = || option::of("\\PC{0,20}");
    let names = (text(), text(), text(), text(), text());
    let versions = (text(), text(), text(), text(), text());
    let client = (names, versions).prop_map(|(a, b)| ClientDetails {
        app_name: a.0,
        app_version: a.1,
        device_model: a.2,
        platform_name: a.3,
        platform_version: a.4,
        client_source: b.0,
        sdk_version: b.1,
        utc_offset: b.2,
        os_name: b.3,
        os_version: b.4,
    });
    let flags = any::<[bool; 3]>();
    (option::of(any::<u64>()), client, option::of(adaption()), vec(adaption(), 0..4), flags)
        .prop_map(|(session, client, adaption, supported_adaptions, flags)| Join {
            audio_session_id: session.map(AudioSessionId),
            client,
            adaption,
            supported_adaptions,
            wants_compressed_sdp: flags[0],
            wants_all_temporal_layers_in_index: flags[1],
            disable_periodic_keyframe_request: flags[2],
        })
}

fn subscribe() -> impl Strategy<Value = Subscribe> {
    let audio =
        option::of(("[a-z]{1,9}", mute()).prop_map(|(host, mute)| AudioCheckIn { host, mute }));
    let receive = vec(option::of(stream_id()), 0..5);
    let wishes = vec(video_subscription(), 0..3);
    (sdp(), audio, vec(send_layer(), 0..4), receive, wishes).prop_map(
        |(offer, audio, send_layers, receive, video_subscriptions)| Subscribe {
            offer,
            audio,
            send_layers,
            receive,
            video_subscriptions,
        },
    )
}

fn send_layer() -> impl Strategy<Value = SendLayer> {
    let ids = (option::of(stream_id()), option::of(group_id()));
    (ids, option::of(any::<u32>()), kbps(), option::of(bps())).prop_map(
        |((stream_id, group_id), framerate, max_bitrate, average_bitrate)| SendLayer {
            stream_id,
            group_id,
            framerate,
            max_bitrate,
            average_bitrate,
        },
    )
}

fn video_subscription() -> impl Strategy<Value = VideoSubscription> {
    let preferences = [
        QualityPreference::Balanced,
        QualityPreference::MaintainFramerate,
        QualityPreference::MaintainResolution,
    ];
    let ids = (mid(), option::of(identity()), option::of(stream_id()), option::of(group_id()));
    let preference = option::of(prop::sample::select(preferences.to_vec()));
    (ids, option::of(any::<u32>()), option::of(kbps()), preference).prop_map(
        |((mid, owner, stream_id, group_id), priority, target_bitrate, preference)| {
            let priority = priority.map(VideoPriority);
            VideoSubscription {
                mid,
                owner,
                stream_id,
                group_id,
                priority,
                target_bitrate,
                preference,
            }
        },
    )
}

fn sent_data() -> impl Strategy<Value = SentData> {
    let lifetime = option::of(any::<u32>().prop_map(|ms| Duration::from_millis(ms.into())));
    ("[a-zA-Z0-9_-]{1,36}", vec(any::<u8>(), 0..50), lifetime).prop_map(
        |(topic, data, lifetime)| SentData {
            topic: topic.parse().unwrap(),
            data: data.into(),
            lifetime,
        },
    )
}

fn client_metrics() -> impl Strategy<Value = ClientMetrics> {
    let kinds = prop::sample::select(vec![StreamKind::Audio, StreamKind::Video]);
    let stream = (option::of(stream_id()), kinds, vec(metric(), 0..4))
        .prop_map(|(stream_id, kind, metrics)| StreamMetrics { stream_id, kind, metrics });
    (vec(metric(), 0..4), vec(stream, 0..4))
        .prop_map(|(global, streams)| ClientMetrics { global, streams })
}

fn metric() -> impl Strategy<Value = Metric> {
    let kinds = vec![MetricKind::ROUND_TRIP_MS, MetricKind::SEND_BANDWIDTH];
    let value = prop::num::f64::NORMAL | prop::num::f64::ZERO | prop::num::f64::NEGATIVE;
    (prop::sample::select(kinds), value.prop_filter("finite", |value| value.is_finite()))
        .prop_map(|(kind, value)| Metric { kind, value })
}

fn server_frame() -> impl Strategy<Value = ServerFrame> {
    let error = option::of((1..=u32::MAX).prop_map(ErrorStatus));
    (error, server_message()).prop_map(|(error, message)| ServerFrame { error, message })
}

fn server_message() -> impl Strategy<Value = ServerMessage> {
    let levels = [NotificationLevel::Info, NotificationLevel::Warning, NotificationLevel::Error];
    prop_oneof![
        any::<u32>().prop_map(|id| ServerMessage::Ping(PingId(id))),
        any::<u32>().prop_map(|id| ServerMessage::Pong(PingId(id))),
        join_ack().prop_map(ServerMessage::JoinAck),
        index().prop_map(ServerMessage::Index),
        subscribe_ack().prop_map(ServerMessage::SubscribeAck),
        vec(roster_entry(), 0..4).prop_map(ServerMessage::Roster),
        vec(audio_state(), 0..4).prop_map(ServerMessage::AudioMetadata),
        any::<u32>().prop_map(|status| ServerMessage::AudioStatus(AudioStatus(status))),
        vec(group_id(), 0..4).prop_map(ServerMessage::Pause),
        vec(group_id(), 0..4).prop_map(ServerMessage::Resume),
        (vec((stream_id(), bps()), 0..3), option::of((1..=u32::MAX).prop_map(Bitrate::from_kbps)))
            .prop_map(|(streams, available)| ServerMessage::Bitrates(Bitrates {
                streams,
                available
            })),
        vec(received_data(), 0..3).prop_map(ServerMessage::Data),
        Just(ServerMessage::JoinPrimaryMeetingAck),
        Just(ServerMessage::LeavePrimaryMeeting),
        (prop::sample::select(levels.to_vec()), "\\PC{0,20}").prop_map(|(level, message)| {
            ServerMessage::Notification(Notification { level, message })
        }),
        Just(ServerMessage::LeaveAck),
    ]
}

fn join_ack() -> impl Strategy<Value = JoinAck> {
    let text = || "\\PC{0,9}";
    let turn = (text(), text(), any::<u32>(), vec(text(), 0..3)).prop_map(
        |(username, password, ttl_seconds, uris)| TurnCredentials {
            username,
            password,
            ttl_seconds,
            uris,
        },
    );
    (option::of(turn), 1..=u32::MAX, any::<bool>(), adaption()).prop_map(
        |(turn, video_subscription_limit, wants_compressed_sdp, adaption)| JoinAck {
            turn,
            video_subscription_limit,
            wants_compressed_sdp,
            adaption,
        },
    )
}

fn index() -> impl Strategy<Value = Index> {
    let codecs = [
        VideoCodec::Vp8,
        VideoCodec::H264Baseline,
        VideoCodec::H264ConstrainedBaseline,
        VideoCodec::H264Main,
        VideoCodec::H264High,
        VideoCodec::H264ConstrainedHigh,
        VideoCodec::Vp9,
        VideoCodec::Av1,
    ];
    let codecs = vec(prop::sample::select(codecs.to_vec()), 0..4);
    (any::<bool>(), vec(video_source(), 0..3), vec(stream_id(), 0..3), any::<u32>(), codecs)
        .prop_map(|(at_capacity, sources, paused, participants, receive_codecs)| Index {
            at_capacity,
            sources,
            paused,
            participants,
            receive_codecs,
        })
}

fn video_source() -> impl Strategy<Value = VideoSource> {
    let size = (any::<u32>(), any::<u32>()).prop_map(|(width, height)| VideoSize { width, height });
    let layer = (kbps(), bps(), option::of(any::<u32>()), option::of(size)).prop_map(
        |(max_bitrate, average_bitrate, framerate, size)| VideoLayer {
            max_bitrate,
            average_bitrate,
            framerate,
            size,
        },
    );
    (stream_id(), group_id(), identity(), "[a-z]{0,9}", layer).prop_map(
        |(stream_id, group_id, owner, name, layer)| VideoSource {
            stream_id,
            group_id,
            owner,
            external_user_id: name.into(),
            layer,
        },
    )
}

fn subscribe_ack() -> impl Strategy<Value = SubscribeAck> {
    let allocation = (stream_id(), group_id())
        .prop_map(|(stream_id, group_id)| Allocation { stream_id, group_id });
    let track = (stream_id(), any::<u32>(), mid()).prop_map(|(stream_id, ssrc, mid)| Track {
        stream_id,
        ssrc: Ssrc(ssrc),
        mid,
    });
    (sdp(), vec(allocation, 0..4), vec(track, 0..4))
        .prop_map(|(answer, allocations, tracks)| SubscribeAck { answer, allocations, tracks })
}

fn roster_entry() -> impl Strategy<Value = RosterEntry> {
    prop_oneof![
        (audio_stream_id(), identity(), "[a-z]{0,9}", mute()).prop_map(
            |(stream_id, identity, name, mute)| RosterEntry::Present {
                stream_id,
                identity,
                external_user_id: name.into(),
                mute,
            }
        ),
        (audio_stream_id(), mute())
            .prop_map(|(stream_id, mute)| RosterEntry::Mute { stream_id, mute }),
        audio_stream_id().prop_map(|stream_id| RosterEntry::Left { stream_id }),
        audio_stream_id().prop_map(|stream_id| RosterEntry::Dropped { stream_id }),
    ]
}

fn audio_state() -> impl Strategy<Value = AudioState> {
    let signals = [SignalStrength::None, SignalStrength::Weak, SignalStrength::Good];
    (audio_stream_id(), 0..=127u8, prop::sample::select(signals.to_vec())).prop_map(
        |(stream_id, db, signal)| AudioState {
            stream_id,
            volume: AudioLevel::from_attenuation_db(db),
            signal,
        },
    )
}

fn received_data() -> impl Strategy<Value = ReceivedData> {
    let topic = prop_oneof![
        Just(Topic::transcription()),
        "[a-z]{1,9}".prop_map(|topic| topic.parse().unwrap())
    ];
    let sender = (identity(), "[a-z]{0,9}")
        .prop_map(|(identity, name)| MessageSender { identity, external_user_id: name.into() });
    let arrival = prop_oneof![
        Just(Arrival::Throttled),
        (1..=i64::MAX.unsigned_abs()).prop_map(|nanos| Arrival::At(UnixNanos(nanos))),
    ];
    (topic, vec(any::<u8>(), 0..50), option::of(sender), arrival).prop_map(
        |(topic, data, sender, arrival)| ReceivedData { topic, data: data.into(), sender, arrival },
    )
}

fn sdp() -> impl Strategy<Value = Sdp> {
    prop_oneof![
        "\\PC{1,50}".prop_map(Sdp::Plain),
        vec(any::<u8>(), 1..50).prop_map(|bytes| Sdp::Compressed(bytes.into())),
    ]
}

fn adaption() -> impl Strategy<Value = NetworkAdaption> {
    prop_oneof![
        Just(NetworkAdaption::Default),
        Just(NetworkAdaption::Client),
        Just(NetworkAdaption::Probing),
        Just(NetworkAdaption::Server),
    ]
}

fn mute() -> impl Strategy<Value = Mute> {
    prop_oneof![Just(Mute::Muted), Just(Mute::Unmuted)]
}

fn identity() -> impl Strategy<Value = Identity> {
    (any::<u128>(), any::<bool>()).prop_map(|(bits, main)| {
        let attendee = AttendeeId::from_random(bits);
        if main { Identity::main(attendee) } else { Identity::content(attendee) }
    })
}

fn mid() -> impl Strategy<Value = Mid> {
    "[a-z0-9]{1,16}".prop_map(|text| text.parse().unwrap())
}

fn kbps() -> impl Strategy<Value = Bitrate> {
    any::<u32>().prop_map(Bitrate::from_kbps)
}

fn bps() -> impl Strategy<Value = Bitrate> {
    any::<u32>().prop_map(|bps| Bitrate::from_bps(bps.into()))
}

fn stream_id() -> impl Strategy<Value = StreamId> {
    (1..=u32::MAX).prop_map(|id| StreamId::new(id).unwrap())
}

fn group_id() -> impl Strategy<Value = GroupId> {
    (1..=u32::MAX).prop_map(|id| GroupId::new(id).unwrap())
}

fn audio_stream_id() -> impl Strategy<Value = AudioStreamId> {
    (1..=u32::MAX).prop_map(|id| AudioStreamId::new(id).unwrap())
}
