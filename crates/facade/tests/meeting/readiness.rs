//! Finding out before a meeting whether it will work.

use std::sync::Arc;
use std::time::Duration;

use carillon_facade::frame::{
    AudioFrame, AudioSource, Captured, VideoFrame, VideoSize, VideoSource,
};
use carillon_facade::media::pattern::TestPattern;
use carillon_facade::{
    AudioInput, CheckAudioConnectivityFeedback as Audio, CheckAudioInputFeedback as Microphone,
    CheckAudioOutputFeedback as Speaker, CheckCameraResolutionFeedback as Resolution,
    CheckContentShareConnectivityFeedback as Share, CheckNetworkUdpConnectivityFeedback as Network,
    CheckVideoConnectivityFeedback as Video, CheckVideoInputFeedback as Camera,
    MeetingReadinessChecker, MeetingReadinessCheckerConfiguration, MeetingSessionConfiguration,
    NoOpLogger, VideoInput,
};
use carillon_server::TestServer;
use carillon_signaling::ServerMessage;
use serde_json::json;

use crate::between::Between;
use crate::pictures::BLUE;
use crate::rig::{Heard, Place, place, soon};

const SIZE: VideoSize = VideoSize::new(640, 360);

fn checker(place: &Place, timeout: Duration) -> MeetingReadinessChecker {
    let configuration =
        MeetingSessionConfiguration::from_values(&place.meeting, &place.attendee).unwrap();
    // What flows is measured once a second.
    let wait_duration = Duration::from_secs(20);
    let settings = MeetingReadinessCheckerConfiguration { timeout, wait_duration };
    MeetingReadinessChecker::new(configuration, Arc::new(NoOpLogger)).with_settings(settings)
}

fn nowhere() -> Place {
    Place {
        meeting: json!({ "MediaPlacement": { "SignalingUrl": "ws://127.0.0.1:1/s" } }),
        attendee: json!({
            "AttendeeId": "01234567-89ab-4def-8123-456789abcdef", "JoinToken": "token",
        }),
    }
}

fn pattern() -> Box<TestPattern> {
    Box::new(TestPattern::new(SIZE, BLUE).unwrap())
}

fn pictures() -> VideoInput {
    VideoInput::Pictures(pattern())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_meeting_that_works_is_found_to_work() {
    let server = TestServer::start().unwrap();
    let place = place(&server, "abc-def-ghi", "one").await;
    let checker = checker(&place, Duration::from_secs(20));
    assert_eq!(checker.check_network_udp_connectivity().await, Network::Succeeded);
    assert_eq!(checker.check_audio_connectivity(AudioInput::Silence).await, Audio::Succeeded);
    assert_eq!(checker.check_video_connectivity(pictures()).await, Video::Succeeded);
    assert_eq!(checker.check_content_share_connectivity(pictures()).await, Share::Succeeded);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_not_there_fails_every_check_of_a_connection() {
    let checker = checker(&nowhere(), Duration::from_millis(500));
    assert_eq!(checker.check_network_udp_connectivity().await, Network::ConnectionFailed);
    let audio = checker.check_audio_connectivity(AudioInput::Silence).await;
    assert_eq!(audio, Audio::ConnectionFailed);
    assert_eq!(checker.check_video_connectivity(pictures()).await, Video::ConnectionFailed);
    assert_eq!(checker.check_content_share_connectivity(pictures()).await, Share::ConnectionFailed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn media_that_does_not_get_through_is_told_from_a_server_that_is_not_there() {
    let server = TestServer::start().unwrap();
    let mut place = place(&server, "abc-def-ghi", "one").await;
    let no_media = |message: &ServerMessage| !matches!(message, ServerMessage::SubscribeAck(_));
    let _between = Between::before(&server, &mut place, no_media).await;
    let checker = checker(&place, Duration::from_secs(4));
    assert_eq!(checker.check_network_udp_connectivity().await, Network::IceNegotiationFailed);
}

/// Sound or pictures that are always the same.
struct Always<T>(Captured<T>);

impl AudioSource for Always<()> {
    fn next_frame(&mut self, _: &mut AudioFrame) -> Captured<()> {
        self.0.clone()
    }
}

impl VideoSource for Always<VideoFrame> {
    fn next_frame(&mut self, _: Duration) -> Captured<VideoFrame> {
        self.0.clone()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn microphones_and_cameras_that_deliver_are_told_from_those_that_do_not() {
    let checker = checker(&nowhere(), Duration::from_millis(300));
    let sound = |captured| checker.check_audio_input(Box::new(Always(captured)));
    assert_eq!(sound(Captured::Frame(())).await, Microphone::Succeeded);
    assert_eq!(sound(Captured::Nothing).await, Microphone::Failed);
    assert_eq!(sound(Captured::Ended).await, Microphone::Failed);

    let nothing = || Box::new(Always(Captured::<VideoFrame>::Nothing));
    assert_eq!(checker.check_video_input(nothing()).await, Camera::Failed);
    let checker = checker.with_settings(MeetingReadinessCheckerConfiguration::default());
    assert_eq!(checker.check_video_input(pattern()).await, Camera::Succeeded);
    let small = checker.check_camera_resolution(pattern(), SIZE).await;
    assert_eq!(small, Resolution::Succeeded);
    let large = checker.check_camera_resolution(pattern(), VideoSize::new(1_280, 720)).await;
    assert_eq!(large, Resolution::ResolutionNotSupported);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_speaker_plays_a_tone_until_somebody_says_whether_it_is_heard() {
    let checker = checker(&nowhere(), Duration::from_secs(1));
    let heard = Heard::default();
    let hears = async {
        soon("the tone", async {
            while heard.tones() != [440] {
                heard.next().await;
            }
        })
        .await;
        true
    };
    let played = checker.check_audio_output(Box::new(heard.clone()), hears).await;
    assert_eq!(played, Speaker::Succeeded);
    let deaf = checker.check_audio_output(Box::new(heard.clone()), async { false }).await;
    assert_eq!(deaf, Speaker::Failed);
}
