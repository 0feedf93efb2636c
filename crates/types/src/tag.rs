//! Tags of a meeting.

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
