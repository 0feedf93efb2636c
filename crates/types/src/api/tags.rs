//! Bodies of the operations on tags.

use serde::{Deserialize, Serialize};

use crate::{
    constraint::{Checked, Checker, Violations},
    object,
    tag::{Tag, TagBody},
    text::{ResourceArn, TagKey},
};

/// The most tags of a resource, and of a request.
pub(super) const TAGS: usize = 50;

/// `TagResource` as a caller sends it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct TagResourceBody {
    /// Required.
    #[serde(rename = "ResourceARN")]
    pub resource_arn: Option<String>,
    /// Required: at most 50 tags.
    #[serde(deserialize_with = "object::list")]
    pub tags: Option<Vec<TagBody>>,
}

/// A valid wish for tags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagResourceRequest {
    /// What to tag.
    pub resource_arn: ResourceArn,
    /// The tags; those with a key that is there take its place.
    pub tags: Vec<Tag>,
}

impl Checked for TagResourceRequest {
    type Raw = TagResourceBody;

    fn check(checker: &mut Checker, path: &str, raw: Self::Raw) -> Option<Self> {
        let resource_arn = checker.required((path, "resourceARN"), raw.resource_arn);
        let tags = checker.required_list((path, "tags"), raw.tags, 0..=TAGS);
        Some(Self { resource_arn: resource_arn?, tags })
    }
}

impl TryFrom<TagResourceBody> for TagResourceRequest {
    type Error = Violations;

    fn try_from(body: TagResourceBody) -> Result<Self, Violations> {
        Checker::run(body)
    }
}

/// `UntagResource` as a caller sends it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct UntagResourceBody {
    /// Required.
    #[serde(rename = "ResourceARN")]
    pub resource_arn: Option<String>,
    /// Required: at most 50 keys.
    pub tag_keys: Option<Vec<String>>,
}

/// A valid wish for fewer tags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UntagResourceRequest {
    /// What to take tags from.
    pub resource_arn: ResourceArn,
    /// The keys; one that is not there does no harm.
    pub tag_keys: Vec<TagKey>,
}

impl Checked for UntagResourceRequest {
    type Raw = UntagResourceBody;

    fn check(checker: &mut Checker, path: &str, raw: Self::Raw) -> Option<Self> {
        let resource_arn = checker.required((path, "resourceARN"), raw.resource_arn);
        let tag_keys = checker.required_list((path, "tagKeys"), raw.tag_keys, 0..=TAGS);
        Some(Self { resource_arn: resource_arn?, tag_keys })
    }
}

impl TryFrom<UntagResourceBody> for UntagResourceRequest {
    type Error = Violations;

    fn try_from(body: UntagResourceBody) -> Result<Self, Violations> {
        Checker::run(body)
    }
}

/// `ListTagsForResource` as a caller sends it in the query.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ListTagsForResourceQuery {
    /// Required.
    pub arn: Option<String>,
}

/// A valid question for tags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListTagsForResourceRequest {
    /// Whose tags.
    pub resource_arn: ResourceArn,
}

impl Checked for ListTagsForResourceRequest {
    type Raw = ListTagsForResourceQuery;

    fn check(checker: &mut Checker, path: &str, raw: Self::Raw) -> Option<Self> {
        let resource_arn = checker.required((path, "resourceARN"), raw.arn);
        Some(Self { resource_arn: resource_arn? })
    }
}

impl TryFrom<ListTagsForResourceQuery> for ListTagsForResourceRequest {
    type Error = Violations;

    fn try_from(query: ListTagsForResourceQuery) -> Result<Self, Violations> {
        Checker::run(query)
    }
}

/// The answer to `ListTagsForResource`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListTagsForResourceResponse {
    /// The tags, in the order of their keys.
    pub tags: Vec<Tag>,
}
