//! Pictures sent in several sizes at once.

use carillon_facade::frame::{Bitrate, VideoSize};
use carillon_facade::{
    AudioInput, ContentShareSimulcastParameters, DefaultSimulcastUplinkPolicy, Identity,
    LayerParameters, Modality, NScaleVideoUplinkBandwidthPolicy, SessionEvent, SimulcastLayers,
    UplinkConditions, VideoChoice, VideoDownlinkBandwidthPolicy, VideoPreference,
    VideoPriorityBasedPolicy, VideoSendParameters, VideoUplinkBandwidthPolicy,
};
use carillon_server::TestServer;
use carillon_signaling::VideoSource;
use tokio::sync::Mutex;

use crate::pictures::{GREEN, RED, YELLOW};
use crate::rig::{Attendee, Cut, PATIENCE_WITH_PATHS, place};
use crate::share::content;

/// Held by each of these tests: on a loaded machine several encoders at once starve each other, which looks like a narrow
/// path to everybody.
static ALONE: Mutex<()> = Mutex::const_new(());

/// A quarter of what tests show.
fn is_small(size: VideoSize) -> bool {
    size == VideoSize::new(160, 90)
}

/// The full size, or something between where a loaded machine looks like a narrow path.
fn is_large(size: VideoSize) -> bool {
    size.width > 160
}

/// So much is of use to a small tile, and to a large one.
const SMALL: Bitrate = Bitrate::from_kbps(75);
const LARGE: Bitrate = Bitrate::from_kbps(1_500);

/// The browser client's policy with a quarter of its bits and a third of its pictures, so that a loaded machine is no
/// narrow path to it.
struct Frugal(DefaultSimulcastUplinkPolicy);

impl Frugal {
    fn layers() -> Self {
        Self(DefaultSimulcastUplinkPolicy::with_framerate(10))
    }

    fn single() -> NScaleVideoUplinkBandwidthPolicy {
        let mut policy = NScaleVideoUplinkBandwidthPolicy::with_framerate(10);
        policy.set_ideal_max_bandwidth(Bitrate::from_kbps(300));
        policy
    }
}

impl VideoUplinkBandwidthPolicy for Frugal {
    fn choose(&mut self, conditions: &UplinkConditions) -> Option<VideoSendParameters> {
        let mut chosen = self.0.choose(conditions)?;
        let quarter = |bitrate: Bitrate| bitrate.percent(25);
        chosen.bitrate = quarter(chosen.bitrate);
        chosen.layers = chosen.layers.map(|layers| {
            layers.map(|layer| LayerParameters { max_bitrate: quarter(layer.max_bitrate), ..layer })
        });
        Some(chosen)
    }

    fn set_ideal_max_bandwidth(&mut self, bitrate: Bitrate) {
        self.0.set_ideal_max_bandwidth(bitrate);
    }
}

/// Goes by what is preferred, whatever the path takes: the server shows less then, and a loaded machine ends no video.
struct Stubborn(VideoPriorityBasedPolicy);

impl VideoDownlinkBandwidthPolicy for Stubborn {
    fn choose(&mut self, sources: &[VideoSource], _available: Option<Bitrate>) -> Vec<VideoChoice> {
        self.0.choose(sources, None)
    }
}

impl Attendee {
    /// Receives nothing but this video, of which so much is of use.
    fn prefers(&self, identity: Identity, target_bitrate: Bitrate) {
        let preference = VideoPreference { priority: 1, target_bitrate };
        let policy = VideoPriorityBasedPolicy::new([(identity, preference)].into());
        self.session.audio_video().set_video_downlink_policy(Box::new(Stubborn(policy)));
    }

    fn sends_in(&self, policy: impl VideoUplinkBandwidthPolicy + 'static) {
        self.session.audio_video().set_video_uplink_policy(Box::new(policy));
    }

    fn identity(&self) -> Identity {
        self.session.configuration().credentials.identity()
    }

    /// Waits until exactly these layers are said to be sent.
    async fn sends(&mut self, layers: SimulcastLayers) {
        self.wait_within(PATIENCE_WITH_PATHS, &format!("sending {layers:?}"), |event| {
            matches!(event, SessionEvent::EncodingSimulcastLayersChanged(now) if *now == layers)
                .then_some(())
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_viewer_sees_the_size_it_wants_and_changes_it_live() {
    let _alone = ALONE.lock().await;
    let server = TestServer::start().unwrap();
    let place_of = async |name| place(&server, "abc-def-ghi", name).await;
    let mut one = Attendee::join(&place_of("one").await, 440.0).await;
    one.sends_in(Frugal::layers());
    let mut two = Attendee::join(&place_of("two").await, 620.0).await;
    let mut three = Attendee::join(&place_of("three").await, 880.0).await;
    two.prefers(one.identity(), SMALL);
    three.prefers(one.identity(), LARGE);
    one.show(RED);
    one.sends(SimulcastLayers::LowAndHigh).await;
    two.sees_sized(RED, is_small).await;
    three.sees_sized(RED, is_large).await;

    two.prefers(one.identity(), LARGE);
    three.prefers(one.identity(), SMALL);
    two.sees_sized(RED, is_large).await;
    three.sees_sized(RED, is_small).await;

    // With so little the large one is not worth sending, and whoever wants it sees the small one.
    one.session.audio_video().set_video_max_bandwidth_kbps(500);
    one.sends(SimulcastLayers::Low).await;
    two.sees_sized(RED, is_small).await;
    one.session.audio_video().set_video_max_bandwidth_kbps(2_000);
    one.sends(SimulcastLayers::LowAndHigh).await;
    two.sees_sized(RED, is_large).await;

    // One viewer needs one size.
    three.session.audio_video().stop();
    one.sends(SimulcastLayers::Medium).await;
    two.sees_sized(RED, is_large).await;
    two.hears(&[440]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_picture_is_sent_in_layers_and_in_one_by_turns() {
    let _alone = ALONE.lock().await;
    let server = TestServer::start().unwrap();
    let place_of = async |name| place(&server, "abc-def-ghi", name).await;
    let mut one = Attendee::join(&place_of("one").await, 440.0).await;
    let mut two = Attendee::join(&place_of("two").await, 620.0).await;
    let three = Attendee::join(&place_of("three").await, 880.0).await;
    one.sends_in(Frugal::single());
    one.show(GREEN);
    two.sees_sized(GREEN, is_large).await;
    two.prefers(one.identity(), SMALL);
    for _ in 0..2 {
        one.sends_in(Frugal::layers());
        one.sends(SimulcastLayers::LowAndHigh).await;
        two.sees_sized(GREEN, is_small).await;
        one.sends_in(Frugal::single());
        two.sees_sized(GREEN, is_large).await;
    }
    drop(three);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn layers_come_back_with_the_connection() {
    let _alone = ALONE.lock().await;
    let server = TestServer::start().unwrap();
    let place_of = async |name| place(&server, "abc-def-ghi", name).await;
    let mut through = place_of("one").await;
    let cut = Cut::before(&server, &mut through).await;
    let mut one = Attendee::join_with_simulcast(&through, 440.0).await;
    one.sends_in(Frugal::layers());
    let mut two = Attendee::join(&place_of("two").await, 620.0).await;
    let mut three = Attendee::join(&place_of("three").await, 880.0).await;
    two.prefers(one.identity(), SMALL);
    three.prefers(one.identity(), LARGE);
    one.show(RED);
    two.sees_sized(RED, is_small).await;
    three.sees_sized(RED, is_large).await;
    cut.now();
    let back = |event: &SessionEvent| matches!(event, SessionEvent::Started).then_some(());
    one.wait("coming back", back).await;
    two.sees_sized(RED, is_small).await;
    three.sees_sized(RED, is_large).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn content_is_shared_in_two_sizes() {
    let _alone = ALONE.lock().await;
    let server = TestServer::start().unwrap();
    let place_of = async |name| place(&server, "abc-def-ghi", name).await;
    let one = Attendee::join(&place_of("one").await, 440.0).await;
    let mut two = Attendee::join(&place_of("two").await, 620.0).await;
    let share = one.session.content_share();
    // As frugal as the cameras above.
    let layer = |kbps, scale_down_by| LayerParameters {
        max_framerate: Some(5),
        ..LayerParameters::new(kbps, scale_down_by)
    };
    let frugal =
        ContentShareSimulcastParameters { low: Some(layer(75, 2)), high: Some(layer(300, 1)) };
    share.enable_simulcast_for_content_share(Some(frugal));
    share.start_content_share(content(), AudioInput::Silence).unwrap();
    let shared = Identity { modality: Modality::Content, ..one.identity() };
    two.prefers(shared, SMALL);
    two.sees_sized(YELLOW, |size| size == VideoSize::new(640, 360)).await;
    two.prefers(shared, LARGE);
    two.sees_sized(YELLOW, |size| size == VideoSize::new(1_280, 720)).await;
}
