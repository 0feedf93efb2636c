//! Simulcast: several layers of one picture in one section, told apart by names (RFC 8853, RFC 8851).

use std::fmt;

/// The name of one layer, good within its section.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rid(Box<str>);

impl Rid {
    /// The longest name taken: it has to fit a one-byte header extension (RFC 8285 section 4.2).
    const MAX_LENGTH: usize = 16;

    /// The name, if it is one.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        let fits = (1..=Self::MAX_LENGTH).contains(&text.len());
        (fits && text.bytes().all(is_name)).then(|| Self(text.into()))
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Rid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The most layers of one picture: clients send three; each costs an entry in everybody's index.
const MAX_LAYERS: usize = 4;

/// The layers that an `a=simulcast` value says are sent, in its order, paused ones included.
pub(super) fn sent_layers(value: &str) -> Vec<Rid> {
    let mut words = value.split_whitespace();
    while let (Some(direction), Some(streams)) = (words.next(), words.next()) {
        if direction == "send" {
            return streams.split(';').filter_map(first_alternative).take(MAX_LAYERS).collect();
        }
    }
    Vec::new()
}

/// Of alternative formats for one layer, separated by commas, the sender's first; a tilde marks a paused one.
fn first_alternative(stream: &str) -> Option<Rid> {
    stream.split(',').next().and_then(|name| Rid::new(name.trim_start_matches('~')))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn names(value: &str) -> Vec<String> {
        sent_layers(value).iter().map(Rid::to_string).collect()
    }

    #[test]
    fn layers_are_read_in_order_with_paused_ones() {
        assert_eq!(names("send low;~mid;hi"), ["low", "mid", "hi"]);
        assert_eq!(names("recv a;b send c,d;~e,f"), ["c", "e"]);
        assert!(names("recv low;hi").is_empty());
    }

    proptest! {
        #[test]
        fn any_value_gives_a_bounded_number_of_names(value in ".*") {
            prop_assert!(sent_layers(&value).len() <= MAX_LAYERS);
        }
    }
}
