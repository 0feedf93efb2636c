//! When clients are told who is heard, and what.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use carillon_frame::AudioLevel;

use crate::id::AudioStreamId;

/// Between two reports while somebody speaks, the beat of the browsers' active speaker detection: slower makes speakers
/// flicker, faster costs a frame to everybody for nothing.
const CADENCE: Duration = Duration::from_millis(200);

/// Between two reports while nobody speaks: browsers count an attendee as silent after 1 s without news, and a longer
/// gap would leave signal strengths stale.
const HEARTBEAT: Duration = Duration::from_secs(1);

/// Attenuation from which on browsers draw no volume, and it is silence for a report.
const INAUDIBLE_DB: u8 = 42;

/// How well an attendee's media reaches the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SignalStrength {
    /// Not at all.
    None,
    /// With losses.
    Weak,
    /// Well.
    Good,
}

/// How one attendee is heard. Both figures always travel: an absent one has a meaning of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AudioState {
    /// Who, by its presence in the roster.
    pub stream_id: AudioStreamId,
    /// How loud.
    pub volume: AudioLevel,
    /// How well.
    pub signal: SignalStrength,
}

/// Collects the levels of one meeting and says when a frame of them is due.
///
/// A frame is a snapshot: clients take everybody whom it does not list as silent and well received.
#[derive(Debug)]
pub struct VolumeReport {
    last: Instant,
    sources: BTreeMap<AudioStreamId, Source>,
}

#[derive(Debug)]
struct Source {
    volume: AudioLevel,
    signal: SignalStrength,
    /// Whether clients believe that this one speaks.
    reported_audible: bool,
}

impl Source {
    const fn audible(&self) -> bool {
        self.volume.attenuation_db() < INAUDIBLE_DB
    }

    const fn worth_listing(&self) -> bool {
        self.audible() || self.reported_audible || !matches!(self.signal, SignalStrength::Good)
    }
}

impl VolumeReport {
    /// Makes the report of a meeting in which nobody is heard.
    #[must_use]
    pub const fn new(now: Instant) -> Self {
        Self { last: now, sources: BTreeMap::new() }
    }

    /// Notes how somebody is heard at the moment; somebody muted is silence.
    pub fn set(&mut self, stream_id: AudioStreamId, volume: AudioLevel, signal: SignalStrength) {
        let reported_audible =
            self.sources.get(&stream_id).is_some_and(|source| source.reported_audible);
        self.sources.insert(stream_id, Source { volume, signal, reported_audible });
    }

    /// Forgets somebody who is gone.
    pub fn remove(&mut self, stream_id: AudioStreamId) {
        self.sources.remove(&stream_id);
    }

    /// When [`VolumeReport::handle_timeout`] has a frame; `None` while there is nobody to report.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        let speaking =
            self.sources.values().any(|source| source.audible() || source.reported_audible);
        let pause = if speaking { CADENCE } else { HEARTBEAT };
        (!self.sources.is_empty()).then(|| self.last + pause)
    }

    /// The states to tell every client, if the time has come. Whoever fell silent is listed once more, as silent.
    pub fn handle_timeout(&mut self, now: Instant) -> Option<Vec<AudioState>> {
        self.deadline().filter(|deadline| *deadline <= now)?;
        self.last = now;
        let mut states: Vec<_> = self.states().filter(|(_, listed)| *listed).collect();
        if states.is_empty() {
            // One volume has to be written out, or clients do not read the frame as a snapshot.
            states.extend(self.states().next());
        }
        self.sources.values_mut().for_each(|source| source.reported_audible = source.audible());
        Some(states.into_iter().map(|(state, _)| state).collect())
    }

    fn states(&self) -> impl Iterator<Item = (AudioState, bool)> {
        self.sources.iter().map(|(id, source)| {
            let state = AudioState { stream_id: *id, volume: source.volume, signal: source.signal };
            (state, source.worth_listing())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPEECH: AudioLevel = AudioLevel::from_attenuation_db(20);

    #[test]
    fn speech_is_reported_five_times_a_second_and_its_end_once() {
        let (mut report, start) = meeting_of(3);
        report.set(id(2), SPEECH, SignalStrength::Good);
        let spoken = drain_until(&mut report, start, Duration::from_secs(1));
        assert_eq!(spoken.len(), 5);
        assert!(spoken.iter().all(|(_, states)| listed(states) == [(2, 20)]));
        report.set(id(2), AudioLevel::SILENCE, SignalStrength::Good);
        let after = drain_until(&mut report, start, Duration::from_millis(1900));
        assert_eq!(after.len(), 1, "one trailing frame, then quiet for a second");
        assert_eq!(listed(&after[0].1), [(2, 127)]);
    }

    #[test]
    fn silence_is_reported_each_second_as_an_explicit_snapshot() {
        let (mut report, start) = meeting_of(3);
        let frames = drain_until(&mut report, start, Duration::from_secs(3));
        assert_eq!(frames.len(), 3);
        assert!(frames.iter().all(|(_, states)| listed(states) == [(1, 127)]));
    }

    #[test]
    fn bad_signal_is_listed_although_silent() {
        let (mut report, start) = meeting_of(3);
        report.set(id(3), AudioLevel::SILENCE, SignalStrength::Weak);
        let frames = drain_until(&mut report, start, Duration::from_secs(1));
        assert_eq!(frames[0].1[0].signal, SignalStrength::Weak);
        assert_eq!(listed(&frames[0].1), [(3, 127)]);
    }

    #[test]
    fn speech_after_silence_does_not_wait_for_the_heartbeat() {
        let (mut report, start) = meeting_of(1);
        let spoken = start + Duration::from_millis(500);
        report.set(id(1), SPEECH, SignalStrength::Good);
        assert!(report.deadline().unwrap() <= spoken);
        assert_eq!(listed(&report.handle_timeout(spoken).unwrap()), [(1, 20)]);
    }

    #[test]
    fn empty_meeting_reports_nothing() {
        let (mut report, start) = meeting_of(1);
        report.remove(id(1));
        assert_eq!(report.deadline(), None);
        assert_eq!(report.handle_timeout(start + Duration::from_secs(60)), None);
    }

    fn drain_until(
        report: &mut VolumeReport,
        start: Instant,
        end: Duration,
    ) -> Vec<(Instant, Vec<AudioState>)> {
        let mut frames = Vec::new();
        while let Some(due) = report.deadline().filter(|due| *due <= start + end) {
            frames.push((due, report.handle_timeout(due).unwrap()));
        }
        frames
    }

    fn listed(states: &[AudioState]) -> Vec<(u32, u8)> {
        states.iter().map(|s| (s.stream_id.get(), s.volume.attenuation_db())).collect()
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "any instant serves as the origin of virtual time"
    )]
    fn meeting_of(sources: u32) -> (VolumeReport, Instant) {
        let start = Instant::now();
        let mut report = VolumeReport::new(start);
        (1..=sources).for_each(|n| report.set(id(n), AudioLevel::SILENCE, SignalStrength::Good));
        (report, start)
    }

    fn id(n: u32) -> AudioStreamId {
        AudioStreamId::new(n).unwrap()
    }
}
