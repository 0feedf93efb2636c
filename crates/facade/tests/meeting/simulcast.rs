//! Pictures sent in several sizes at once.

use carillon_facade::frame::{Bitrate, VideoSize};
use carillon_facade::{
    AudioInput, ContentShareSimulcastParameters, DefaultSimulcastUplinkPolicy, Identity, Modality,
    NScaleVideoUplinkBandwidthPolicy, SessionEvent, SimulcastLayers, VideoPreference,
    VideoPriorityBasedPolicy,
};
use carillon_server::TestServer;

use crate::pictures::{GREEN, RED, YELLOW};
use crate::rig::{Attendee, place};
use crate::share::content;

const FULL: VideoSize = VideoSize::new(640, 360);
const QUARTER: VideoSize = VideoSize::new(160, 90);

/// As the browser client counts: so much is of use to a small tile, and to a large one.
const SMALL: Bitrate = Bitrate::from_kbps(300);
const LARGE: Bitrate = Bitrate::from_kbps(1_500);

impl Attendee {
    /// Receives nothing but this video, of which so much is of use.
    fn prefers(&self, identity: Identity, target_bitrate: Bitrate) {
        let preference = VideoPreference { priority: 1, target_bitrate };
        let policy = VideoPriorityBasedPolicy::new([(identity, preference)].into());
        self.session.audio_video().set_video_downlink_policy(Box::new(policy));
    }

    fn identity(&self) -> Identity {
        self.session.configuration().credentials.identity()
    }

    /// Waits until exactly these layers are said to be sent.
    async fn sends(&mut self, layers: SimulcastLayers) {
        self.wait(&format!("sending {layers:?}"), |event| {
            matches!(event, SessionEvent::EncodingSimulcastLayersChanged(now) if *now == layers)
                .then_some(())
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_viewer_sees_the_size_it_wants_and_changes_it_live() {
    let server = TestServer::start().unwrap();
    let place_of = async |name| place(&server, "abc-def-ghi", name).await;
    let mut one = Attendee::join_with_simulcast(&place_of("one").await, 440.0).await;
    let mut two = Attendee::join(&place_of("two").await, 620.0).await;
    let mut three = Attendee::join(&place_of("three").await, 880.0).await;
    two.prefers(one.identity(), SMALL);
    three.prefers(one.identity(), LARGE);
    one.show(RED);
    one.sends(SimulcastLayers::LowAndHigh).await;
    let tile = two.sees_sized(RED, Some(QUARTER)).await;
    three.sees_sized(RED, Some(FULL)).await;

    two.prefers(one.identity(), LARGE);
    three.prefers(one.identity(), SMALL);
    assert_eq!(two.sees_sized(RED, Some(FULL)).await, tile);
    three.sees_sized(RED, Some(QUARTER)).await;

    // With so little the large one is not worth sending, and whoever wants it sees the small one.
    one.session.audio_video().set_video_max_bandwidth_kbps(500);
    one.sends(SimulcastLayers::Low).await;
    two.sees_sized(RED, Some(QUARTER)).await;
    one.session.audio_video().set_video_max_bandwidth_kbps(2_000);
    one.sends(SimulcastLayers::LowAndHigh).await;
    two.sees_sized(RED, Some(FULL)).await;

    // One viewer needs one size.
    three.session.audio_video().stop();
    one.sends(SimulcastLayers::Medium).await;
    two.sees_sized(RED, Some(FULL)).await;
    two.hears(&[440]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_picture_is_sent_in_layers_and_in_one_by_turns() {
    let server = TestServer::start().unwrap();
    let place_of = async |name| place(&server, "abc-def-ghi", name).await;
    let mut one = Attendee::join(&place_of("one").await, 440.0).await;
    let mut two = Attendee::join(&place_of("two").await, 620.0).await;
    let three = Attendee::join(&place_of("three").await, 880.0).await;
    one.show(GREEN);
    two.sees_sized(GREEN, Some(FULL)).await;
    two.prefers(one.identity(), SMALL);
    let audio_video = one.session.audio_video().clone();
    for _ in 0..2 {
        audio_video.set_video_uplink_policy(Box::new(DefaultSimulcastUplinkPolicy::default()));
        one.sends(SimulcastLayers::LowAndHigh).await;
        two.sees_sized(GREEN, Some(QUARTER)).await;
        audio_video.set_video_uplink_policy(Box::new(NScaleVideoUplinkBandwidthPolicy::default()));
        two.sees_sized(GREEN, Some(FULL)).await;
    }
    drop(three);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn content_is_shared_in_two_sizes() {
    let server = TestServer::start().unwrap();
    let place_of = async |name| place(&server, "abc-def-ghi", name).await;
    let one = Attendee::join(&place_of("one").await, 440.0).await;
    let mut two = Attendee::join(&place_of("two").await, 620.0).await;
    let share = one.session.content_share();
    share.enable_simulcast_for_content_share(Some(ContentShareSimulcastParameters::default()));
    share.start_content_share(content(), AudioInput::Silence).unwrap();
    let shared = Identity { modality: Modality::Content, ..one.identity() };
    two.prefers(shared, SMALL);
    two.sees_sized(YELLOW, Some(VideoSize::new(640, 360))).await;
    two.prefers(shared, LARGE);
    two.sees_sized(YELLOW, Some(VideoSize::new(1_280, 720))).await;
}
