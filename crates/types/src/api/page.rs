//! Pages of lists: how a caller asks for one, and for the next.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::constraint::{Checked, Checker, Constraint, Violations};

/// The number of entries on a page, 1 to 100.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageSize(u8);

impl PageSize {
    /// The greatest page, which is also what a caller gets that names no size.
    pub const GREATEST: Self = Self(100);

    /// Returns the number.
    #[must_use]
    pub fn get(self) -> usize {
        self.0.into()
    }
}

impl Checked for PageSize {
    type Raw = String;

    fn check(checker: &mut Checker, path: &str, raw: String) -> Option<Self> {
        let constraint = match raw.parse::<i64>() {
            Err(_) => Constraint::Pattern("[0-9]+"),
            Ok(size) if size < 1 => Constraint::MinValue(1),
            Ok(size) => match u8::try_from(size) {
                Ok(size) if size <= Self::GREATEST.0 => return Some(Self(size)),
                Ok(_) | Err(_) => Constraint::MaxValue(Self::GREATEST.0.into()),
            },
        };
        checker.refuse(path, constraint);
        None
    }
}

/// A caller's place in a list, as the service gave it out; only the service can read it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageToken(String);

impl PageToken {
    const MAX: usize = 4096;

    /// Wraps what the service made.
    #[must_use]
    pub const fn new(text: String) -> Self {
        Self(text)
    }

    /// Returns the text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PageToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PageToken(..)")
    }
}

impl Checked for PageToken {
    type Raw = String;

    fn check(checker: &mut Checker, path: &str, raw: String) -> Option<Self> {
        if raw.chars().count() > Self::MAX {
            checker.refuse(path, Constraint::MaxLength(Self::MAX));
            return None;
        }
        Some(Self(raw))
    }
}

/// A wish for a page of any list as a caller sends it in the query.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct PageQuery {
    /// The size of the page.
    pub max_results: Option<String>,
    /// Where the last page ended.
    pub next_token: Option<String>,
}

/// A valid wish for a page of any list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageRequest {
    /// The size of the page.
    pub max_results: PageSize,
    /// Where the last page ended; the first page when absent.
    pub next_token: Option<PageToken>,
}

impl Checked for PageRequest {
    type Raw = PageQuery;

    fn check(checker: &mut Checker, path: &str, raw: Self::Raw) -> Option<Self> {
        let max_results = checker.optional((path, "maxResults"), raw.max_results);
        let next_token = checker.optional((path, "nextToken"), raw.next_token);
        Some(Self { max_results: max_results.unwrap_or(PageSize::GREATEST), next_token })
    }
}

impl TryFrom<PageQuery> for PageRequest {
    type Error = Violations;

    fn try_from(query: PageQuery) -> Result<Self, Violations> {
        Checker::run(query)
    }
}
