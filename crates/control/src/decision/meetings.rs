//! Decisions on whole meetings.

use std::{sync::Arc, time::Duration};

use carillon_types::{
    AccountId, Caller, MeetingId, MeetingLife, PrimaryMeetingId,
    api::{CreateMeetingRequest, CreateMeetingWithAttendeesRequest},
};
use rand::Rng;

use super::{Decision, Gathering, Scene};
use crate::{
    directory::MeetingEntry,
    error::ControlError,
    event::{Change, ControlEvent},
    event_rules::{EventRules, UnknownArns},
    lifetime::{EndReason, Lifeline},
    record::MeetingRecord,
};

impl Scene<'_> {
    pub(crate) fn create_meeting(
        &mut self,
        caller: &Caller,
        request: CreateMeetingRequest,
    ) -> Result<Decision<Arc<MeetingRecord>>, ControlError> {
        // The same wish again means the meeting that it made, whatever else the request says.
        if let Some(entry) = self.directory.requested(caller, &request.client_request_token) {
            return Ok(Decision::unchanged(Arc::clone(&entry.record)));
        }
        let record = Arc::new(self.new_meeting(caller, request)?);
        let events = vec![self.event(&record, Change::MeetingCreated)];
        Ok(Decision { events, answer: record })
    }

    pub(crate) fn create_meeting_with_attendees(
        &mut self,
        caller: &Caller,
        request: CreateMeetingWithAttendeesRequest,
    ) -> Result<Decision<Gathering>, ControlError> {
        let CreateMeetingWithAttendeesRequest { meeting, attendees } = request;
        let directory = self.directory;
        if let Some(entry) = directory.requested(caller, &meeting.client_request_token) {
            let added = self.add_attendees(entry, &attendees);
            let answer = (Arc::clone(&entry.record), added.answer);
            return Ok(Decision { events: added.events, answer });
        }
        let record = Arc::new(self.new_meeting(caller, meeting)?);
        let life = Lifeline::begin(self.now.instant, Duration::ZERO);
        let added = self.add_attendees(&MeetingEntry::new(Arc::clone(&record), life), &attendees);
        let mut events = vec![self.event(&record, Change::MeetingCreated)];
        events.extend(added.events);
        Ok(Decision { events, answer: (record, added.answer) })
    }

    pub(crate) fn delete_meeting(
        &self,
        account: &AccountId,
        id: MeetingId,
    ) -> Result<Decision<()>, ControlError> {
        let entry = self.directory.owned(account, id)?;
        Ok(Decision { events: self.end(entry, EndReason::Deleted), answer: () })
    }

    /// Ends every meeting whose time is over; the answer is how many.
    pub(crate) fn expire(&self) -> Decision<usize> {
        let over = |entry: &MeetingEntry| {
            // A replica has no end of its own.
            let life = (!entry.record.is_replica()).then_some(entry.life)?;
            life.verdict(self.now.instant, self.rules.lifetime)
        };
        let events: Vec<_> = self
            .directory
            .meetings()
            .filter_map(|entry| Some(self.end(entry, over(entry)?)))
            .flatten()
            .collect();
        Decision { answer: events.len(), events }
    }

    /// Ends a meeting, and with it its replicas.
    fn end(&self, entry: &MeetingEntry, reason: EndReason) -> Vec<ControlEvent> {
        let replicas = self
            .directory
            .replicas(entry.record.meeting_id)
            .map(|replica| (replica, EndReason::PrimaryEnded));
        std::iter::once((entry, reason))
            .chain(replicas)
            .map(|(entry, reason)| self.event(&entry.record, Change::MeetingEnded(reason)))
            .collect()
    }

    fn new_meeting(
        &mut self,
        caller: &Caller,
        request: CreateMeetingRequest,
    ) -> Result<MeetingRecord, ControlError> {
        self.check_features(&request)?;
        if !self.rules.placement.serves(&request.media_region) {
            return Err(ControlError::UnknownMediaRegion(request.media_region));
        }
        if let Some(primary) = &request.primary_meeting_id {
            self.check_primary(caller, primary)?;
        }
        self.check_targets(&request)?;
        let most = self.rules.quotas.meetings;
        if self.directory.owned_by(&caller.account) >= most {
            return Err(ControlError::MeetingQuota { most });
        }
        let key =
            self.directory.keys().for_meeting(self.now.wall, self.rules.key_life, self.chance);
        Ok(MeetingRecord {
            key,
            meeting_id: MeetingId::from_random(self.chance.random()),
            owner: caller.clone(),
            created: self.now.wall,
            born: self.rules.boot.uptime(self.now.instant),
            life: MeetingLife::FIRST,
            request,
        })
    }

    fn check_primary(
        &self,
        caller: &Caller,
        primary: &PrimaryMeetingId,
    ) -> Result<(), ControlError> {
        let named = primary.as_str().parse().ok();
        let primary = named
            .and_then(|id| self.directory.owned(&caller.account, id).ok())
            .ok_or(ControlError::UnknownPrimary)?;
        if primary.record.is_replica() {
            return Err(ControlError::PrimaryIsReplica);
        }
        let most = self.rules.quotas.replicas;
        if self.directory.replicas(primary.record.meeting_id).count() >= most {
            return Err(ControlError::ReplicaQuota { most });
        }
        Ok(())
    }

    fn check_targets(&self, request: &CreateMeetingRequest) -> Result<(), ControlError> {
        let EventRules { unknown, .. } = self.rules.events;
        let wish = request.notifications_configuration.as_ref();
        match (unknown, self.rules.events.unmapped(wish).next()) {
            (UnknownArns::Refuse, Some(arn)) => Err(ControlError::UnknownTarget(arn.clone())),
            (UnknownArns::Refuse, None) | (UnknownArns::Accept, _) => Ok(()),
        }
    }

    fn check_features(&self, request: &CreateMeetingRequest) -> Result<(), ControlError> {
        let features = request.features();
        let most = self.rules.quotas.high_definition_attendees;
        let small = features.max_attendees().is_some_and(|asked| asked.get() <= most);
        if features.is_high_definition() && !small {
            return Err(ControlError::HighDefinitionNeedsMaxCount { most });
        }
        Ok(())
    }
}
