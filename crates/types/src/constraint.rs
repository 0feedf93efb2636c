//! What a request broke, member by member, in the words callers of the original service know.

use std::fmt;

/// The longest text an error answer carries, in characters; the service's `String` shape ends there.
const MESSAGE_LIMIT: usize = 4096;

/// One rule that a member of a request has to keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Constraint {
    /// The member is required; send it.
    NotNull,
    /// The text or list is too short; the field is the least number of characters or entries.
    MinLength(usize),
    /// The text or list is too long; the field is the greatest number of characters or entries.
    MaxLength(usize),
    /// The text is too long; the field is the greatest number of bytes of its UTF-8.
    MaxBytes(usize),
    /// The number is too small; the field is the least one.
    MinValue(i64),
    /// The number is too great; the field is the greatest one.
    MaxValue(i64),
    /// The text has characters or a form that the pattern does not allow.
    Pattern(&'static str),
    /// The text is none of the listed words.
    OneOf(&'static [&'static str]),
    /// The text begins with a prefix kept for the service itself, in any letter case.
    ReservedPrefix(&'static str),
    /// Content is to be received where video is not; grant `Receive` for video as well.
    ContentNeedsVideo,
    /// Exactly one of the named members is needed; send one and leave the others out.
    OneIsNeeded(&'static str),
    /// The member makes sense beside another only; send that as well.
    Needs(&'static str),
    /// The member makes no sense beside another; leave one of them out.
    Excludes(&'static str),
}

impl fmt::Display for Constraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotNull => f.write_str("Member must not be null"),
            Self::MinLength(n) => {
                write!(f, "Member must have length greater than or equal to {n}")
            }
            Self::MaxLength(n) => write!(f, "Member must have length less than or equal to {n}"),
            Self::MaxBytes(n) => write!(f, "Member must have at most {n} bytes"),
            Self::MinValue(n) => write!(f, "Member must have value greater than or equal to {n}"),
            Self::MaxValue(n) => write!(f, "Member must have value less than or equal to {n}"),
            Self::Pattern(p) => write!(f, "Member must satisfy regular expression pattern: {p}"),
            Self::OneOf(words) => {
                write!(f, "Member must satisfy enum value set: [{}]", words.join(", "))
            }
            Self::ReservedPrefix(prefix) => write!(f, "Member must not start with {prefix}"),
            Self::ContentNeedsVideo => f.write_str(
                "Content Receive and SendReceive need Video to be Receive or SendReceive",
            ),
            Self::OneIsNeeded(members) => write!(f, "Member must have exactly one of {members}"),
            Self::Needs(other) => write!(f, "Member must not be given without {other}"),
            Self::Excludes(other) => write!(f, "Member must not be given together with {other}"),
        }
    }
}

impl std::error::Error for Constraint {}

/// A member and the rule it broke; the value itself is left out, because it may be a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Where the member stands in the request, such as `attendees.3.member.externalUserId`.
    pub path: String,
    /// The broken rule.
    pub constraint: Constraint,
}

/// Everything one request broke, in the order of its members; never empty.
///
/// The caller has to fix the request: the same one is refused again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violations(Vec<Violation>);

impl Violations {
    /// Says that one member broke one rule.
    #[must_use]
    pub fn one(path: impl Into<String>, constraint: Constraint) -> Self {
        Self(vec![Violation { path: path.into(), constraint }])
    }

    /// Lists the violations, at least one.
    #[must_use]
    pub fn as_slice(&self) -> &[Violation] {
        &self.0
    }
}

impl fmt::Display for Violations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.0.len();
        let mut text =
            format!("{count} validation error{} detected: ", if count == 1 { "" } else { "s" });
        for (index, Violation { path, constraint }) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            let entry =
                format!("{separator}Value at '{path}' failed to satisfy constraint: {constraint}");
            if text.chars().count().saturating_add(entry.chars().count()) > MESSAGE_LIMIT {
                break;
            }
            text.push_str(&entry);
        }
        f.write_str(&text)
    }
}

impl std::error::Error for Violations {}

/// A value that is made from what a caller sent, or not at all.
pub(crate) trait Checked: Sized {
    /// The form in which the value travels.
    type Raw;

    /// Makes the value, or notes at `path` what is wrong with it and returns nothing.
    fn check(checker: &mut Checker, path: &str, raw: Self::Raw) -> Option<Self>;
}

/// Walks one request and collects what it broke.
#[derive(Debug, Default)]
pub(crate) struct Checker {
    found: Vec<Violation>,
}

impl Checker {
    /// Makes a whole request, or returns everything it broke.
    pub(crate) fn run<T: Checked>(raw: T::Raw) -> Result<T, Violations> {
        let mut checker = Self::default();
        let value = T::check(&mut checker, "", raw);
        match value {
            Some(value) if checker.found.is_empty() => Ok(value),
            Some(_) | None => Err(Violations(checker.found)),
        }
    }

    /// Makes a value whose members are checked against each other afterwards: only if each alone is good.
    pub(crate) fn group<T>(&mut self, make: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        let before = self.found.len();
        let value = make(self);
        if self.found.len() == before { value } else { None }
    }

    pub(crate) fn refuse(&mut self, path: &str, constraint: Constraint) {
        self.found.push(Violation { path: path.to_owned(), constraint });
    }

    pub(crate) fn required<T: Checked>(
        &mut self,
        at: (&str, &str),
        raw: Option<T::Raw>,
    ) -> Option<T> {
        let path = member(at);
        let Some(raw) = raw else {
            self.refuse(&path, Constraint::NotNull);
            return None;
        };
        T::check(self, &path, raw)
    }

    pub(crate) fn optional<T: Checked>(
        &mut self,
        at: (&str, &str),
        raw: Option<T::Raw>,
    ) -> Option<T> {
        T::check(self, &member(at), raw?)
    }

    /// Makes a list that has to be there, though it may be empty.
    pub(crate) fn required_list<T: Checked>(
        &mut self,
        at: (&str, &str),
        raw: Option<Vec<T::Raw>>,
        sizes: std::ops::RangeInclusive<usize>,
    ) -> Vec<T> {
        if raw.is_none() {
            self.refuse(&member(at), Constraint::NotNull);
        }
        self.list(at, raw, sizes)
    }

    /// Makes a list; entries of one that is too long are not looked at, so work and answer stay bounded.
    pub(crate) fn list<T: Checked>(
        &mut self,
        at: (&str, &str),
        raw: Option<Vec<T::Raw>>,
        sizes: std::ops::RangeInclusive<usize>,
    ) -> Vec<T> {
        let path = member(at);
        let raw = match raw {
            Some(raw) => raw,
            None if *sizes.start() == 0 => return Vec::new(),
            None => {
                self.refuse(&path, Constraint::NotNull);
                return Vec::new();
            }
        };
        if raw.len() > *sizes.end() {
            self.refuse(&path, Constraint::MaxLength(*sizes.end()));
            return Vec::new();
        }
        if raw.len() < *sizes.start() {
            self.refuse(&path, Constraint::MinLength(*sizes.start()));
        }
        raw.into_iter()
            .zip(1_usize..)
            .filter_map(|(entry, number)| T::check(self, &format!("{path}.{number}.member"), entry))
            .collect()
    }
}

impl Checked for bool {
    type Raw = Self;

    fn check(_: &mut Checker, _: &str, raw: Self) -> Option<Self> {
        Some(raw)
    }
}

fn member((parent, name): (&str, &str)) -> String {
    if parent.is_empty() { name.to_owned() } else { format!("{parent}.{name}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn message_has_the_services_form() {
        let one = Violations::one("externalMeetingId", Constraint::MinLength(2));
        assert_eq!(
            one.to_string(),
            "1 validation error detected: Value at 'externalMeetingId' failed to satisfy \
             constraint: Member must have length greater than or equal to 2"
        );
        let two = Violations([one.0.clone(), one.0].concat());
        assert!(two.to_string().starts_with("2 validation errors detected: Value at "));
        assert_eq!(two.to_string().matches("; Value at ").count(), 1);
    }

    #[test]
    fn message_stays_within_the_services_string_length() {
        let many = vec![
            Violation {
                path: "attendees.1.member".to_owned(),
                constraint: Constraint::NotNull
            };
            500
        ];
        let text = Violations(many).to_string();
        assert!(text.starts_with("500 validation errors detected"));
        assert!(text.chars().count() <= MESSAGE_LIMIT);
    }
}
