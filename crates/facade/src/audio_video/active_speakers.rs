//! Who speaks, and how much.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use carillon_signaling::Identity;

use super::AudioVideoFacade;
use crate::active_speaker::{ActiveSpeakerDetector, ActiveSpeakerPolicy, SpeakerChanges};
use crate::event::{AttendeeInfo, SessionEvent};
use crate::shared::lock;
use crate::subscription::Subscription;

/// Active speakers.
impl AudioVideoFacade {
    /// Decides by another policy who speaks, and when that is told.
    ///
    /// ```no_run
    /// # fn example(audio_video: &carillon_facade::AudioVideoFacade) {
    /// use carillon_facade::{DefaultActiveSpeakerPolicy, SpeakerChanges};
    ///
    /// let mut slow = DefaultActiveSpeakerPolicy::default();
    /// slow.speaker_weight = 0.97;
    /// audio_video.set_active_speaker_policy(Box::new(slow), SpeakerChanges::Order);
    /// # }
    /// ```
    pub fn set_active_speaker_policy(
        &self,
        policy: Box<dyn ActiveSpeakerPolicy>,
        changes: SpeakerChanges,
    ) {
        *lock(&self.side.shared.speakers) = ActiveSpeakerDetector::new(policy, changes);
    }

    /// How active everybody is at the moment, from 0 on.
    ///
    /// ```no_run
    /// # fn example(audio_video: &carillon_facade::AudioVideoFacade) {
    /// for (attendee, score) in audio_video.active_speaker_scores() {
    ///     println!("{attendee}: {score}");
    /// }
    /// # }
    /// ```
    #[must_use]
    pub fn active_speaker_scores(&self) -> BTreeMap<Identity, f32> {
        lock(&self.side.shared.speakers).scores()
    }

    /// Calls back with who speaks, loudest first, whenever that changes.
    ///
    /// ```no_run
    /// # fn example(audio_video: &carillon_facade::AudioVideoFacade) {
    /// let watching = audio_video.subscribe_to_active_speaker_detector(|speakers| {
    ///     println!("{} speak", speakers.len());
    /// });
    /// # }
    /// ```
    pub fn subscribe_to_active_speaker_detector(
        &self,
        callback: impl Fn(&[AttendeeInfo]) + Send + Sync + 'static,
    ) -> Subscription {
        self.side.shared.hub.subscribe(move |event| {
            if let SessionEvent::ActiveSpeakersChanged(speakers) = event {
                callback(speakers);
            }
        })
    }

    /// Calls back with everybody's score at this interval, in whole fifths of a second, while the session is up.
    ///
    /// ```no_run
    /// # fn example(audio_video: &carillon_facade::AudioVideoFacade) {
    /// use std::time::Duration;
    ///
    /// let watching = audio_video
    ///     .subscribe_to_active_speaker_scores(Duration::from_secs(1), |scores| println!("{scores:?}"));
    /// # }
    /// ```
    pub fn subscribe_to_active_speaker_scores(
        &self,
        interval: Duration,
        callback: impl Fn(&BTreeMap<Identity, f32>) + Send + Sync + 'static,
    ) -> Subscription {
        self.side.shared.scores.subscribe(interval, Arc::new(callback))
    }
}
