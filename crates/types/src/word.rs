//! How a closed set of words becomes an enum that reads and writes exactly those words.

/// Makes an enum whose variants travel under their own names.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String", into = "&'static str")]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)+
        }

        impl $name {
            const WORDS: &'static [&'static str] = &[$($word,)+];

            /// Returns the word that travels.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::Constraint;

            fn from_str(word: &str) -> Result<Self, $crate::Constraint> {
                match word {
                    $($word => Ok(Self::$variant),)+
                    _ => Err($crate::Constraint::OneOf(Self::WORDS)),
                }
            }
        }

        impl TryFrom<String> for $name {
            type Error = $crate::Constraint;

            fn try_from(word: String) -> Result<Self, $crate::Constraint> {
                word.parse()
            }
        }

        impl From<$name> for &'static str {
            fn from(word: $name) -> Self {
                word.as_str()
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl $crate::constraint::Checked for $name {
            type Raw = String;

            fn check(checker: &mut $crate::constraint::Checker, path: &str, raw: String) -> Option<Self> {
                raw.parse().map_err(|constraint| checker.refuse(path, constraint)).ok()
            }
        }
    };
}

pub(crate) use words;
