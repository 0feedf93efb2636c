//! Microphones and speakers of a sound server, chosen through a session.

use std::sync::Arc;

use carillon_facade::{
    AudioInput, CheckAudioConnectivityFeedback, CheckAudioInputFeedback, CheckAudioOutputFeedback,
    DeviceChangeEvent, DeviceChoice, DeviceError, DeviceId, Following, InputKind, MeetingEvent,
    MeetingReadinessChecker, NoOpLogger, SessionEvent,
};
use carillon_server::TestServer;

use self::server::{pactl, with_server, without_sound};
use crate::rig::{Attendee, place};

#[path = "../../../devices/tests/devices/server.rs"]
mod server;

fn named(name: &str) -> DeviceId {
    DeviceId::new(format!("pulseaudio:{name}"))
}

fn in_runtime(scenario: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
        .block_on(scenario);
}

fn change(event: &SessionEvent) -> Option<DeviceChangeEvent> {
    match event {
        SessionEvent::Device(change) => Some(change.clone()),
        _ => None,
    }
}

async fn what_a_speaker_plays_comes_back() {
    let server = TestServer::start().unwrap();
    let one = Attendee::join(&place(&server, "abc-def-ghi", "one").await, 440.0).await;
    let two = Attendee::join(&place(&server, "abc-def-ghi", "two").await, 880.0).await;
    let devices = two.session.device_controller();
    devices.choose_audio_output(&DeviceChoice::Id(named("left"))).unwrap();
    devices.start_audio_input_device(&DeviceChoice::Id(named("left.monitor"))).unwrap();
    assert_eq!(devices.active_audio_output_device(), Some(named("left")));
    assert_eq!(devices.active_audio_input_device(), Some(named("left.monitor")));
    // The first attendee's voice goes out of the speaker and back into the microphone beside it.
    one.hears(&[440]).await;

    // Another speaker takes its place, which this microphone does not hear.
    devices.choose_audio_output(&DeviceChoice::Id(named("right"))).unwrap();
    one.hears(&[]).await;
    two.hears(&[440]).await;
    devices.start_audio_input(AudioInput::Silence);
    assert_eq!(devices.active_audio_input_device(), None);
    devices.choose_audio_output(&DeviceChoice::Silent).unwrap();
    assert_eq!(devices.active_audio_output_device(), None);
}

#[test]
fn a_session_plays_and_records_through_chosen_devices() {
    with_server("devices::a_session_plays_and_records_through_chosen_devices", || {
        in_runtime(what_a_speaker_plays_comes_back());
    });
}

async fn changes_are_told() {
    let nobody = serde_json::json!({
        "AttendeeId": "01234567-89ab-4def-8123-456789abcdef", "JoinToken": "token",
    });
    let nowhere = serde_json::json!({ "MediaPlacement": { "SignalingUrl": "ws://127.0.0.1:1/s" } });
    let place = crate::rig::Place { meeting: nowhere, attendee: nobody };
    let mut idle = Attendee::new(&place, 440.0);
    let devices = idle.session.device_controller().clone();
    let outputs: Vec<_> =
        devices.list_audio_output_devices().unwrap().into_iter().map(|found| found.id).collect();
    assert_eq!(outputs, [named("left"), named("right")]);
    assert!(!devices.list_audio_input_devices().unwrap().is_empty());
    devices.choose_audio_output(&DeviceChoice::Default(Following::Follow)).unwrap();
    let first = devices.active_audio_output_device().unwrap();

    // Sound follows what the system prefers.
    let other = if first == named("left") { "right" } else { "left" };
    pactl(&["set-default-sink", other]);
    let moved = DeviceChangeEvent::AudioOutputMoved(named(other));
    idle.wait("the move", |event| change(event).filter(|change| *change == moved)).await;
    assert_eq!(devices.active_audio_output_device(), Some(named(other)));

    let module = pactl(&["load-module", "module-null-sink", "sink_name=headset"]);
    let has_headset = |event: &SessionEvent| match change(event) {
        Some(DeviceChangeEvent::AudioOutputsChanged(devices)) => {
            Some(devices.iter().any(|device| device.id == named("headset")))
        }
        _ => None,
    };
    idle.wait("a headset", |event| has_headset(event).filter(|has| *has)).await;
    pactl(&["unload-module", &module]);
    idle.wait("no headset", |event| has_headset(event).filter(|has| !*has)).await;
}

#[test]
fn devices_that_come_and_go_and_moves_are_told() {
    with_server("devices::devices_that_come_and_go_and_moves_are_told", || {
        in_runtime(changes_are_told());
    });
}

async fn failures_are_told() {
    let server = TestServer::start().unwrap();
    let one = Attendee::join(&place(&server, "abc-def-ghi", "one").await, 440.0).await;
    let mut two = Attendee::join(&place(&server, "abc-def-ghi", "two").await, 880.0).await;
    let devices = two.session.device_controller().clone();
    let failed = devices.start_audio_input_device(&DeviceChoice::Default(Following::Stay));
    assert!(matches!(failed, Err(DeviceError::NotFound { .. })), "{failed:?}");
    two.wait("the failure", |event| match event {
        SessionEvent::Meeting(MeetingEvent::AudioInputFailed { message }) => Some(message.clone()),
        _ => None,
    })
    .await;
    // What was in use still is.
    assert_eq!(devices.active_audio_input(), InputKind::Sound);
    one.hears(&[880]).await;
    let configuration = two.session.configuration().clone();
    let checker = MeetingReadinessChecker::new(configuration, Arc::new(NoOpLogger));
    let choice = DeviceChoice::Default(Following::Stay);
    assert_eq!(checker.check_audio_input_device(&choice).await, CheckAudioInputFeedback::Failed);
    let speaker = checker.check_audio_output_device(&choice, std::future::pending()).await;
    assert_eq!(speaker, CheckAudioOutputFeedback::Failed);
    let sound = checker.check_audio_connectivity_device(&choice).await;
    assert_eq!(sound, CheckAudioConnectivityFeedback::AudioInputRequestFailed);
}

#[test]
fn a_microphone_that_is_not_there_leaves_the_input_as_it_was() {
    without_sound("devices::a_microphone_that_is_not_there_leaves_the_input_as_it_was", || {
        in_runtime(failures_are_told());
    });
}
