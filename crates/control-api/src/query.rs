//! The query string: decoded once, used for the signature and for the parameters.

/// A query string that no AWS SDK sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum QueryError {
    /// A percent sign without two hexadecimal digits; encode the character itself as `%25`.
    #[error("the path or query holds a percent sign without two hexadecimal digits")]
    Escape,
    /// Decoded bytes are not UTF-8; send text as percent-encoded UTF-8.
    #[error("the path or query is not UTF-8")]
    NotUtf8,
    /// A parameter stands twice, so its value is anyone's guess; send it once.
    #[error("query parameter `{0}` is given more than once")]
    Duplicate(&'static str),
}

/// The decoded name and value pairs of a query string.
#[derive(Debug, Default)]
pub(crate) struct Query {
    /// Sorted by the *encoded* text, which is the order of a canonical request.
    pairs: Vec<(String, String)>,
}

impl Query {
    /// Decodes a raw query string; a plus sign stands for itself (RFC 3986 gives it no other meaning).
    ///
    /// # Errors
    ///
    /// Refuses broken percent escapes and what is not UTF-8.
    pub(crate) fn parse(raw: Option<&str>) -> Result<Self, QueryError> {
        let mut pairs = raw
            .unwrap_or_default()
            .split('&')
            .filter(|piece| !piece.is_empty())
            .map(|piece| {
                let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
                Ok((encode(&decode(name)?, Slash::Escape), encode(&decode(value)?, Slash::Escape)))
            })
            .collect::<Result<Vec<_>, QueryError>>()?;
        pairs.sort_unstable();
        Ok(Self { pairs })
    }

    /// Returns the query of a canonical request: strictly encoded, in order.
    pub(crate) fn canonical(&self) -> String {
        self.join(|_| true)
    }

    /// Returns the query of a canonical request without a parameter, the signature itself.
    pub(crate) fn canonical_without(&self, omitted: &str) -> String {
        self.join(|name| name != omitted)
    }

    fn join(&self, wanted: impl Fn(&str) -> bool) -> String {
        let pairs = self.pairs.iter().filter(|(name, _)| wanted(name));
        pairs.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
    }

    /// Returns the decoded value of a parameter whose name needs no encoding.
    ///
    /// # Errors
    ///
    /// Refuses a parameter that is given more than once.
    pub(crate) fn value(&self, name: &'static str) -> Result<Option<String>, QueryError> {
        let mut found = self.pairs.iter().filter(|(candidate, _)| candidate == name);
        let value = found.next().map(|(_, value)| decode(value)).transpose()?;
        if found.next().is_some() {
            return Err(QueryError::Duplicate(name));
        }
        Ok(value)
    }
}

/// What [`encode`] does with a slash: paths keep it, everything else escapes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slash {
    Keep,
    Escape,
}

/// Percent-encodes everything but the unreserved characters of RFC 3986 section 2.3.
pub(crate) fn encode(text: &str, slash: Slash) -> String {
    const HEX: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'];
    let digit = |nibble: u8| HEX.get(usize::from(nibble)).copied().unwrap_or('0');
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                encoded.push(char::from(byte));
            }
            b'/' if slash == Slash::Keep => encoded.push('/'),
            other => encoded.extend(['%', digit(other >> 4), digit(other & 0x0f)]),
        }
    }
    encoded
}

/// Undoes percent-encoding.
///
/// # Errors
///
/// Refuses broken escapes and what is not UTF-8 afterwards.
pub(crate) fn decode(text: &str) -> Result<String, QueryError> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        decoded.push(if byte == b'%' {
            let high = bytes.next().and_then(nibble).ok_or(QueryError::Escape)?;
            let low = bytes.next().and_then(nibble).ok_or(QueryError::Escape)?;
            (high << 4) | low
        } else {
            byte
        });
    }
    String::from_utf8(decoded).map_err(|_| QueryError::NotUtf8)
}

fn nibble(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn canonical_query_is_sorted_and_strictly_encoded() {
        let query = Query::parse(Some("next-token=a%2fb%2Bc%3D&max-results=2&b&a+=x y")).unwrap();
        let all = "a%2B=x%20y&b=&max-results=2&next-token=a%2Fb%2Bc%3D";
        assert_eq!(query.canonical(), all);
        assert_eq!(query.canonical_without("b"), all.replace("&b=", ""));
        assert_eq!(query.value("next-token"), Ok(Some("a/b+c=".to_owned())));
        assert_eq!(query.value("operation"), Ok(None));
    }

    #[test]
    fn broken_queries_are_refused() {
        assert_eq!(Query::parse(Some("a=%2")).unwrap_err(), QueryError::Escape);
        assert_eq!(Query::parse(Some("a=%+1")).unwrap_err(), QueryError::Escape);
        assert_eq!(Query::parse(Some("a=%ff")).unwrap_err(), QueryError::NotUtf8);
        let twice = Query::parse(Some("operation=start&operation=stop")).unwrap();
        assert_eq!(twice.value("operation"), Err(QueryError::Duplicate("operation")));
    }

    proptest! {
        #[test]
        fn any_text_survives_encoding(text in ".*") {
            prop_assert_eq!(decode(&encode(&text, Slash::Escape)), Ok(text.clone()));
            prop_assert_eq!(decode(&encode(&text, Slash::Keep)), Ok(text));
        }

        #[test]
        fn any_query_is_decoded_or_refused(raw in ".*") {
            if let Ok(query) = Query::parse(Some(&raw)) {
                let canonical = query.canonical();
                prop_assert_eq!(Query::parse(Some(&canonical)).unwrap().canonical(), canonical);
            }
        }
    }
}
