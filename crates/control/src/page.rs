//! A caller's place in a list of attendees.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use carillon_types::{MeetingId, api::PageToken};

use crate::{
    record::Sequence,
    seal::{Purpose, SealKey},
};

const NUMBER: usize = 4;
const WHOLE: usize = NUMBER + SealKey::SEAL;

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
