//! Being at the server before the meeting begins, and what it says there.

use std::time::Duration;

use carillon_facade::{
    MeetingEvent, MeetingSessionStatusCode as Code, SessionEvent, Topic, Transcript,
    TranscriptAlternative, TranscriptEvent, TranscriptResult, TranscriptionStatus,
    TranscriptionStatusKind,
};
use carillon_server::TestServer;
use carillon_signaling::{Arrival, ReceivedData, ServerMessage, UnixNanos, encode_transcripts};
use carillon_types::WallTime;
use tokio::sync::mpsc;

use crate::between::Between;
use crate::pictures::RED;
use crate::rig::{Attendee, place, soon};

fn text(event: &SessionEvent) -> Option<String> {
    match event {
        SessionEvent::DataMessage(message) => message.text().map(str::to_owned),
        _ => None,
    }
}

impl Attendee {
    /// Waits until the server took the attendee in; nothing of a meeting has begun before.
    async fn is_ahead(&mut self) {
        let began = |event: &SessionEvent| {
            matches!(event, SessionEvent::StartedConnecting { .. })
                || matches!(event, SessionEvent::Meeting(MeetingEvent::MeetingStartRequested))
        };
        self.wait("signaling", |event| {
            assert!(!began(event), "{event:?}");
            matches!(event, SessionEvent::SignalingConnected).then_some(())
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signaling_alone_brings_messages_and_videos_and_goes_on_to_the_meeting() {
    let server = TestServer::start().unwrap();
    let mut one = Attendee::join(&place(&server, "abc-def-ghi", "one").await, 440.0).await;
    let mut two = Attendee::new(&place(&server, "abc-def-ghi", "two").await, 880.0);
    two.session.audio_video().start_signaling_only().unwrap();
    two.is_ahead().await;

    let lifetime = Some(Duration::from_secs(60));
    two.session.audio_video().realtime_send_data_message("chat", "hello", lifetime).unwrap();
    assert_eq!(one.wait("a message", text).await, "hello");
    one.session.audio_video().realtime_send_data_message("chat", "welcome", None).unwrap();
    assert_eq!(two.wait("a message", text).await, "welcome");
    one.show(RED);
    two.wait("a video", |event| match event {
        SessionEvent::RemoteVideoSourcesChanged(sources) => (!sources.is_empty()).then_some(()),
        _ => None,
    })
    .await;
    assert!(two.session.audio_video().all_video_tiles().is_empty());
    one.hears(&[]).await;

    two.session.audio_video().start().unwrap();
    let mut requested = false;
    two.wait("the meeting", |event| {
        assert!(!matches!(event, SessionEvent::SignalingConnected), "it was connected already");
        requested |= matches!(event, SessionEvent::Meeting(MeetingEvent::MeetingStartRequested));
        matches!(event, SessionEvent::Started).then_some(())
    })
    .await;
    assert!(requested);
    one.hears(&[880]).await;
    two.hears(&[440]).await;
    two.sees(RED).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_leaves_before_the_meeting_has_not_failed_to_join() {
    let server = TestServer::start().unwrap();
    let mut one = Attendee::new(&place(&server, "abc-def-ghi", "one").await, 440.0);
    one.session.audio_video().start_signaling_only().unwrap();
    one.is_ahead().await;
    one.session.audio_video().stop();
    one.wait("the end", |event| match event {
        SessionEvent::Meeting(step) => panic!("{step:?}"),
        SessionEvent::Stopped(status) => {
            assert_eq!(status.code, Code::Left);
            Some(())
        }
        _ => None,
    })
    .await;
}

fn spoken(words: &str) -> TranscriptEvent {
    let at = WallTime::from_millis(1_700_000_000_000);
    let alternative =
        TranscriptAlternative { transcript: words.to_owned(), ..TranscriptAlternative::default() };
    TranscriptEvent::Transcript(Transcript {
        results: vec![TranscriptResult {
            result_id: "1".to_owned(),
            channel_id: "ch_0".to_owned(),
            is_partial: false,
            language_code: None,
            language_identification: Vec::new(),
            start_time: at,
            end_time: at,
            alternatives: vec![alternative],
        }],
    })
}

fn written_down(data: bytes::Bytes) -> ServerMessage {
    ServerMessage::Data(vec![ReceivedData {
        topic: Topic::transcription(),
        data,
        sender: None,
        arrival: Arrival::At(UnixNanos(1)),
    }])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn transcripts_are_told_as_what_they_say() {
    let server = TestServer::start().unwrap();
    let mut place = place(&server, "abc-def-ghi", "one").await;
    let between = Between::before(&server, &mut place, |_| true).await;
    let mut one = Attendee::new(&place, 440.0);
    let (tell, mut told) = mpsc::channel(8);
    let captions = one.session.audio_video().subscribe_to_transcript_event(move |event| {
        tell.try_send(event.clone()).unwrap();
    });
    one.session.audio_video().start_signaling_only().unwrap();
    one.is_ahead().await;
    let begun = TranscriptEvent::Status(TranscriptionStatus {
        kind: TranscriptionStatusKind::Started,
        event_time: WallTime::from_millis(1),
        transcription_region: "here".to_owned(),
        transcription_configuration: "{}".to_owned(),
        message: None,
    });
    // Nonsense in between harms nothing.
    between.say(written_down(vec![0xff; 8].into()));
    between.say(written_down(encode_transcripts(&[begun.clone(), spoken("hello")])));
    assert_eq!(soon("a status", told.recv()).await.unwrap(), begun);
    assert_eq!(soon("speech", told.recv()).await.unwrap(), spoken("hello"));
    drop(captions);
    between.say(written_down(encode_transcripts(&[spoken("again")])));
    one.wait("more speech", |event| match event {
        SessionEvent::Transcript(event) => (*event == spoken("again")).then_some(()),
        _ => None,
    })
    .await;
    assert!(told.recv().await.is_none());
}
