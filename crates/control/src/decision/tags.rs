//! Decisions on the tags of meetings.

use carillon_types::{
    Caller, MeetingResource, ResourceArn, Tags,
    api::{TagResourceRequest, UntagResourceRequest},
};

use super::{Decision, Scene};
use crate::{
    directory::{Directory, MeetingEntry},
    error::ControlError,
    event::Change,
};

/// The most tags of a meeting.
const MOST: usize = 50;

impl Directory {
    /// Returns the meeting that the caller names; those of other accounts and regions do not exist for it.
    pub(crate) fn named(
        &self,
        caller: &Caller,
        arn: &ResourceArn,
    ) -> Result<&MeetingEntry, ControlError> {
        let not_found = || ControlError::ResourceNotFound(arn.clone());
        let resource = MeetingResource::parse(arn).ok_or_else(not_found)?;
        let entry = self.owned(&caller.account, resource.meeting).map_err(|_| not_found())?;
        let home = entry.record.owner.region.as_str();
        let is_home = home == caller.region.as_str()
            && resource.region.is_none_or(|region| region == home)
            && resource.account == caller.account.as_str();
        is_home.then_some(entry).ok_or_else(not_found)
    }
}

impl Scene<'_> {
    pub(crate) fn tag(
        &self,
        caller: &Caller,
        request: TagResourceRequest,
    ) -> Result<Decision<()>, ControlError> {
        let entry = self.directory.named(caller, &request.resource_arn)?;
        let tags = entry.state.tags.clone().with(request.tags);
        if tags.len() > MOST {
            let resource = request.resource_arn;
            return Err(ControlError::TooManyTags { most: MOST, resource });
        }
        Ok(self.set_tags(entry, tags))
    }

    pub(crate) fn untag(
        &self,
        caller: &Caller,
        request: &UntagResourceRequest,
    ) -> Result<Decision<()>, ControlError> {
        let entry = self.directory.named(caller, &request.resource_arn)?;
        Ok(self.set_tags(entry, entry.state.tags.clone().without(&request.tag_keys)))
    }

    fn set_tags(&self, entry: &MeetingEntry, tags: Tags) -> Decision<()> {
        if tags == entry.state.tags {
            return Decision::unchanged(());
        }
        Decision { events: vec![self.event(&entry.record, Change::Tagged(tags))], answer: () }
    }
}
