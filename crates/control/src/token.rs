//! The secret with which an attendee enters a meeting.
//!
//! It is the two identifiers and the service's signature on them, so it needs no place in the store,
//! is the same whenever it is asked for, and is known to be forged before anything is looked up.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use carillon_types::{AttendeeId, JoinToken, MeetingId};

use crate::seal::{Purpose, SealKey};

const ID: usize = 16;
const WHOLE: usize = 2 * ID + SealKey::SEAL;

/// Makes the token of one attendee of one meeting.
pub(crate) fn issue(key: &SealKey, meeting: MeetingId, attendee: AttendeeId) -> JoinToken {
    let (meeting, attendee) = (meeting.to_bits().to_be_bytes(), attendee.to_bits().to_be_bytes());
    let seal = key.seal(Purpose::Join, &[&meeting, &attendee]);
    let whole = [meeting.as_slice(), &attendee, &seal].concat();
    // Base64url without padding keeps to the characters of a WebSocket sub-protocol.
    JoinToken::try_from(URL_SAFE_NO_PAD.encode(whole))
        .expect("base64url is made of token characters")
}

/// Returns whose token this is, or nothing if this key did not sign it.
pub(crate) fn open(key: &SealKey, token: &str) -> Option<(MeetingId, AttendeeId)> {
    let mut whole = [0; WHOLE];
    // The engine refuses texts of another length and stray bits in the last character.
    let length = URL_SAFE_NO_PAD.decode_slice(token, &mut whole).ok()?;
    let (meeting, rest) = whole.get(..length)?.split_first_chunk::<ID>()?;
    let (attendee, seal) = rest.split_first_chunk::<ID>()?;
    key.is_sealed(Purpose::Join, &[meeting, attendee], seal).then(|| {
        (
            MeetingId::from_bits(u128::from_be_bytes(*meeting)),
            AttendeeId::from_bits(u128::from_be_bytes(*attendee)),
        )
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key(byte: u8) -> SealKey {
        SealKey::from_bytes([byte; 32])
    }

    #[test]
    fn token_of_another_key_is_forged() {
        let (meeting, attendee) = (MeetingId::from_random(1), AttendeeId::from_random(2));
        let token = issue(&key(1), meeting, attendee);
        assert_eq!(open(&key(1), token.as_str()), Some((meeting, attendee)));
        assert_eq!(open(&key(2), token.as_str()), None);
        assert_eq!(issue(&key(1), meeting, attendee), token);
    }

    #[test]
    fn signature_for_another_purpose_opens_nothing() {
        let (meeting, attendee) = (1_u128.to_be_bytes(), 2_u128.to_be_bytes());
        let seal = key(1).seal(Purpose::Page, &[&meeting, &attendee]);
        let forged = URL_SAFE_NO_PAD.encode([meeting.as_slice(), &attendee, &seal].concat());
        assert_eq!(open(&key(1), &forged), None);
    }

    proptest! {
        #[test]
        fn every_changed_character_makes_a_token_worthless(
            meeting: u128, attendee: u128, at in 0_usize..86, to in "[A-Za-z0-9_.-]",
        ) {
            let token = issue(&key(1), MeetingId::from_bits(meeting), AttendeeId::from_bits(attendee));
            let mut forged = token.as_str().to_owned();
            forged.replace_range(at..=at, &to);
            prop_assert_eq!(open(&key(1), &forged).is_some(), forged == token.as_str());
        }

        #[test]
        fn cut_or_longer_tokens_are_worthless(meeting: u128, cut in 0_usize..86, more in "[A-Za-z0-9#]{1,90}") {
            let token = issue(&key(1), MeetingId::from_bits(meeting), AttendeeId::from_bits(1));
            prop_assert_eq!(open(&key(1), &token.as_str()[..cut]), None);
            prop_assert_eq!(open(&key(1), &format!("{}{more}", token.as_str())), None);
        }

        #[test]
        fn any_text_is_refused_without_panic(text in ".*") {
            crate::properties::join_token(&text);
        }
    }
}
