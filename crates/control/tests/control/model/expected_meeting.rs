//! What should be known of one meeting.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use carillon_control::{AdmissionError, ControlError};
use carillon_types::{
    Attendee, AttendeeCapabilities, AttendeeId, CreateAttendeeError, MediaCapability, Meeting,
    MeetingId, TranscriptionConfiguration,
};

use super::expected::QUOTAS;

const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);
const IDLE: Duration = Duration::from_secs(5 * 60);

/// A meeting, ended or not.
pub(super) struct ExpectedMeeting {
    pub(super) token: &'static str,
    /// The meeting of which it is a replica.
    pub(super) primary: Option<MeetingId>,
    pub(super) meeting: Meeting,
    pub(super) alive: bool,
    /// In the order of creation.
    pub(super) attendees: Vec<Attendee>,
    /// Attendees that were removed, whose tokens must stay worthless.
    pub(super) removed: Vec<Attendee>,
    pub(super) tags: BTreeMap<String, String>,
    /// Who may enter, if not everybody.
    pub(super) inside: Option<BTreeSet<AttendeeId>>,
    /// How its speech is turned into text, if it is.
    pub(super) transcription: Option<TranscriptionConfiguration>,
    /// For how long nobody has been connected, if so.
    pub(super) empty_for: Option<Duration>,
    age: Duration,
}

/// An attendee for a person.
pub(super) enum Place {
    /// That was there.
    Taken(Attendee),
    /// That is made, and may do this.
    Made(AttendeeCapabilities),
}

impl ExpectedMeeting {
    pub(super) const fn new(
        token: &'static str,
        primary: Option<MeetingId>,
        meeting: Meeting,
    ) -> Self {
        Self {
            token,
            primary,
            meeting,
            alive: true,
            attendees: Vec::new(),
            removed: Vec::new(),
            tags: BTreeMap::new(),
            inside: None,
            transcription: None,
            empty_for: Some(Duration::ZERO),
            age: Duration::ZERO,
        }
    }

    pub(super) const fn is_replica(&self) -> bool {
        self.primary.is_some()
    }

    pub(super) fn find(&self, attendee: AttendeeId) -> Result<usize, ControlError> {
        let mut attendees = self.attendees.iter();
        attendees
            .position(|present| present.attendee_id == attendee)
            .ok_or(ControlError::AttendeeNotFound(attendee))
    }

    /// Says whether attendees may do this: those of a replica send nothing.
    pub(super) fn permit(&self, rights: AttendeeCapabilities) -> Result<(), ControlError> {
        let sends = [rights.audio(), rights.video(), rights.content()]
            .into_iter()
            .any(MediaCapability::can_send);
        if self.is_replica() && sends { Err(ControlError::ReplicaSends) } else { Ok(()) }
    }

    /// Finds a person's place.
    pub(super) fn place(
        &self,
        user: &str,
        rights: Option<AttendeeCapabilities>,
    ) -> Result<Place, ControlError> {
        let mut attendees = self.attendees.iter();
        if let Some(known) = attendees.find(|known| known.external_user_id.as_str() == user) {
            return Ok(Place::Taken(known.clone()));
        }
        if self.inside.is_some() {
            return Err(ControlError::MeetingLocked(self.meeting.meeting_id));
        }
        let listen = MediaCapability::Receive;
        let rights = match rights {
            Some(rights) => rights,
            None if self.is_replica() => AttendeeCapabilities::new(listen, listen, listen).unwrap(),
            None => AttendeeCapabilities::ALL,
        };
        self.permit(rights)?;
        let most = QUOTAS.attendees;
        if self.attendees.len() == most {
            return Err(ControlError::AttendeeCap { most });
        }
        Ok(Place::Made(rights))
    }

    /// Compares who got a place with who should have, and notes who is there from then on.
    pub(super) fn seat(&mut self, user: &str, place: Place, attendee: Attendee) {
        match place {
            Place::Taken(known) => assert_eq!(attendee, known),
            Place::Made(rights) => {
                assert_eq!(attendee.external_user_id.as_str(), user);
                assert_eq!(attendee.capabilities, rights);
                self.attendees.push(attendee);
            }
        }
    }

    /// Compares what became of wishes for these people, each of whom is answered once.
    pub(super) fn settle(
        &mut self,
        users: &[&str],
        made: Vec<Attendee>,
        errors: Vec<CreateAttendeeError>,
    ) {
        let (mut made, mut errors) = (made.into_iter(), errors.into_iter());
        let mut seen = BTreeSet::new();
        for user in users.iter().filter(|user| seen.insert(**user)) {
            match self.place(user, None) {
                Ok(place) => self.seat(user, place, made.next().unwrap()),
                Err(error) => {
                    let expected = CreateAttendeeError {
                        external_user_id: user.parse().unwrap(),
                        error_code: error.kind(),
                        error_message: error.to_string(),
                    };
                    assert_eq!(errors.next(), Some(expected));
                }
            }
        }
        assert_eq!((made.next(), errors.next()), (None, None));
    }

    /// Says what somebody finds who comes with a token.
    pub(super) fn admit(
        &self,
        attendee: &Attendee,
    ) -> Result<Option<&TranscriptionConfiguration>, AdmissionError> {
        if !self.alive {
            return Err(AdmissionError::MeetingEnded);
        }
        if self.find(attendee.attendee_id).is_err() {
            return Err(AdmissionError::AttendeeRemoved);
        }
        if self.inside.as_ref().is_some_and(|inside| !inside.contains(&attendee.attendee_id)) {
            return Err(AdmissionError::MeetingLocked);
        }
        Ok(self.transcription.as_ref())
    }

    pub(super) fn pass(&mut self, time: Duration) {
        self.age += time;
        self.empty_for = self.empty_for.map(|empty_for| empty_for + time);
    }

    /// Says whether its time is over; a replica has no end of its own.
    pub(super) fn is_over(&self) -> bool {
        let is_idle = self.empty_for.is_some_and(|empty_for| empty_for >= IDLE);
        !self.is_replica() && (is_idle || self.age >= LONGEST)
    }
}
