//! Whether a control plane is as it should be.

use std::{collections::BTreeMap, fmt::Debug};

use carillon_control::ControlError;
use carillon_types::{
    Attendee, MeetingId,
    api::{ListTagsForResourceQuery, ListTagsForResourceRequest, PageRequest},
};

use super::{Model, expected_meeting::ExpectedMeeting};
use crate::rig::page;

/// Compares two answers by what callers are told.
pub(super) fn same<T: Debug + PartialEq>(
    answer: Result<T, ControlError>,
    expected: Result<T, ControlError>,
) {
    let told = |error: ControlError| (error.kind(), error.to_string());
    assert_eq!(answer.map_err(told), expected.map_err(told));
}

impl Model {
    /// Compares everything that can be seen.
    pub(super) fn compare(&self) {
        assert_eq!(self.rig.plane.meetings_alive(), self.expected.living().count());
        for meeting in &self.expected.meetings {
            self.compare_meeting(meeting);
            self.compare_admissions(meeting);
        }
    }

    fn compare_meeting(&self, meeting: &ExpectedMeeting) {
        let (plane, caller) = (&self.rig.plane, &self.rig.caller);
        let id = meeting.meeting.meeting_id;
        if !meeting.alive {
            let gone = Err(ControlError::MeetingNotFound(id));
            return same(plane.get_meeting(caller, id), gone);
        }
        same(plane.get_meeting(caller, id), Ok(meeting.meeting.clone()));
        assert_eq!(self.listed(id), meeting.attendees);
        assert_eq!(self.tags(id), meeting.tags);
        let state = plane.overview(caller, id).unwrap().state;
        assert_eq!(state.transcription.as_deref(), meeting.transcription.as_ref());
        assert_eq!(state.lock.map(|lock| lock.inside.clone()), meeting.inside);
    }

    /// Compares what those find who come with tokens, good ones and worthless ones.
    fn compare_admissions(&self, meeting: &ExpectedMeeting) {
        for attendee in meeting.attendees.iter().chain(&meeting.removed) {
            let admission = self.rig.plane.admit(attendee.join_token.as_str());
            let found = admission.as_ref().map_err(|error| *error).map(|admission| {
                assert_eq!(admission.attendee.capabilities, attendee.capabilities);
                admission.transcription.as_deref()
            });
            assert_eq!(found, meeting.admit(attendee));
        }
    }

    fn tags(&self, id: MeetingId) -> BTreeMap<String, String> {
        let query = ListTagsForResourceQuery { arn: self.arn(id) };
        let request: ListTagsForResourceRequest = query.try_into().unwrap();
        let found = self.rig.plane.list_tags_for_resource(&self.rig.caller, &request).unwrap();
        let pairs = found.tags.iter();
        pairs.map(|tag| (tag.key.as_str().to_owned(), tag.value.as_str().to_owned())).collect()
    }

    fn listed(&self, id: MeetingId) -> Vec<Attendee> {
        let mut all = Vec::new();
        let mut request = page(2);
        loop {
            let found = self.rig.plane.list_attendees(&self.rig.caller, id, &request).unwrap();
            all.extend(found.attendees);
            match found.next_token {
                Some(token) => {
                    request = PageRequest { next_token: Some(token), ..request };
                }
                None => return all,
            }
        }
    }
}
