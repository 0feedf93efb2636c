//! How changes and notices become events in the original service's words: the whole mapping is here.

use std::sync::Arc;

use carillon_types::{
    CapabilitiesUpdate, ConnectedAttendee, EventAttendee, EventId, MeetingStateChange, NetworkType,
    Occurrence, StateChangeDetail, Transcription, TranscriptionConfiguration, TranscriptionTrouble,
    TranscriptionTurn, UpdateSuccess, WallTime,
};
use time::{OffsetDateTime, format_description::BorrowedFormatItem, macros::format_description};

use crate::{
    event::{Change, ControlEvent},
    notice::{Happening, News, Notice, Part},
    record::{AttendeeRecord, MeetingRecord},
};

/// One thing to tell, before it is known to whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Announcement {
    pub(crate) at: WallTime,
    pub(crate) meeting: Arc<MeetingRecord>,
    pub(crate) occurrence: Occurrence,
}

impl Announcement {
    /// Says what is told of a change, if anything is.
    pub(crate) fn of_change(event: &ControlEvent) -> Option<Self> {
        let occurrence = match &event.change {
            Change::MeetingCreated => Occurrence::MeetingStarted,
            Change::MeetingEnded(_) => Occurrence::MeetingEnded,
            Change::AttendeeAdded(attendee) => Occurrence::AttendeeAdded(whom(attendee)),
            Change::AttendeeDeleted(attendee) => Occurrence::AttendeeDeleted(whom(attendee)),
            Change::CapabilitiesUpdated(attendee) => {
                Occurrence::AttendeeCapabilitiesUpdated(CapabilitiesUpdate {
                    attendee: whom(attendee),
                    success: UpdateSuccess::Done,
                    attendee_capabilities: attendee.capabilities.into(),
                })
            }
            Change::TranscriptionStarted(configuration) => {
                Occurrence::TranscriptionStarted(transcription(&event.meeting, configuration))
            }
            Change::TranscriptionStopped(configuration) => {
                Occurrence::TranscriptionStopped(transcription(&event.meeting, configuration))
            }
            Change::Tagged(_) | Change::Locked(_) | Change::Unlocked => return None,
        };
        Some(Self { at: event.at, meeting: Arc::clone(&event.meeting), occurrence })
    }

    /// Says what is told of a notice, if anything is.
    pub(crate) fn of_notice(notice: &Notice) -> Option<Self> {
        let occurrence = match &notice.news {
            News::Connection { attendee, part, happening } => {
                of_connection(attendee, *part, *happening)?
            }
            News::Transcription { configuration, turn } => {
                of_turn(transcription(&notice.meeting, configuration), turn)
            }
        };
        Some(Self { at: notice.at, meeting: Arc::clone(&notice.meeting), occurrence })
    }

    /// Returns the event with all that surrounds it.
    pub(crate) fn envelope(&self, id: EventId) -> MeetingStateChange {
        let MeetingRecord { meeting_id, owner, request, .. } = &*self.meeting;
        MeetingStateChange {
            id,
            owner: owner.clone(),
            time: iso_8601(self.at),
            detail: StateChangeDetail::new(
                self.occurrence.clone(),
                self.at,
                (*meeting_id, request.external_meeting_id.clone()),
                request.media_region.clone(),
            ),
        }
    }
}

fn of_connection(
    attendee: &AttendeeRecord,
    part: Part,
    happening: Happening,
) -> Option<Occurrence> {
    let attendee = whom(attendee);
    let over = |attendee| ConnectedAttendee { attendee, network_type: NetworkType::Voip };
    Some(match (part, happening) {
        (Part::Main, Happening::Joined) => Occurrence::AttendeeJoined(over(attendee)),
        (Part::Main, Happening::TakenOver) => Occurrence::AttendeeAuthorized(attendee),
        (Part::Main, Happening::Left) => Occurrence::AttendeeLeft(over(attendee)),
        (Part::Main, Happening::Dropped) => Occurrence::AttendeeDropped(over(attendee)),
        (Part::Main, Happening::VideoStarted) => Occurrence::AttendeeVideoStarted(attendee),
        (Part::Main, Happening::VideoStopped) => Occurrence::AttendeeVideoStopped(attendee),
        (Part::Content, Happening::Joined) => Occurrence::AttendeeContentJoined(over(attendee)),
        // The original service has no word for a share that moves to another device.
        (Part::Content, Happening::TakenOver) => return None,
        (Part::Content, Happening::Left) => Occurrence::AttendeeContentLeft(over(attendee)),
        (Part::Content, Happening::Dropped) => Occurrence::AttendeeContentDropped(over(attendee)),
        (Part::Content, Happening::VideoStarted) => {
            Occurrence::AttendeeContentVideoStarted(attendee)
        }
        (Part::Content, Happening::VideoStopped) => {
            Occurrence::AttendeeContentVideoStopped(attendee)
        }
    })
}

fn of_turn(transcription: Transcription, turn: &TranscriptionTurn) -> Occurrence {
    let trouble = |transcription, message: &String| TranscriptionTrouble {
        transcription,
        message: message.clone(),
    };
    match turn {
        TranscriptionTurn::Interrupted(message) => {
            Occurrence::TranscriptionInterrupted(trouble(transcription, message))
        }
        TranscriptionTurn::Resumed => Occurrence::TranscriptionResumed(transcription),
        TranscriptionTurn::Failed(message) => {
            Occurrence::TranscriptionFailed(trouble(transcription, message))
        }
    }
}

fn whom(attendee: &AttendeeRecord) -> EventAttendee {
    EventAttendee {
        attendee_id: attendee.attendee_id,
        external_user_id: attendee.external_user_id.clone(),
    }
}

const ISO_8601: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");

/// Writes a time as the original service's queues have it; one after the year 9999 becomes the epoch.
pub(crate) fn iso_8601(at: WallTime) -> String {
    let nanos = i128::from(at.as_millis()).saturating_mul(1_000_000);
    let at = OffsetDateTime::from_unix_timestamp_nanos(nanos).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    at.format(ISO_8601).expect("a date has all that the format asks for")
}

/// Says how a meeting is being transcribed; where nothing else was asked for, in its own region.
fn transcription(
    meeting: &MeetingRecord,
    configuration: &TranscriptionConfiguration,
) -> Transcription {
    let region = configuration.region().and_then(|region| region.parse().ok());
    Transcription {
        transcription_region: region.unwrap_or_else(|| meeting.request.media_region.clone()),
        transcription_configuration: configuration.to_json(),
    }
}

#[cfg(test)]
mod tests {
    use carillon_types::{AttendeeCapabilities, AttendeeId};

    use super::*;
    use crate::{record::Sequence, store::conformance};

    fn word(news: News) -> Option<&'static str> {
        let meeting = conformance::meeting(1);
        let notice = Notice { at: meeting.created, meeting, news };
        Announcement::of_notice(&notice).map(|told| told.occurrence.event_type())
    }

    fn word_of(part: Part, happening: Happening) -> Option<&'static str> {
        let attendee = Arc::new(AttendeeRecord {
            attendee_id: AttendeeId::from_random(1),
            external_user_id: "al".parse().unwrap(),
            capabilities: AttendeeCapabilities::ALL,
            sequence: Sequence::default(),
        });
        word(News::Connection { attendee, part, happening })
    }

    #[test]
    fn people_and_what_they_share_have_words_of_their_own() {
        for (happening, main, content) in [
            (Happening::Joined, "AttendeeJoined", Some("AttendeeContentJoined")),
            (Happening::TakenOver, "AttendeeAuthorized", None),
            (Happening::Left, "AttendeeLeft", Some("AttendeeContentLeft")),
            (Happening::Dropped, "AttendeeDropped", Some("AttendeeContentDropped")),
            (Happening::VideoStarted, "AttendeeVideoStarted", Some("AttendeeContentVideoStarted")),
            (Happening::VideoStopped, "AttendeeVideoStopped", Some("AttendeeContentVideoStopped")),
        ] {
            let name = |name| format!("chime:{name}");
            assert_eq!(word_of(Part::Main, happening).map(ToOwned::to_owned), Some(name(main)));
            assert_eq!(word_of(Part::Content, happening).map(ToOwned::to_owned), content.map(name));
        }
    }

    #[test]
    fn what_becomes_of_a_transcription_is_told_with_its_cause() {
        let why = || "no line".to_owned();
        let detail = Transcription {
            transcription_region: "eu-west-2".parse().unwrap(),
            transcription_configuration: "{}".to_owned(),
        };
        for (turn, name, message) in [
            (TranscriptionTurn::Interrupted(why()), "Interrupted", Some(why())),
            (TranscriptionTurn::Resumed, "Resumed", None),
            (TranscriptionTurn::Failed(why()), "Failed", Some(why())),
        ] {
            let told = serde_json::to_value(of_turn(detail.clone(), &turn)).unwrap();
            assert_eq!(told["eventType"], format!("chime:Transcription{name}"));
            assert_eq!(told["transcriptionRegion"], "eu-west-2");
            assert_eq!(told["message"].as_str().map(ToOwned::to_owned), message);
        }
    }

    #[test]
    fn time_has_milliseconds_and_is_utc() {
        let at = WallTime::from_millis(1_699_445_476_120);
        assert_eq!(iso_8601(at), "2023-11-08T12:11:16.120Z");
        assert_eq!(iso_8601(WallTime::from_millis(u64::MAX)), "1970-01-01T00:00:00.000Z");
    }
}
