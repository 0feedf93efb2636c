//! A caller's place in a list.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use carillon_types::{AccountId, MeetingId, api::PageToken};

use crate::{
    record::Sequence,
    seal::{Purpose, SealKey},
};

/// The bytes of the longest token: a meeting's identifier and the seal.
const LONGEST: usize = 16 + SealKey::SEAL;

/// Makes the token with which the page after this attendee is asked for.
pub(crate) fn token_after(key: &SealKey, meeting: MeetingId, last: Sequence) -> PageToken {
    let list = meeting.to_bits().to_be_bytes();
    token(key, Purpose::Page, &list, &last.number().to_be_bytes())
}

/// Returns the attendee after which to go on, or nothing if the token is not this meeting's.
pub(crate) fn resume_after(
    key: &SealKey,
    meeting: MeetingId,
    token: &PageToken,
) -> Option<Sequence> {
    let list = meeting.to_bits().to_be_bytes();
    let place = place(key, Purpose::Page, &list, token)?;
    Some(Sequence::from_number(u32::from_be_bytes(place)))
}

/// Makes the token with which the page after this meeting is asked for.
pub(crate) fn token_after_meeting(
    key: &SealKey,
    account: &AccountId,
    last: MeetingId,
) -> PageToken {
    let list = account.as_str().as_bytes();
    token(key, Purpose::MeetingPage, list, &last.to_bits().to_be_bytes())
}

/// Returns the meeting after which to go on, or nothing if the token is not this account's.
pub(crate) fn resume_after_meeting(
    key: &SealKey,
    account: &AccountId,
    token: &PageToken,
) -> Option<MeetingId> {
    let place = place(key, Purpose::MeetingPage, account.as_str().as_bytes(), token)?;
    Some(MeetingId::from_bits(u128::from_be_bytes(place)))
}

/// Seals a place in a list; all lists of one purpose have names of one length.
fn token(key: &SealKey, purpose: Purpose, list: &[u8], place: &[u8]) -> PageToken {
    let seal = key.seal(purpose, &[list, place]);
    PageToken::new(URL_SAFE_NO_PAD.encode([place, &seal].concat()))
}

/// Reads the place of `N` bytes from a token of this list, or nothing from any other text.
fn place<const N: usize>(
    key: &SealKey,
    purpose: Purpose,
    list: &[u8],
    token: &PageToken,
) -> Option<[u8; N]> {
    let mut whole = [0; LONGEST];
    let room = whole.get_mut(..N.checked_add(SealKey::SEAL)?)?;
    let length = URL_SAFE_NO_PAD.decode_slice(token.as_str(), room).ok()?;
    let (place, seal) = whole.get(..length)?.split_first_chunk::<N>()?;
    key.is_sealed(purpose, &[list, place], seal).then_some(*place)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn token_goes_on_where_the_page_ended_and_only_in_its_meeting() {
        let key = SealKey::from_bytes([1; 32]);
        let meeting = MeetingId::from_random(1);
        let token = token_after(&key, meeting, Sequence::from_number(77));
        assert_eq!(resume_after(&key, meeting, &token), Some(Sequence::from_number(77)));
        assert_eq!(resume_after(&key, MeetingId::from_random(2), &token), None);
    }

    proptest! {
        #[test]
        fn any_other_text_is_refused(text in ".{0,60}") {
            let key = SealKey::from_bytes([1; 32]);
            prop_assert_eq!(resume_after(&key, MeetingId::from_random(1), &PageToken::new(text)), None);
        }
    }
}
