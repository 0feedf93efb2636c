//! Sending the own video in several layers at once, for the server to give each viewer the one that fits.

use carillon_frame::Bitrate;

use super::share_out::share_out;
use super::uplink::{UplinkConditions, VideoSendParameters, VideoUplinkBandwidthPolicy};
use crate::configuration::MaxResolution;

/// How one simulcast layer is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LayerParameters {
    /// The most bits a second; zero is a layer that is off.
    pub max_bitrate: Bitrate,
    /// By what each side of the picture is divided: 1 is its full size.
    pub scale_down_by: u32,
    /// The most pictures a second, where that is fewer than all.
    pub max_framerate: Option<u16>,
}

impl LayerParameters {
    /// A layer of so many kilobits a second, whose sides are divided by this; zero is a layer that is off.
    ///
    /// ```
    /// # use carillon_facade::LayerParameters;
    /// let quarter = LayerParameters::new(300, 4);
    /// assert!(quarter.is_on() && !LayerParameters::new(0, 1).is_on());
    /// ```
    #[must_use]
    pub const fn new(kbps: u32, scale_down_by: u32) -> Self {
        Self { max_bitrate: Bitrate::from_kbps(kbps), scale_down_by, max_framerate: None }
    }

    /// Whether the layer is sent.
    ///
    /// ```
    /// # use carillon_facade::LayerParameters;
    /// assert!(LayerParameters::new(1_200, 1).is_on());
    /// ```
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.max_bitrate > Bitrate::default()
    }
}

/// Which layers of the own video are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SimulcastLayers {
    /// The smallest.
    Low,
    /// The two smaller ones.
    LowAndMedium,
    /// The smallest and the largest.
    LowAndHigh,
    /// The one between.
    Medium,
    /// The two larger ones.
    MediumAndHigh,
    /// The largest.
    High,
    /// All three, which only an application's own policy does.
    All,
}

impl SimulcastLayers {
    /// The layers that are on; nothing if none is.
    pub(crate) fn of(layers: &[LayerParameters; 3]) -> Option<Self> {
        Some(match layers.map(|layer| layer.is_on()) {
            [false, false, false] => return None,
            [true, false, false] => Self::Low,
            [true, true, false] => Self::LowAndMedium,
            [true, false, true] => Self::LowAndHigh,
            [false, true, false] => Self::Medium,
            [false, true, true] => Self::MediumAndHigh,
            [false, false, true] => Self::High,
            [true, true, true] => Self::All,
        })
    }
}

/// The browser client's policy for cameras with simulcast: two of three layers, which change with the number of cameras,
/// and one while there is only one viewer.
#[derive(Clone, Copy, Debug)]
pub struct DefaultSimulcastUplinkPolicy {
    most: Option<Bitrate>,
    framerate: u32,
}

impl Default for DefaultSimulcastUplinkPolicy {
    fn default() -> Self {
        Self { most: None, framerate: 30 }
    }
}

impl DefaultSimulcastUplinkPolicy {
    /// The policy for so many pictures a second.
    ///
    /// ```no_run
    /// # fn example(audio_video: &carillon_facade::AudioVideoFacade) {
    /// use carillon_facade::DefaultSimulcastUplinkPolicy;
    ///
    /// let calm = DefaultSimulcastUplinkPolicy::with_framerate(15);
    /// audio_video.set_video_uplink_policy(Box::new(calm));
    /// # }
    /// ```
    #[must_use]
    pub fn with_framerate(framerate: u32) -> Self {
        Self { framerate, ..Self::default() }
    }

    /// Low, mid and high in kilobits a second.
    fn kbps(conditions: &UplinkConditions) -> [u32; 3] {
        let fine = matches!(conditions.max_resolution, MaxResolution::Fhd | MaxResolution::Uhd);
        match (conditions.attendees, conditions.publishers, fine) {
            (1..=2, _, false) => [0, 1_200, 0],
            (1..=2, _, true) => [0, 2_000, 0],
            (_, 0..=4, false) => [300, 0, 1_200],
            (_, 0..=4, true) => [500, 0, 2_000],
            (_, 5..=6, false) => [200, 600, 0],
            (_, 5..=6, true) => [333, 1_000, 0],
            (_, 7.., false) => [200, 360, 0],
            (_, 7.., true) => [333, 600, 0],
        }
    }
}

impl VideoUplinkBandwidthPolicy for DefaultSimulcastUplinkPolicy {
    fn choose(&mut self, conditions: &UplinkConditions) -> Option<VideoSendParameters> {
        let [low, mid, hi] = Self::kbps(conditions);
        // Alone, the layer called mid has the full size.
        let half = if low == 0 { 1 } else { 2 };
        let layers = [
            LayerParameters::new(low, 4),
            LayerParameters::new(mid, half),
            LayerParameters::new(hi, 1),
        ];
        parameters(conditions.max_resolution, self.framerate, layers, self.most)
    }

    fn set_ideal_max_bandwidth(&mut self, bitrate: Bitrate) {
        self.most = Some(bitrate);
    }
}

/// The two layers of shared content, if they are to be others than the browser client's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ContentShareSimulcastParameters {
    /// The small one: half the size, 300 kb/s (500 where content may be in UHD), 5 pictures a second.
    pub low: Option<LayerParameters>,
    /// The large one: the full size, 1,200 kb/s (2,000 where content may be in UHD).
    pub high: Option<LayerParameters>,
}

/// The browser client's policy for shared content with simulcast: a small layer and a large one.
#[derive(Clone, Copy, Debug, Default)]
pub struct DefaultSimulcastUplinkPolicyForContentShare {
    parameters: ContentShareSimulcastParameters,
    most: Option<Bitrate>,
}

impl DefaultSimulcastUplinkPolicyForContentShare {
    /// The policy with these layers.
    pub(crate) const fn new(parameters: ContentShareSimulcastParameters) -> Self {
        Self { parameters, most: None }
    }
}

impl VideoUplinkBandwidthPolicy for DefaultSimulcastUplinkPolicyForContentShare {
    fn choose(&mut self, conditions: &UplinkConditions) -> Option<VideoSendParameters> {
        let (low, high) = match conditions.max_resolution {
            MaxResolution::Uhd => (500, 2_000),
            MaxResolution::None | MaxResolution::Hd | MaxResolution::Fhd => (300, 1_200),
        };
        let low = LayerParameters { max_framerate: Some(5), ..LayerParameters::new(low, 2) };
        let layers = [
            self.parameters.low.unwrap_or(low),
            LayerParameters::new(0, 1),
            self.parameters.high.unwrap_or(LayerParameters::new(high, 1)),
        ];
        parameters(conditions.max_resolution, 30, layers, self.most)
    }

    fn set_ideal_max_bandwidth(&mut self, bitrate: Bitrate) {
        self.most = Some(bitrate);
    }
}

fn parameters(
    max_resolution: MaxResolution,
    max_framerate: u32,
    layers: [LayerParameters; 3],
    most: Option<Bitrate>,
) -> Option<VideoSendParameters> {
    let layers = share_out(layers, most, &mut [true; 3]);
    (max_resolution != MaxResolution::None).then_some(VideoSendParameters {
        max_height: max_resolution.height(),
        max_framerate,
        bitrate: layers
            .iter()
            .map(|layer| layer.max_bitrate)
            .fold(Bitrate::default(), Bitrate::saturating_add),
        layers: Some(layers),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conditions(
        attendees: usize,
        publishers: usize,
        max_resolution: MaxResolution,
    ) -> UplinkConditions {
        UplinkConditions { attendees, publishers, max_resolution, available: None, speaks: false }
    }

    fn chosen(
        policy: &mut impl VideoUplinkBandwidthPolicy,
        of: &UplinkConditions,
    ) -> [(u32, u32); 3] {
        let layers = policy.choose(of).and_then(|chosen| chosen.layers).unwrap();
        layers.map(|layer| (layer.max_bitrate.kbps(), layer.scale_down_by))
    }

    #[test]
    fn layers_change_with_the_number_of_attendees_and_cameras() {
        let mut policy = DefaultSimulcastUplinkPolicy::default();
        let (hd, fhd) = (MaxResolution::Hd, MaxResolution::Fhd);
        for (attendees, publishers, resolution, layers) in [
            (1, 1, hd, [(0, 4), (1_200, 1), (0, 1)]),
            (2, 2, fhd, [(0, 4), (2_000, 1), (0, 1)]),
            // Nobody knows how many there are.
            (0, 1, hd, [(300, 4), (0, 2), (1_200, 1)]),
            (3, 1, hd, [(300, 4), (0, 2), (1_200, 1)]),
            (9, 4, fhd, [(500, 4), (0, 2), (2_000, 1)]),
            (9, 6, hd, [(200, 4), (600, 2), (0, 1)]),
            (9, 5, fhd, [(333, 4), (1_000, 2), (0, 1)]),
            (9, 7, hd, [(200, 4), (360, 2), (0, 1)]),
            (9, 25, MaxResolution::Uhd, [(333, 4), (600, 2), (0, 1)]),
        ] {
            assert_eq!(chosen(&mut policy, &conditions(attendees, publishers, resolution)), layers);
        }
        let none = conditions(3, 1, MaxResolution::None);
        assert_eq!(policy.choose(&none), None);
    }

    #[test]
    fn what_the_application_allows_at_most_is_shared_out() {
        let mut policy = DefaultSimulcastUplinkPolicy::default();
        policy.set_ideal_max_bandwidth(Bitrate::from_kbps(1_000));
        let three = conditions(3, 1, MaxResolution::Hd);
        assert_eq!(policy.choose(&three).unwrap().bitrate.kbps(), 1_000);
        assert_eq!(chosen(&mut policy, &three).map(|(kbps, _)| kbps), [300, 0, 700]);
        policy.set_ideal_max_bandwidth(Bitrate::from_kbps(500));
        assert_eq!(chosen(&mut policy, &three).map(|(kbps, _)| kbps), [300, 0, 0]);
    }

    #[test]
    fn content_has_a_slow_small_layer_and_a_large_one_unless_told_otherwise() {
        let mut policy = DefaultSimulcastUplinkPolicyForContentShare::default();
        let fhd = conditions(2, 1, MaxResolution::Fhd);
        assert_eq!(chosen(&mut policy, &fhd), [(300, 2), (0, 1), (1_200, 1)]);
        let slow = policy.choose(&fhd).unwrap().layers.unwrap().map(|layer| layer.max_framerate);
        assert_eq!(slow, [Some(5), None, None]);
        let uhd = conditions(2, 1, MaxResolution::Uhd);
        assert_eq!(chosen(&mut policy, &uhd), [(500, 2), (0, 1), (2_000, 1)]);
        let low = Some(LayerParameters::new(100, 3));
        let mut policy =
            DefaultSimulcastUplinkPolicyForContentShare::new(ContentShareSimulcastParameters {
                low,
                high: None,
            });
        assert_eq!(chosen(&mut policy, &uhd), [(100, 3), (0, 1), (2_000, 1)]);
    }

    #[test]
    fn layers_that_are_on_have_a_name() {
        let named =
            |on: [u32; 3]| SimulcastLayers::of(&on.map(|kbps| LayerParameters::new(kbps, 1)));
        assert_eq!(named([0, 0, 0]), None);
        assert_eq!(named([1, 0, 1]), Some(SimulcastLayers::LowAndHigh));
        assert_eq!(named([0, 1, 0]), Some(SimulcastLayers::Medium));
    }
}
