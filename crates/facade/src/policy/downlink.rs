//! Which videos of the others are received, and in which layer.

use std::collections::BTreeMap;

use carillon_frame::Bitrate;
use carillon_signaling::{GroupId, Identity, Modality, StreamId, VideoSource};

/// The most that is received at all, the browser client's figure: a path that takes more is not needed by 25 videos.
const MOST: Bitrate = Bitrate::from_kbps(15_000);

/// What is assumed of a path before anything is known of it: the browser client's figure.
const ASSUMED: Bitrate = Bitrate::from_kbps(2_800);

/// One video to receive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VideoChoice {
    /// Whose.
    pub attendee: Identity,
    /// All layers of the video.
    pub group: GroupId,
    /// The layer to receive.
    pub stream: StreamId,
}

/// Decides which videos are received.
pub trait VideoDownlinkBandwidthPolicy: Send {
    /// Which of these layers to receive, at most one of each group, the most wanted first.
    ///
    /// `available` is what the server believes the path takes.
    fn choose(&mut self, sources: &[VideoSource], available: Option<Bitrate>) -> Vec<VideoChoice>;
}

/// The browser client's default: the best layer of everything.
#[derive(Clone, Copy, Debug, Default)]
pub struct AllHighestVideoBandwidthPolicy;

impl VideoDownlinkBandwidthPolicy for AllHighestVideoBandwidthPolicy {
    fn choose(&mut self, sources: &[VideoSource], _available: Option<Bitrate>) -> Vec<VideoChoice> {
        let mut total = Bitrate::default();
        let mut chosen = Vec::new();
        for layers in groups(sources).values() {
            let Some(best) = layers.last() else { continue };
            total = total.saturating_add(best.layer.max_bitrate);
            if total <= MOST {
                chosen.push(choice(best));
            }
        }
        chosen
    }
}

/// Receives nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoVideoDownlinkBandwidthPolicy;

impl VideoDownlinkBandwidthPolicy for NoVideoDownlinkBandwidthPolicy {
    fn choose(
        &mut self,
        _sources: &[VideoSource],
        _available: Option<Bitrate>,
    ) -> Vec<VideoChoice> {
        Vec::new()
    }
}

/// How much an attendee's video matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VideoPreference {
    /// 1 matters most.
    pub priority: u32,
    /// The most bits that are of use, for instance because the tile is small: 300, 600, 1,500 or 10,000 kb/s for a low,
    /// medium, high or maximal size.
    pub target_bitrate: Bitrate,
}

impl VideoPreference {
    /// A large picture of this priority.
    #[must_use]
    pub const fn new(priority: u32) -> Self {
        Self { priority, target_bitrate: Bitrate::from_kbps(1_500) }
    }
}

/// Receives what the application prefers, as far as the path takes it: first the least layer of each in the order of
/// their priority, then better ones in the same order. The least layer of the first is always among them.
#[derive(Clone, Debug, Default)]
pub struct VideoPriorityBasedPolicy {
    preferences: BTreeMap<Identity, VideoPreference>,
}

impl VideoPriorityBasedPolicy {
    /// A policy that receives nothing but these.
    #[must_use]
    pub const fn new(preferences: BTreeMap<Identity, VideoPreference>) -> Self {
        Self { preferences }
    }
}

impl VideoDownlinkBandwidthPolicy for VideoPriorityBasedPolicy {
    fn choose(&mut self, sources: &[VideoSource], available: Option<Bitrate>) -> Vec<VideoChoice> {
        let groups = groups(sources);
        let mut wanted: Vec<(VideoPreference, &[&VideoSource])> = groups
            .values()
            .filter_map(|layers| {
                let preference = *self.preferences.get(&layers.first()?.owner)?;
                Some((preference, layers.as_slice()))
            })
            .collect();
        wanted.sort_by_key(|(preference, _)| preference.priority);
        let mut left = available.unwrap_or(ASSUMED).min(MOST);
        let mut levels: Vec<Option<usize>> = vec![None; wanted.len()];
        let mut progress = true;
        while std::mem::take(&mut progress) {
            for (place, ((preference, layers), level)) in wanted.iter().zip(&mut levels).enumerate()
            {
                let next = level.map_or(0, |level| level.saturating_add(1));
                let Some(candidate) = layers.get(next) else { continue };
                let held = level.and_then(|level| layers.get(level));
                let cost =
                    rate(candidate).saturating_sub(held.map_or(Bitrate::default(), |s| rate(s)));
                let useful = next == 0 || rate(candidate) <= preference.target_bitrate;
                // What matters most is asked for whatever the path takes: the server lets it stand still while it does
                // not fit, and only by sending something can it find out that more fits again.
                let is_indispensable = place == 0 && next == 0;
                if useful && (cost <= left || is_indispensable) {
                    left = left.saturating_sub(cost);
                    *level = Some(next);
                    progress = true;
                }
            }
        }
        let chosen = wanted.iter().zip(&levels).filter_map(|((_, layers), level)| {
            let source = layers.get((*level)?)?;
            Some(choice(source))
        });
        chosen.collect()
    }
}

/// Receives everybody as far as the path takes it, without preferences of the application: shared content first, and the
/// best of it; cameras alike.
#[derive(Clone, Copy, Debug, Default)]
pub struct VideoAdaptiveProbePolicy;

impl VideoDownlinkBandwidthPolicy for VideoAdaptiveProbePolicy {
    fn choose(&mut self, sources: &[VideoSource], available: Option<Bitrate>) -> Vec<VideoChoice> {
        let preference = |source: &VideoSource| match source.owner.modality {
            Modality::Content => VideoPreference { priority: 1, target_bitrate: MOST },
            Modality::Main => VideoPreference::new(2),
        };
        let preferences = sources.iter().map(|source| (source.owner, preference(source)));
        VideoPriorityBasedPolicy::new(preferences.collect()).choose(sources, available)
    }
}

fn rate(source: &VideoSource) -> Bitrate {
    let average = source.layer.average_bitrate;
    if average == Bitrate::default() { source.layer.max_bitrate } else { average }
}

fn choice(source: &VideoSource) -> VideoChoice {
    VideoChoice { attendee: source.owner, group: source.group_id, stream: source.stream_id }
}

/// The layers of each video, the least first; of two videos of one attendee the later one counts.
fn groups(sources: &[VideoSource]) -> BTreeMap<Identity, Vec<&VideoSource>> {
    let mut groups: BTreeMap<Identity, Vec<&VideoSource>> = BTreeMap::new();
    for source in sources.iter().filter(|source| source.layer.max_bitrate > Bitrate::default()) {
        let layers = groups.entry(source.owner).or_default();
        match layers.first().map(|known| known.group_id.cmp(&source.group_id)) {
            Some(std::cmp::Ordering::Less) => *layers = vec![source],
            Some(std::cmp::Ordering::Greater) => {}
            Some(std::cmp::Ordering::Equal) | None => layers.push(source),
        }
    }
    for layers in groups.values_mut() {
        layers.sort_by_key(|source| (source.layer.max_bitrate, source.stream_id));
    }
    groups
}

#[cfg(test)]
mod tests {
    use carillon_signaling::VideoLayer;
    use carillon_types::AttendeeId;

    use super::*;

    const ADA: Identity = Identity::main(AttendeeId::from_random(1));
    const BOB: Identity = Identity::main(AttendeeId::from_random(2));

    fn source(stream: u32, group: u32, owner: Identity, kbps: u32) -> VideoSource {
        VideoSource {
            stream_id: StreamId::new(stream).unwrap(),
            group_id: GroupId::new(group).unwrap(),
            owner,
            external_user_id: "name".into(),
            layer: VideoLayer { max_bitrate: Bitrate::from_kbps(kbps), ..VideoLayer::default() },
        }
    }

    fn streams(choices: &[VideoChoice]) -> Vec<u32> {
        choices.iter().map(|choice| choice.stream.get()).collect()
    }

    #[test]
    fn the_best_layer_of_the_latest_video_of_everybody_is_chosen() {
        let sources = [
            source(1, 1, ADA, 300),
            source(2, 1, ADA, 1_200),
            source(3, 2, BOB, 1_500),
            source(4, 5, BOB, 600),
            source(5, 5, BOB, 0),
        ];
        let mut policy = AllHighestVideoBandwidthPolicy;
        assert_eq!(streams(&policy.choose(&sources, None)), [2, 4]);
    }

    #[test]
    fn priorities_share_a_narrow_path() {
        let sources = [
            source(1, 1, ADA, 300),
            source(2, 1, ADA, 1_200),
            source(3, 2, BOB, 300),
            source(4, 2, BOB, 1_200),
        ];
        let preferences =
            BTreeMap::from([(ADA, VideoPreference::new(2)), (BOB, VideoPreference::new(1))]);
        let mut policy = VideoPriorityBasedPolicy::new(preferences);
        let mut chosen = |kbps| streams(&policy.choose(&sources, Some(Bitrate::from_kbps(kbps))));
        assert_eq!(chosen(5_000), [4, 2]);
        assert_eq!(chosen(1_600), [4, 1]);
        assert_eq!(chosen(700), [3, 1]);
        assert_eq!(chosen(400), [3]);
        assert_eq!(chosen(100), [3]);
    }

    #[test]
    fn shared_content_comes_before_cameras_which_are_alike() {
        let content = Identity::content(AttendeeId::from_random(3));
        let sources = [
            source(1, 1, ADA, 300),
            source(2, 1, ADA, 1_200),
            source(3, 2, BOB, 300),
            source(4, 2, BOB, 1_200),
            source(5, 3, content, 300),
            source(6, 3, content, 2_500),
        ];
        let chosen = |kbps| {
            let available = Some(Bitrate::from_kbps(kbps));
            streams(&VideoAdaptiveProbePolicy.choose(&sources, available))
        };
        assert_eq!(chosen(10_000), [6, 2, 4]);
        assert_eq!(chosen(3_200), [6, 1, 3]);
        assert_eq!(chosen(900), [5, 1, 3]);
        assert_eq!(chosen(300), [5]);
    }

    #[test]
    fn small_tiles_get_small_layers() {
        let sources = [source(1, 1, ADA, 300), source(2, 1, ADA, 1_200)];
        let small = VideoPreference { priority: 1, target_bitrate: Bitrate::from_kbps(300) };
        let mut policy = VideoPriorityBasedPolicy::new(BTreeMap::from([(ADA, small)]));
        assert_eq!(streams(&policy.choose(&sources, None)), [1]);
    }
}
