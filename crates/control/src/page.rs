//! A caller's place in a list.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use carillon_types::{AccountId, MeetingId, api::PageToken};

use crate::{
    record::Sequence,
    seal::{Purpose, SealKey},
};

const NUMBER: usize = 4;
const WHOLE: usize = NUMBER + SealKey::SEAL;
const ID: usize = 16;
const WHOLE_OF_MEETING: usize = ID + SealKey::SEAL;

/// Makes the token with which the page after this attendee is asked for.
pub(crate) fn token_after(key: &SealKey, meeting: MeetingId, last: Sequence) -> PageToken {
    let number = last.number().to_be_bytes();
    let seal = key.seal(Purpose::Page, &[&meeting.to_bits().to_be_bytes(), &number]);
    PageToken::new(URL_SAFE_NO_PAD.encode([number.as_slice(), &seal].concat()))
}

/// Returns the attendee after which to go on, or nothing if the token is not this meeting's.
pub(crate) fn resume_after(
    key: &SealKey,
    meeting: MeetingId,
    token: &PageToken,
) -> Option<Sequence> {
    let mut whole = [0; WHOLE];
    let length = URL_SAFE_NO_PAD.decode_slice(token.as_str(), &mut whole).ok()?;
    let (number, seal) = whole.get(..length)?.split_first_chunk::<NUMBER>()?;
    key.is_sealed(Purpose::Page, &[&meeting.to_bits().to_be_bytes(), number], seal)
        .then(|| Sequence::from_number(u32::from_be_bytes(*number)))
}

/// Makes the token with which the page after this meeting is asked for.
pub(crate) fn token_after_meeting(
    key: &SealKey,
    account: &AccountId,
    last: MeetingId,
) -> PageToken {
    let id = last.to_bits().to_be_bytes();
    let seal = key.seal(Purpose::MeetingPage, &[account.as_str().as_bytes(), &id]);
    PageToken::new(URL_SAFE_NO_PAD.encode([id.as_slice(), &seal].concat()))
}

/// Returns the meeting after which to go on, or nothing if the token is not this account's.
pub(crate) fn resume_after_meeting(
    key: &SealKey,
    account: &AccountId,
    token: &PageToken,
) -> Option<MeetingId> {
    let mut whole = [0; WHOLE_OF_MEETING];
    let length = URL_SAFE_NO_PAD.decode_slice(token.as_str(), &mut whole).ok()?;
    let (id, seal) = whole.get(..length)?.split_first_chunk::<ID>()?;
    key.is_sealed(Purpose::MeetingPage, &[account.as_str().as_bytes(), id], seal)
        .then(|| MeetingId::from_bits(u128::from_be_bytes(*id)))
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
