//! Tags of a meeting.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    constraint::{Checked, Checker},
    text::{TagKey, TagValue},
};

/// A key and what it says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Tag {
    /// The key.
    pub key: TagKey,
    /// The value, which may be empty.
    pub value: TagValue,
}

/// `Tag` as a caller sends it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct TagBody {
    /// The key.
    pub key: Option<String>,
    /// The value.
    pub value: Option<String>,
}

impl Checked for Tag {
    type Raw = TagBody;

    fn check(checker: &mut Checker, path: &str, raw: Self::Raw) -> Option<Self> {
        let key = checker.required((path, "key"), raw.key);
        let value = checker.required((path, "value"), raw.value);
        Some(Self { key: key?, value: value? })
    }
}

/// The tags of one resource: one value a key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<Tag>", into = "Vec<Tag>")]
pub struct Tags(BTreeMap<TagKey, TagValue>);

impl Tags {
    /// Returns these tags with others, which replace those of the same key.
    #[must_use]
    pub fn with(mut self, tags: Vec<Tag>) -> Self {
        self.0.extend(tags.into_iter().map(|Tag { key, value }| (key, value)));
        self
    }

    /// Returns these tags without those of the keys; keys that are not there do no harm.
    #[must_use]
    pub fn without(mut self, keys: &[TagKey]) -> Self {
        self.0.retain(|key, _| !keys.contains(key));
        self
    }

    /// Counts the tags.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Says whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<Vec<Tag>> for Tags {
    fn from(tags: Vec<Tag>) -> Self {
        Self::default().with(tags)
    }
}

impl From<Tags> for Vec<Tag> {
    /// Lists the tags in the order of their keys.
    fn from(Tags(tags): Tags) -> Self {
        tags.into_iter().map(|(key, value)| Tag { key, value }).collect()
    }
}
