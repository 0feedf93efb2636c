//! How large and how fast the own camera is sent, by how many others send theirs.

use carillon_frame::Bitrate;

use super::share_out::{HALF_SIZE_BELOW, LEAST};
use super::simulcast::LayerParameters;
use crate::configuration::MaxResolution;

/// What the decision rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UplinkConditions {
    /// How many attendees the meeting has, the own included; zero if nobody knows.
    pub attendees: usize,
    /// How many cameras there are, the own included.
    pub publishers: usize,
    /// How large cameras may be in this meeting.
    pub max_resolution: MaxResolution,
    /// What the path is believed to take.
    pub available: Option<Bitrate>,
    /// Whether the attendee speaks most at the moment.
    pub speaks: bool,
}

/// How the camera is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VideoSendParameters {
    /// The most lines; wider pictures are scaled down to them.
    pub max_height: u32,
    /// The most pictures a second.
    pub max_framerate: u32,
    /// How many bits a second, of all layers together.
    pub bitrate: Bitrate,
    /// The layers low, mid and high, if it is sent in layers. They need not heed what the path takes: the session gives
    /// the lowest its bits first, and turns off what is left with too few.
    pub layers: Option<[LayerParameters; 3]>,
}

/// Decides how the camera is sent.
pub trait VideoUplinkBandwidthPolicy: Send {
    /// How to send under these conditions; nothing is no video at all.
    fn choose(&mut self, conditions: &UplinkConditions) -> Option<VideoSendParameters>;

    /// Sets the most that may ever be used.
    fn set_ideal_max_bandwidth(&mut self, bitrate: Bitrate);
}

/// The browser client's default: one stream, which shrinks as more attendees send theirs.
#[derive(Clone, Copy, Debug)]
pub struct NScaleVideoUplinkBandwidthPolicy {
    ideal: Bitrate,
    framerate: u32,
}

impl Default for NScaleVideoUplinkBandwidthPolicy {
    fn default() -> Self {
        Self { ideal: Bitrate::from_kbps(1_500), framerate: 30 }
    }
}

impl NScaleVideoUplinkBandwidthPolicy {
    /// The policy for so many pictures a second.
    #[must_use]
    pub fn with_framerate(framerate: u32) -> Self {
        Self { framerate, ..Self::default() }
    }

    /// The lines for so many publishers: one column for meetings in HD, one for finer ones.
    const fn height(publishers: usize, resolution: MaxResolution) -> u32 {
        let fine = matches!(resolution, MaxResolution::Fhd | MaxResolution::Uhd);
        match (publishers, fine) {
            (0..=2, _) => resolution.height(),
            (3..=4, false) | (5..=8, true) => 540,
            (3..=4, true) => 720,
            (5..=8, false) | (9..=12, true) => 480,
            (9..=12, false) | (13..=16, true) => 360,
            (13..=16, false) | (17.., true) => 270,
            (17.., false) => 180,
        }
    }

    /// The bits for so many publishers.
    fn bitrate(&self, publishers: usize) -> Bitrate {
        let bps = self.ideal.bps();
        match publishers {
            0..=2 => self.ideal,
            3..=4 => Bitrate::from_bps(bps.saturating_mul(2) / 3),
            many => {
                // The browser's curve: 544/11 + 14,880/(11 n), of 600.
                let many = u64::try_from(many).unwrap_or(u64::MAX);
                let share = 14_880_u64.checked_div(many).unwrap_or(0).saturating_add(544);
                Bitrate::from_bps(bps.saturating_mul(share) / (11 * 600))
            }
        }
    }
}

impl VideoUplinkBandwidthPolicy for NScaleVideoUplinkBandwidthPolicy {
    fn choose(&mut self, conditions: &UplinkConditions) -> Option<VideoSendParameters> {
        let UplinkConditions { publishers, max_resolution, available, speaks, .. } = *conditions;
        let share = if speaks { self.ideal } else { self.bitrate(publishers) };
        let bitrate = available.map_or(share, |available| share.min(available)).max(LEAST);
        let height = Self::height(publishers, max_resolution);
        let max_height = if bitrate < HALF_SIZE_BELOW { height.min(270) } else { height };
        (max_resolution != MaxResolution::None).then_some(VideoSendParameters {
            max_height,
            max_framerate: self.framerate,
            bitrate,
            layers: None,
        })
    }

    fn set_ideal_max_bandwidth(&mut self, bitrate: Bitrate) {
        self.ideal = bitrate;
    }
}

/// Never sends video.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoVideoUplinkBandwidthPolicy;

impl VideoUplinkBandwidthPolicy for NoVideoUplinkBandwidthPolicy {
    fn choose(&mut self, _conditions: &UplinkConditions) -> Option<VideoSendParameters> {
        None
    }

    fn set_ideal_max_bandwidth(&mut self, _bitrate: Bitrate) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(publishers: usize, max_resolution: MaxResolution) -> (u32, u32) {
        let conditions = UplinkConditions {
            attendees: 25,
            publishers,
            max_resolution,
            available: None,
            speaks: false,
        };
        let chosen = NScaleVideoUplinkBandwidthPolicy::default().choose(&conditions).unwrap();
        (chosen.max_height, chosen.bitrate.kbps())
    }

    #[test]
    fn pictures_shrink_as_more_attendees_send_theirs() {
        let steps = [(1, 720, 1_500), (2, 720, 1_500), (3, 540, 1_000), (4, 540, 1_000)];
        for (publishers, height, kbps) in steps {
            assert_eq!(chosen(publishers, MaxResolution::Hd), (height, kbps));
        }
        assert_eq!(chosen(8, MaxResolution::Hd), (480, 546));
        assert_eq!(chosen(12, MaxResolution::Hd).0, 360);
        assert_eq!(chosen(16, MaxResolution::Hd).0, 270);
        // 259 kb/s would not be worth less than 180 lines.
        assert_eq!(chosen(25, MaxResolution::Hd), (180, 258));
        assert_eq!(chosen(2, MaxResolution::Fhd).0, 1_080);
        assert_eq!(chosen(8, MaxResolution::Uhd).0, 540);
        assert_eq!(chosen(25, MaxResolution::Fhd).0, 270);
    }

    #[test]
    fn a_narrow_path_gets_less_and_a_speaker_more() {
        let mut policy = NScaleVideoUplinkBandwidthPolicy::default();
        let narrow = Some(Bitrate::from_kbps(200));
        let mut conditions = UplinkConditions {
            attendees: 6,
            publishers: 6,
            max_resolution: MaxResolution::Hd,
            available: narrow,
            speaks: false,
        };
        let chosen = policy.choose(&conditions).unwrap();
        assert_eq!((chosen.bitrate.kbps(), chosen.max_height), (200, 270));
        conditions = UplinkConditions { available: None, speaks: true, ..conditions };
        assert_eq!(policy.choose(&conditions).unwrap().bitrate.kbps(), 1_500);
        conditions.max_resolution = MaxResolution::None;
        assert_eq!(policy.choose(&conditions), None);
    }
}
