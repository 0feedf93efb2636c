//! Cameras, on systems that may have none.

use carillon_facade::frame::VideoSize;
use carillon_facade::media::pattern::TestPattern;
use carillon_facade::{
    CameraChoice, DeviceError, DeviceId, MeetingEvent, SessionEvent, VideoInput, VideoQuality,
};
use carillon_server::TestServer;

use crate::pictures::YELLOW;
use crate::rig::{Attendee, place};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_camera_that_is_not_there_leaves_the_input_as_it_was() {
    let server = TestServer::start().unwrap();
    let mut one = Attendee::join(&place(&server, "abc-def-ghi", "one").await, 440.0).await;
    let mut two = Attendee::join(&place(&server, "abc-def-ghi", "two").await, 880.0).await;
    let devices = one.session.device_controller().clone();
    assert_eq!(devices.video_input_quality_settings(), VideoQuality::default());
    let quality = VideoQuality { size: VideoSize::new(1_280, 720), framerate: 30 };
    devices.choose_video_input_quality(quality);
    assert_eq!(devices.video_input_quality_settings(), quality);

    let pattern = TestPattern::new(VideoSize::new(640, 360), YELLOW).unwrap();
    devices.start_video_input(VideoInput::Pictures(Box::new(pattern))).unwrap();
    one.session.audio_video().start_local_video_tile().unwrap();
    let missing = DeviceId::new("v4l2:none");
    assert!(devices.list_video_input_devices().iter().all(|camera| camera.id != missing));
    let refused = devices.start_video_input_device(&CameraChoice::Id(missing));
    assert!(matches!(refused, Err(DeviceError::NotFound { .. })), "{refused:?}");
    one.wait("the failure", |event| match event {
        SessionEvent::Meeting(MeetingEvent::VideoInputFailed { message }) => Some(message.clone()),
        _ => None,
    })
    .await;
    assert_eq!(devices.active_video_input_device(), None);
    two.sees(YELLOW).await;
}
