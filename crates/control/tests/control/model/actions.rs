//! What is done in one meeting, on both sides.

use std::time::Duration;

use carillon_types::{
    AttendeeCapabilities, AttendeeId, MeetingArn, MeetingId, TagBody,
    api::{
        BatchUpdateAttendeeCapabilitiesExceptRequest, NewAttendee, TagResourceBody,
        TagResourceRequest, UntagResourceBody, UntagResourceRequest,
        UpdateAttendeeCapabilitiesRequest,
    },
};

use super::{Model, comparison::same, step::Action};
use crate::rig::{batch, in_language, people, person};

impl Model {
    pub(super) async fn act(&mut self, id: MeetingId, action: Action) {
        let attendee = |number| self.attendee(id, number);
        match action {
            Action::Add { user, rights } => self.add(id, user, rights).await,
            Action::Batch { users } => self.batch(id, &users).await,
            Action::Update { attendee: number, rights } => {
                self.update((id, attendee(number)), rights).await;
            }
            Action::UpdateExcept { attendee: number, rights } => {
                self.update_except((id, attendee(number)), rights).await;
            }
            Action::Tag { key, value } => self.tag(id, key, value).await,
            Action::Untag { key } => self.untag(id, key).await,
            Action::Lock { attendee: number } => self.lock(id, attendee(number)).await,
            Action::Unlock => self.unlock(id).await,
            Action::StartTranscription { language } => self.start_transcription(id, language).await,
            Action::StopTranscription => self.stop_transcription(id).await,
            Action::Remove { attendee: number } => self.remove(id, attendee(number)).await,
            Action::Delete => self.delete(id).await,
            Action::Presence { connected } => self.presence(id, connected),
        }
    }

    async fn add(&mut self, id: MeetingId, user: &str, rights: Option<AttendeeCapabilities>) {
        let wish = NewAttendee { capabilities: rights, ..person(user) };
        let (plane, now) = (&self.rig.plane, self.rig.now);
        let answer = plane.create_attendee(now, &self.rig.caller, id, wish).await;
        let meeting = self.expected.alive(id);
        let place = meeting.and_then(|meeting| meeting.place(user, rights));
        match (place, answer) {
            (Ok(place), Ok(attendee)) => {
                self.expected.alive(id).unwrap().seat(user, place, attendee);
            }
            (place, answer) => same(answer.map(drop), place.map(drop)),
        }
    }

    async fn batch(&mut self, id: MeetingId, users: &[&str]) {
        let request = batch(users).try_into().unwrap();
        let (plane, now) = (&self.rig.plane, self.rig.now);
        let answer = plane.batch_create_attendee(now, &self.rig.caller, id, request).await;
        match (self.expected.alive(id), answer) {
            (Ok(meeting), Ok(answer)) => meeting.settle(users, answer.attendees, answer.errors),
            (expected, answer) => same(answer.map(drop), expected.map(drop)),
        }
    }

    async fn update(&mut self, pair: (MeetingId, AttendeeId), capabilities: AttendeeCapabilities) {
        let request = UpdateAttendeeCapabilitiesRequest { capabilities };
        let (plane, now) = (&self.rig.plane, self.rig.now);
        let answer = plane.update_attendee_capabilities(now, &self.rig.caller, pair, request).await;
        same(answer, self.expected.update(pair, capabilities));
    }

    async fn update_except(
        &mut self,
        (id, kept): (MeetingId, AttendeeId),
        capabilities: AttendeeCapabilities,
    ) {
        let request = BatchUpdateAttendeeCapabilitiesExceptRequest {
            excluded_attendee_ids: vec![kept],
            capabilities,
        };
        let (plane, now, caller) = (&self.rig.plane, self.rig.now, &self.rig.caller);
        let answer =
            plane.batch_update_attendee_capabilities_except(now, caller, id, request).await;
        same(answer, self.expected.update_except((id, kept), capabilities));
    }

    async fn tag(&mut self, id: MeetingId, key: &str, value: &str) {
        let tag = TagBody { key: Some(key.to_owned()), value: Some(value.to_owned()) };
        let body = TagResourceBody { resource_arn: self.arn(id), tags: Some(vec![tag]) };
        let request: TagResourceRequest = body.try_into().unwrap();
        let arn = request.resource_arn.clone();
        let answer = self.rig.plane.tag_resource(self.rig.now, &self.rig.caller, request).await;
        let tagged = self.expected.named(id, arn).map(|meeting| {
            meeting.tags.insert(key.to_owned(), value.to_owned());
        });
        same(answer, tagged);
    }

    async fn untag(&mut self, id: MeetingId, key: &str) {
        let keys = Some(vec![key.to_owned()]);
        let body = UntagResourceBody { resource_arn: self.arn(id), tag_keys: keys };
        let request: UntagResourceRequest = body.try_into().unwrap();
        let arn = request.resource_arn.clone();
        let answer = self.rig.plane.untag_resource(self.rig.now, &self.rig.caller, request).await;
        let untagged = self.expected.named(id, arn).map(|meeting| {
            meeting.tags.remove(key);
        });
        same(answer, untagged);
    }

    pub(super) fn arn(&self, id: MeetingId) -> Option<String> {
        Some(MeetingArn::new(&self.rig.caller, id).to_string())
    }

    async fn lock(&mut self, id: MeetingId, inside: AttendeeId) {
        let (plane, now) = (&self.rig.plane, self.rig.now);
        let answer = plane.lock_meeting(now, &self.rig.caller, id, [inside].into()).await;
        let locked = self.expected.alive(id).map(|meeting| {
            meeting.inside.get_or_insert_default().insert(inside);
        });
        same(answer, locked);
    }

    async fn unlock(&mut self, id: MeetingId) {
        let answer = self.rig.plane.unlock_meeting(self.rig.now, &self.rig.caller, id).await;
        same(answer, self.expected.alive(id).map(|meeting| meeting.inside = None));
    }

    async fn start_transcription(&mut self, id: MeetingId, language: &str) {
        let request = in_language(language);
        let configuration = request.transcription_configuration.clone();
        let (plane, now) = (&self.rig.plane, self.rig.now);
        let answer = plane.start_meeting_transcription(now, &self.rig.caller, id, request).await;
        same(answer, self.expected.start_transcription(id, configuration));
    }

    async fn stop_transcription(&mut self, id: MeetingId) {
        let (plane, now) = (&self.rig.plane, self.rig.now);
        let answer = plane.stop_meeting_transcription(now, &self.rig.caller, id).await;
        same(answer, self.expected.stop_transcription(id));
    }

    async fn remove(&mut self, id: MeetingId, attendee: AttendeeId) {
        let (plane, now) = (&self.rig.plane, self.rig.now);
        let answer = plane.delete_attendee(now, &self.rig.caller, id, attendee).await;
        same(answer, self.expected.remove(id, attendee));
    }

    async fn delete(&mut self, id: MeetingId) {
        let answer = self.rig.plane.delete_meeting(self.rig.now, &self.rig.caller, id).await;
        same(answer, self.expected.delete(id));
    }

    fn presence(&mut self, id: MeetingId, connected: usize) {
        self.rig.plane.report_presence(self.rig.now.instant, id, people(connected));
        // An ended meeting is not waited for.
        if let Ok(meeting) = self.expected.alive(id) {
            let since = meeting.empty_for.unwrap_or(Duration::ZERO);
            meeting.empty_for = (connected == 0).then_some(since);
        }
    }
}
