//! What a client proves who it is with: the second value of `Sec-WebSocket-Protocol`.

use carillon_types::JoinToken;

use crate::identity::{CONTENT_SUFFIX, Modality};

/// The sub-protocol that the server selects; the browser drops a socket on which none was.
pub const SUB_PROTOCOL: &str = "_aws_wt_session";

/// What the header of an upgrade request says about its sender.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SocketCredentials {
    /// The attendee's token, without the suffix of the modality.
    pub token: JoinToken,
    /// Which of the attendee's two sessions this socket carries.
    pub modality: Modality,
}

/// Why a `Sec-WebSocket-Protocol` value names nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CredentialsError {
    /// The offered sub-protocols are not ours and a token; this is no client of the service.
    #[error("expected the sub-protocols {SUB_PROTOCOL} and a join token")]
    NotOffered,
    /// The token has a character that no token has; the client should ask for a fresh one.
    #[error("the join token is empty, too long or not made of token characters")]
    IllegalToken,
}

impl SocketCredentials {
    /// Reads the value of `Sec-WebSocket-Protocol`: the constant, a comma, and `<token>[#content]`.
    ///
    /// # Errors
    /// [`CredentialsError`] says what is wrong with the value; accept the upgrade and close with
    /// [`refusal_close_code`](crate::refusal_close_code), because a browser sees nothing of an HTTP error.
    pub fn from_sub_protocols(value: &str) -> Result<Self, CredentialsError> {
        let (protocol, token) = value.split_once(',').ok_or(CredentialsError::NotOffered)?;
        if protocol.trim() != SUB_PROTOCOL {
            return Err(CredentialsError::NotOffered);
        }
        let token = token.trim();
        let (token, modality) = match token.strip_suffix(CONTENT_SUFFIX) {
            Some(base) => (base, Modality::Content),
            None => (token, Modality::Main),
        };
        Ok(Self { token: token.parse().map_err(|_| CredentialsError::IllegalToken)?, modality })
    }

    /// The header value that a client sends, with the secret in it.
    #[must_use]
    pub fn to_sub_protocols(&self) -> String {
        let suffix = match self.modality {
            Modality::Main => "",
            Modality::Content => CONTENT_SUFFIX,
        };
        format!("{SUB_PROTOCOL}, {}{suffix}", self.token.as_str())
    }
}

/// Whether a byte may stand in an HTTP token (RFC 9110 section 5.6.2).
pub(crate) const fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^'..=b'`' | b'|' | b'~')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn content_suffix_of_a_token_names_the_content_session() {
        let main = SocketCredentials::from_sub_protocols("_aws_wt_session, abc-DEF_1.2").unwrap();
        assert_eq!((main.token.as_str(), main.modality), ("abc-DEF_1.2", Modality::Main));
        let content = SocketCredentials::from_sub_protocols("_aws_wt_session,abc#content").unwrap();
        assert_eq!((content.token.as_str(), content.modality), ("abc", Modality::Content));
    }

    #[test]
    fn tokens_that_a_browser_would_refuse_to_send_are_refused() {
        for token in ["a/b", "a=", "a b", "", "#content", "a,b", "\u{e9}"] {
            let value = format!("{SUB_PROTOCOL}, {token}");
            assert_eq!(
                SocketCredentials::from_sub_protocols(&value),
                Err(CredentialsError::IllegalToken),
                "{value}"
            );
        }
        let long = format!("{SUB_PROTOCOL}, {}", "a".repeat(4000));
        assert!(SocketCredentials::from_sub_protocols(&long).is_err());
    }

    #[test]
    fn other_sub_protocols_name_nobody() {
        for value in ["", "_aws_wt_session", "chat, abc", "abc, _aws_wt_session"] {
            assert_eq!(
                SocketCredentials::from_sub_protocols(value),
                Err(CredentialsError::NotOffered)
            );
        }
    }

    #[test]
    fn token_never_shows_in_debug_output() {
        let credentials = SocketCredentials::from_sub_protocols("_aws_wt_session, s3cr3t").unwrap();
        assert!(!format!("{credentials:?}").contains("s3cr3t"));
    }

    proptest! {
        #[test]
        fn any_header_is_credentials_that_round_trip_or_refused(value in ".{0,60}") {
            crate::properties::credentials(&value);
        }

        #[test]
        fn legal_tokens_round_trip(token in "[A-Za-z0-9_.~-]{2,80}") {
            for value in [format!("{SUB_PROTOCOL}, {token}"), format!("{SUB_PROTOCOL}, {token}#content")] {
                let credentials = SocketCredentials::from_sub_protocols(&value).unwrap();
                prop_assert_eq!(credentials.to_sub_protocols(), value);
            }
        }
    }
}
