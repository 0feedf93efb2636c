//! The operations on tags.

use carillon_types::{
    Caller,
    api::{
        ListTagsForResourceRequest, ListTagsForResourceResponse, TagResourceRequest,
        UntagResourceRequest,
    },
};

use super::ControlPlane;
use crate::{error::ControlError, moment::Moment};

impl ControlPlane {
    /// Returns the tags of a meeting.
    ///
    /// # Errors
    /// [`ControlError::ResourceNotFound`].
    pub fn list_tags_for_resource(
        &self,
        caller: &Caller,
        request: &ListTagsForResourceRequest,
    ) -> Result<ListTagsForResourceResponse, ControlError> {
        let directory = self.shared.directory();
        let entry = directory.named(caller, &request.resource_arn)?;
        Ok(ListTagsForResourceResponse { tags: entry.state.tags.clone().into() })
    }

    /// Adds tags to a meeting; one whose key is there takes its place.
    ///
    /// # Errors
    /// [`ControlError::ResourceNotFound`], [`ControlError::TooManyTags`], or why nothing could be written.
    pub async fn tag_resource(
        &self,
        now: Moment,
        caller: &Caller,
        request: TagResourceRequest,
    ) -> Result<(), ControlError> {
        let caller = caller.clone();
        self.change(now, move |scene| scene.tag(&caller, request)).await
    }

    /// Takes tags from a meeting; keys that are not there do no harm.
    ///
    /// # Errors
    /// [`ControlError::ResourceNotFound`], or why nothing could be written.
    pub async fn untag_resource(
        &self,
        now: Moment,
        caller: &Caller,
        request: UntagResourceRequest,
    ) -> Result<(), ControlError> {
        let caller = caller.clone();
        self.change(now, move |scene| scene.untag(&caller, &request)).await
    }
}
