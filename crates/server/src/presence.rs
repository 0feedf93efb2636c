//! Tells the control plane who is connected: meetings that nobody is in end, and others hear of comings and goings.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use carillon_control::{Admission, Connected, ControlPlane, Happening, News, Notice, Part};
use carillon_media_server::{MeetingEvent, MeetingEventKind, MeetingEvents};
use carillon_signaling::{Identity, Modality};
use carillon_types::{MeetingId, TranscriptionConfiguration, TranscriptionTurn};

use crate::clock;

/// Who is connected where.
#[derive(Debug)]
pub(crate) struct PresenceReport {
    control: ControlPlane,
    meetings: Mutex<BTreeMap<MeetingId, People>>,
    joined: AtomicU64,
    dropped: AtomicU64,
}

/// Who is connected to a meeting.
#[derive(Debug, Default)]
struct People {
    /// Each with what was known of it when it came, which outlives its deletion.
    connected: BTreeMap<Identity, Option<Admission>>,
    /// Who shows pictures already and is not connected yet.
    early: BTreeSet<Identity>,
}

/// What an event of the media side amounts to.
#[derive(Debug, Default)]
struct Outcome {
    /// Who is connected from here on, if that changed.
    connected: Option<Connected>,
    /// What others hear, and of whom.
    told: Vec<(Option<Admission>, Happening)>,
}

impl People {
    /// Takes note of an event; `found` is what is known of who joins.
    fn follow(&mut self, event: &MeetingEvent, found: Option<Admission>) -> Outcome {
        let who = event.who;
        let mut outcome = Outcome::default();
        match event.kind {
            MeetingEventKind::Joined | MeetingEventKind::TakenOver | MeetingEventKind::Resumed => {
                let before = self.connected.get(&who);
                let is_first = before.is_none();
                let found = found.or_else(|| before.cloned().flatten());
                self.connected.insert(who, found.clone());
                outcome.connected = is_first.then(|| self.count());
                if is_first {
                    outcome.told.push((found.clone(), Happening::Joined));
                } else if event.kind == MeetingEventKind::TakenOver {
                    outcome.told.push((found.clone(), Happening::TakenOver));
                }
                if self.early.remove(&who) {
                    outcome.told.push((found, Happening::VideoStarted));
                }
            }
            MeetingEventKind::Left => self.forget(who, Happening::Left, &mut outcome),
            MeetingEventKind::Dropped => self.forget(who, Happening::Dropped, &mut outcome),
            MeetingEventKind::VideoStarted => match self.connected.get(&who) {
                Some(known) => outcome.told.push((known.clone(), Happening::VideoStarted)),
                // Nobody sees it before its media path is up.
                None => drop(self.early.insert(who)),
            },
            MeetingEventKind::VideoStopped => {
                if let Some(known) = self.connected.get(&who) {
                    outcome.told.push((known.clone(), Happening::VideoStopped));
                }
                self.early.remove(&who);
            }
        }
        outcome
    }

    fn count(&self) -> Connected {
        let of = |modality| self.connected.keys().filter(|who| who.modality == modality).count();
        Connected { attendees: of(Modality::Main), shares: of(Modality::Content) }
    }

    fn forget(&mut self, who: Identity, happening: Happening, outcome: &mut Outcome) {
        if let Some(known) = self.connected.remove(&who) {
            outcome.connected = Some(self.count());
            outcome.told.push((known, happening));
        }
    }
}

impl PresenceReport {
    pub(crate) const fn new(control: ControlPlane) -> Self {
        Self {
            control,
            meetings: Mutex::new(BTreeMap::new()),
            joined: AtomicU64::new(0),
            dropped: AtomicU64::new(0),
        }
    }

    /// How often somebody joined since the start.
    pub(crate) fn joined(&self) -> u64 {
        self.joined.load(Relaxed)
    }

    /// How often somebody was lost since the start.
    pub(crate) fn dropped(&self) -> u64 {
        self.dropped.load(Relaxed)
    }

    /// How many attendees are connected to any meeting, content shares included.
    pub(crate) fn connected(&self) -> usize {
        self.lock().values().map(|people| people.connected.len()).sum()
    }

    /// How many meetings somebody is connected to.
    pub(crate) fn meetings(&self) -> usize {
        self.lock().values().filter(|people| !people.connected.is_empty()).count()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<MeetingId, People>> {
        self.meetings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn follow(&self, meeting: MeetingId, event: &MeetingEvent) -> Outcome {
        let found = match event.kind {
            MeetingEventKind::Joined | MeetingEventKind::TakenOver | MeetingEventKind::Resumed => {
                self.control.find(meeting, event.who.attendee)
            }
            MeetingEventKind::Left
            | MeetingEventKind::Dropped
            | MeetingEventKind::VideoStarted
            | MeetingEventKind::VideoStopped => None,
        };
        let mut meetings = self.lock();
        let people = meetings.entry(meeting).or_default();
        let outcome = people.follow(event, found);
        if people.connected.is_empty() && people.early.is_empty() {
            meetings.remove(&meeting);
        }
        outcome
    }

    /// Lets others hear of somebody; of one who was deleted before it came, nobody hears anything.
    fn tell(&self, who: Identity, known: Option<Admission>, happening: Happening) {
        let Some(Admission { meeting, attendee, .. }) = known else { return };
        let part = match who.modality {
            Modality::Main => Part::Main,
            Modality::Content => Part::Content,
        };
        let at = clock::now().wall;
        let news = News::Connection { attendee, part, happening };
        self.control.note(Notice { at, meeting, news });
    }
}

impl MeetingEvents for PresenceReport {
    fn record(&self, meeting: MeetingId, event: &MeetingEvent) {
        match event.kind {
            MeetingEventKind::Joined | MeetingEventKind::TakenOver | MeetingEventKind::Resumed => {
                self.joined.fetch_add(1, Relaxed)
            }
            MeetingEventKind::Dropped => self.dropped.fetch_add(1, Relaxed),
            MeetingEventKind::Left
            | MeetingEventKind::VideoStarted
            | MeetingEventKind::VideoStopped => 0,
        };
        let Outcome { connected, told } = self.follow(meeting, event);
        if let Some(count) = connected {
            self.control.report_presence(clock::now().instant, meeting, count);
        }
        for (known, happening) in told {
            self.tell(event.who, known, happening);
        }
    }

    fn transcription(
        &self,
        meeting: MeetingId,
        configuration: Arc<TranscriptionConfiguration>,
        turn: TranscriptionTurn,
    ) {
        // What becomes of a meeting that is over concerns nobody.
        if let Some(meeting) = self.control.meeting_record(meeting) {
            let news = News::Transcription { configuration, turn };
            self.control.note(Notice { at: clock::now().wall, meeting, news });
        }
    }

    fn unwatched(&self, meeting: MeetingId, is_unwatched: bool) {
        self.control.report_unwatched(clock::now().instant, meeting, is_unwatched);
    }

    fn lost(&self, meeting: MeetingId) {
        let connected = self.lock().remove(&meeting).unwrap_or_default().connected;
        let people = u64::try_from(connected.len()).unwrap_or(u64::MAX);
        self.dropped.fetch_add(people, Relaxed);
        self.control.report_presence(clock::now().instant, meeting, Connected::default());
        for (who, known) in connected {
            self.tell(who, known, Happening::Dropped);
        }
    }
}

#[cfg(test)]
mod tests {
    use carillon_types::AttendeeId;

    use super::*;

    /// Follows events of one attendee and returns what is told of each, in one word.
    fn told(kinds: &[MeetingEventKind]) -> Vec<Vec<Happening>> {
        let who = Identity::main(AttendeeId::from_bits(1));
        let mut people = People::default();
        let mut follow = |kind: &MeetingEventKind| {
            let outcome = people.follow(&MeetingEvent { who, kind: *kind }, None);
            outcome.told.into_iter().map(|(_, happening)| happening).collect()
        };
        kinds.iter().map(&mut follow).collect()
    }

    #[test]
    fn pictures_before_the_path_is_up_are_told_after_the_arrival() {
        use MeetingEventKind::{Joined, Left, VideoStarted, VideoStopped};
        assert_eq!(
            told(&[VideoStarted, Joined, VideoStopped, Left]),
            [
                vec![],
                vec![Happening::Joined, Happening::VideoStarted],
                vec![Happening::VideoStopped],
                vec![Happening::Left],
            ]
        );
        assert_eq!(told(&[VideoStarted, VideoStopped, Joined])[2], [Happening::Joined]);
    }

    #[test]
    fn another_device_is_told_once_a_new_connection_never_and_a_departure_once() {
        use MeetingEventKind::{Dropped, Joined, Left, Resumed, TakenOver};
        assert_eq!(
            told(&[Joined, Resumed, TakenOver, Resumed, Dropped, Left, Joined]),
            [
                vec![Happening::Joined],
                vec![],
                vec![Happening::TakenOver],
                vec![],
                vec![Happening::Dropped],
                vec![],
                vec![Happening::Joined],
            ]
        );
    }
}
