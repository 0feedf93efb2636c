//! Who speaks, by how loud everybody was of late.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use carillon_signaling::{Identity, Mute};

/// Between two looks at the scores. The server reports volumes at this beat while somebody speaks.
pub(crate) const TICK: Duration = Duration::from_millis(200);

/// An attendee without news for this long counts as silent.
const INACTIVITY: Duration = Duration::from_secs(1);

/// Decides how active attendees are. A policy holds state: give each session its own.
pub trait ActiveSpeakerPolicy: Send {
    /// The score of an attendee who was just heard this loud; 0 is not active.
    fn calculate_score(&mut self, attendee: Identity, volume: f32, mute: Mute) -> f32;

    /// Forgets an attendee who is gone.
    fn forget(&mut self, attendee: Identity);

    /// Whether the local attendee's video gets more of the uplink while he or she speaks most.
    fn prioritize_video_send_bandwidth_for_active_speaker(&self) -> bool {
        true
    }
}

/// The browser client's policy: a score rises slowly with speech, and falls while others speak.
#[derive(Clone, Debug)]
pub struct DefaultActiveSpeakerPolicy {
    /// How much of the old score stays at each step, 0 to 1.
    pub speaker_weight: f32,
    /// Scores below this count as 0.
    pub cutoff_threshold: f32,
    /// Volumes above this are speech.
    pub silence_threshold: f32,
    /// How much every other score falls while somebody speaks.
    pub takeover_rate: f32,
    scores: BTreeMap<Identity, f32>,
}

impl Default for DefaultActiveSpeakerPolicy {
    fn default() -> Self {
        Self {
            speaker_weight: 0.9,
            cutoff_threshold: 0.01,
            silence_threshold: 0.2,
            takeover_rate: 0.2,
            scores: BTreeMap::new(),
        }
    }
}

impl ActiveSpeakerPolicy for DefaultActiveSpeakerPolicy {
    fn calculate_score(&mut self, attendee: Identity, volume: f32, mute: Mute) -> f32 {
        let speaks = volume > self.silence_threshold && mute == Mute::Unmuted;
        let heard = if speaks { 1.0 } else { 0.0 };
        let weight = self.speaker_weight;
        let score = self.scores.entry(attendee).or_default();
        *score = *score * weight + heard * (1.0 - weight);
        let own = *score;
        let takeover = self.takeover_rate * heard;
        for (other, score) in &mut self.scores {
            if *other != attendee {
                *score = (*score - takeover).max(0.0);
            }
        }
        if own < self.cutoff_threshold { 0.0 } else { own }
    }

    fn forget(&mut self, attendee: Identity) {
        self.scores.remove(&attendee);
    }
}

/// Which changes of the list are told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SpeakerChanges {
    /// Somebody enters or leaves the list, as in the browser client.
    #[default]
    Members,
    /// The order within the list, too.
    Order,
}

/// Turns volumes into a ranked list of speakers, loudest first.
pub(crate) struct ActiveSpeakerDetector {
    policy: Box<dyn ActiveSpeakerPolicy>,
    changes: SpeakerChanges,
    heard: BTreeMap<Identity, Heard>,
    told: Vec<Identity>,
}

#[derive(Debug)]
struct Heard {
    at: Instant,
    volume: f32,
    mute: Mute,
    score: f32,
}

impl ActiveSpeakerDetector {
    pub(crate) fn new(policy: Box<dyn ActiveSpeakerPolicy>, changes: SpeakerChanges) -> Self {
        Self { policy, changes, heard: BTreeMap::new(), told: Vec::new() }
    }

    /// Takes note of how somebody is heard.
    pub(crate) fn handle_volume(
        &mut self,
        now: Instant,
        attendee: Identity,
        volume: Option<f32>,
        mute: Option<Mute>,
    ) {
        let silent = Heard { at: now, volume: 0.0, mute: Mute::Unmuted, score: 0.0 };
        let heard = self.heard.entry(attendee).or_insert(silent);
        heard.at = now;
        heard.volume = volume.unwrap_or(heard.volume);
        heard.mute = mute.unwrap_or(heard.mute);
    }

    /// Takes note that a report of volumes arrived: whoever is in it is as loud as before.
    pub(crate) fn handle_report(&mut self, now: Instant) {
        self.heard.values_mut().for_each(|heard| heard.at = now);
    }

    pub(crate) fn forget(&mut self, attendee: Identity) {
        self.heard.remove(&attendee);
        self.policy.forget(attendee);
    }

    /// Updates the scores; gives the list, loudest first, if it changed.
    pub(crate) fn tick(&mut self, now: Instant) -> Option<Vec<Identity>> {
        for (attendee, heard) in &mut self.heard {
            let is_current = now.saturating_duration_since(heard.at) < INACTIVITY;
            let volume = if is_current { heard.volume } else { 0.0 };
            heard.score = self.policy.calculate_score(*attendee, volume, heard.mute);
        }
        let mut ranked: Vec<(Identity, f32)> = self
            .heard
            .iter()
            .filter(|(_, heard)| heard.score > 0.0)
            .map(|(attendee, heard)| (*attendee, heard.score))
            .collect();
        ranked.sort_by(|(_, one), (_, other)| other.total_cmp(one));
        let ranked: Vec<Identity> = ranked.into_iter().map(|(attendee, _)| attendee).collect();
        let is_news = match self.changes {
            SpeakerChanges::Order => ranked != self.told,
            SpeakerChanges::Members => {
                ranked.len() != self.told.len()
                    || ranked.iter().any(|attendee| !self.told.contains(attendee))
            }
        };
        is_news.then(|| {
            self.told.clone_from(&ranked);
            ranked
        })
    }

    /// The score of everybody.
    pub(crate) fn scores(&self) -> BTreeMap<Identity, f32> {
        self.heard.iter().map(|(attendee, heard)| (*attendee, heard.score)).collect()
    }

    /// Whether the policy gives this attendee more of the uplink at the moment.
    pub(crate) fn prioritizes(&self, attendee: Identity) -> bool {
        self.policy.prioritize_video_send_bandwidth_for_active_speaker()
            && self.told.first() == Some(&attendee)
    }
}

impl std::fmt::Debug for ActiveSpeakerDetector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ActiveSpeakerDetector").field("told", &self.told).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use carillon_types::AttendeeId;

    use super::*;

    const ADA: Identity = Identity::main(AttendeeId::from_random(1));
    const BOB: Identity = Identity::main(AttendeeId::from_random(2));

    struct Rig {
        now: Instant,
        detector: ActiveSpeakerDetector,
    }

    impl Rig {
        #[expect(clippy::disallowed_methods, reason = "a test needs some instant to start from")]
        fn new(changes: SpeakerChanges) -> Self {
            let policy = Box::new(DefaultActiveSpeakerPolicy::default());
            Self { now: Instant::now(), detector: ActiveSpeakerDetector::new(policy, changes) }
        }

        /// Lets both be heard like that for so many ticks; gives the last list that was told.
        fn hear(&mut self, ada: f32, bob: f32, ticks: u32) -> Option<Vec<Identity>> {
            let mut last = None;
            for _ in 0..ticks {
                self.now += TICK;
                self.detector.handle_volume(self.now, ADA, Some(ada), None);
                self.detector.handle_volume(self.now, BOB, Some(bob), None);
                last = self.detector.tick(self.now).or(last);
            }
            last
        }
    }

    #[test]
    fn whoever_speaks_is_listed_and_whoever_stops_fades() {
        let mut rig = Rig::new(SpeakerChanges::Members);
        assert_eq!(rig.hear(0.0, 0.0, 5), None);
        assert_eq!(rig.hear(0.8, 0.0, 2), Some(vec![ADA]));
        assert_eq!(rig.hear(0.0, 0.8, 10), Some(vec![BOB]));
        assert_eq!(rig.hear(0.0, 0.0, 60), Some(vec![]));
    }

    #[test]
    fn the_loudest_comes_first_and_order_is_told_on_request() {
        let mut rig = Rig::new(SpeakerChanges::Order);
        rig.hear(0.8, 0.0, 20);
        rig.hear(0.8, 0.8, 1);
        let scores = rig.detector.scores();
        assert!(scores[&ADA] > scores[&BOB] && scores[&BOB] >= 0.0);
    }

    #[test]
    fn somebody_without_news_falls_silent() {
        let mut rig = Rig::new(SpeakerChanges::Members);
        rig.hear(0.9, 0.0, 5);
        for _ in 0..100 {
            rig.now += TICK;
            rig.detector.tick(rig.now);
        }
        assert_eq!(rig.detector.scores()[&ADA], 0.0);
    }
}
