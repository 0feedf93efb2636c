//! Texts with a rule: length, alphabet and what they must not begin with.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::constraint::{Checked, Checker, Constraint};

/// What a text has to keep; lengths are in characters.
struct Rule {
    min: usize,
    max: usize,
    pattern: &'static str,
    allows: fn(&str) -> bool,
    reserved: Option<&'static str>,
}

impl Rule {
    fn broken_by(&self, text: &str) -> impl Iterator<Item = Constraint> + use<> {
        let length = text.chars().count();
        let short = (length < self.min).then_some(Constraint::MinLength(self.min));
        let long = (length > self.max).then_some(Constraint::MaxLength(self.max));
        let shape = (!(self.allows)(text)).then_some(Constraint::Pattern(self.pattern));
        let prefix = self
            .reserved
            .filter(|prefix| {
                text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
            })
            .map(Constraint::ReservedPrefix);
        [short, long, shape, prefix].into_iter().flatten()
    }
}

macro_rules! text {
    ($(#[$doc:meta])* $name:ident: $shown:ident, $rule:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            const RULE: Rule = $rule;

            /// Returns the text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = Constraint;

            fn try_from(text: String) -> Result<Self, Constraint> {
                match Self::RULE.broken_by(&text).next() {
                    Some(constraint) => Err(constraint),
                    None => Ok(Self(text)),
                }
            }
        }

        impl std::str::FromStr for $name {
            type Err = Constraint;

            fn from_str(text: &str) -> Result<Self, Constraint> {
                text.to_owned().try_into()
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.0
            }
        }

        impl Checked for $name {
            type Raw = String;

            fn check(checker: &mut Checker, path: &str, raw: String) -> Option<Self> {
                let mut good = true;
                for constraint in Self::RULE.broken_by(&raw) {
                    checker.refuse(path, constraint);
                    good = false;
                }
                good.then_some(Self(raw))
            }
        }

        text!(@$shown $name);
    };
    (@open $name:ident) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_tuple(stringify!($name)).field(&self.0).finish()
            }
        }
    };
    // Names of people and secrets must not reach a log by way of a derived `Debug`.
    (@hidden $name:ident) => {
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({} characters)", stringify!($name), self.0.chars().count())
            }
        }
    };
}

const EXTERNAL: Rule = Rule {
    min: 2,
    max: 64,
    pattern: r##"[-_&@+=,(){}\[\]/«».:|'"#a-zA-Z0-9À-ÿ\s]*"##,
    allows: |text| text.chars().all(is_external),
    reserved: Some("aws:"),
};

fn is_external(c: char) -> bool {
    // The white space of the pattern is that of ASCII, vertical tab included.
    c.is_ascii_alphanumeric()
        || matches!(c, 'À'..='ÿ' | ' ' | '\t'..='\r')
        || "-_&@+=,(){}[]/«».:|'\"#".contains(c)
}

text! {
    /// The builder's own name for a meeting; echoed, neither unique nor a key.
    ExternalMeetingId: hidden, EXTERNAL
}

text! {
    /// The builder's own name for a person, unique among a meeting's attendees.
    ExternalUserId: hidden, EXTERNAL
}

text! {
    /// The caller's mark on one wish for a meeting: every request that carries it means the same meeting.
    ClientRequestToken: hidden, Rule {
        min: 2,
        max: 64,
        pattern: "[-_a-zA-Z0-9]*",
        allows: |text| text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')),
        reserved: None,
    }
}

text! {
    /// Where a meeting's media is to live: a region of the original service or one of the operator's.
    MediaRegion: open, Rule { min: 2, max: 64, pattern: "", allows: |_| true, reserved: None }
}

text! {
    /// What a caller sent as the primary of a replica; whether such a meeting exists is another question.
    PrimaryMeetingId: open, Rule { min: 2, max: 64, pattern: "", allows: |_| true, reserved: None }
}

text! {
    /// One of the tenants to which a meeting is open.
    TenantId: open, Rule {
        min: 2,
        max: 256,
        pattern: r"^(?!.*?(.)\1{3})[-_!@#$a-zA-Z0-9]*$",
        allows: is_tenant,
        reserved: None,
    }
}

/// Keeps the pattern's look-ahead by hand: no character stands four or more times in a row.
fn is_tenant(text: &str) -> bool {
    let mut previous = None;
    let mut run = 0_u32;
    text.chars().all(|c| {
        run = if previous == Some(c) { run.saturating_add(1) } else { 1 };
        previous = Some(c);
        run < 4 && (c.is_ascii_alphanumeric() || "-_!@#$".contains(c))
    })
}

text! {
    /// What a message to everybody in a meeting is about; applications subscribe to topics.
    DataTopic: open, Rule {
        min: 1,
        max: 36,
        pattern: "^[a-zA-Z0-9_-]{1,36}$",
        allows: |text| text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')),
        reserved: None,
    }
}

text! {
    /// The secret with which one attendee enters one meeting.
    ///
    /// It travels as a WebSocket sub-protocol, hence the alphabet (RFC 9110 section 5.6.2).
    JoinToken: hidden, Rule {
        min: 2,
        max: 2048,
        pattern: "[!#$%&'*+-.^_`|~a-zA-Z0-9]*",
        allows: |text| {
            text.chars().all(|c| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c))
        },
        reserved: None,
    }
}

text! {
    /// Names a tag.
    TagKey: open, Rule {
        min: 1,
        max: 128,
        // Inside the brackets, `+-=` is a range of characters, not three of them.
        pattern: "^[a-zA-Z+-=._:/]+$",
        allows: |text| {
            text.chars().all(|c| c.is_ascii_alphabetic() || matches!(c, '+'..='=' | '_'))
        },
        reserved: None,
    }
}

text! {
    /// What a tag says.
    TagValue: open, Rule {
        min: 0,
        max: 256,
        pattern: r"[\s\w+-=\.:/@]*",
        allows: |text| {
            text.chars().all(|c| {
                c.is_ascii_alphanumeric() || matches!(c, ' ' | '\t'..='\r' | '+'..='=' | '_' | '@')
            })
        },
        reserved: None,
    }
}

text! {
    /// Names the queue, topic or function that is to hear of a meeting's events.
    NotificationArn: hidden, Rule {
        min: 1,
        max: 1024,
        pattern: r"^arn[\/\:\-\_\.a-zA-Z0-9]+$",
        allows: |text| {
            text.strip_prefix("arn").is_some_and(|rest| {
                !rest.is_empty()
                    && rest.chars().all(|c| c.is_ascii_alphanumeric() || "/:-_.".contains(c))
            })
        },
        reserved: None,
    }
}

text! {
    /// The twelve digits of the account that owns a meeting.
    AccountId: open, Rule {
        min: 12,
        max: 12,
        pattern: "[0-9]*",
        allows: |text| text.chars().all(|c| c.is_ascii_digit()),
        reserved: None,
    }
}

text! {
    /// The region for which a caller signed its request.
    ControlRegion: open, Rule {
        min: 1,
        max: 64,
        pattern: "[-a-z0-9]*",
        allows: |text| {
            text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        },
        reserved: None,
    }
}

#[cfg(test)]
mod tests;

text! {
    /// Names a vocabulary or a filter of a transcription engine.
    VocabularyName: open, Rule { min: 0, max: 4096, pattern: "", allows: |_| true, reserved: None }
}

text! {
    /// Names several vocabularies or filters, separated by commas.
    VocabularyNames: open, Rule {
        min: 1,
        max: 3000,
        // Inside the brackets, `,-.` is a range of characters.
        pattern: "^[a-zA-Z0-9,-._]+",
        allows: |text| {
            text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, ','..='.' | '_'))
        },
        reserved: None,
    }
}

text! {
    /// Names kinds of personal information, separated by commas.
    PiiEntityTypes: open, Rule {
        min: 1,
        max: 300,
        pattern: "^[A-Z_, ]+",
        allows: |text| {
            text.chars().all(|c| c.is_ascii_uppercase() || matches!(c, '_' | ',' | ' '))
        },
        reserved: None,
    }
}

text! {
    /// Names a language model of a transcription engine.
    LanguageModelName: open, Rule {
        min: 1,
        max: 200,
        pattern: "^[0-9a-zA-Z._-]+",
        allows: |text| {
            text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))
        },
        reserved: None,
    }
}

text! {
    /// Names languages, separated by commas.
    LanguageOptions: open, Rule {
        min: 1,
        max: 200,
        pattern: "^[a-zA-Z-,]+",
        allows: |text| text.chars().all(|c| c.is_ascii_alphabetic() || matches!(c, '-' | ',')),
        reserved: None,
    }
}

text! {
    /// What a caller sent as the name of a tagged resource; whether it exists is another question.
    ResourceArn: open, Rule {
        min: 1,
        max: 1011,
        pattern: "^arn:.*",
        allows: |text| text.starts_with("arn:"),
        reserved: None,
    }
}
