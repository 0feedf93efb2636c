//! Where the numbers of a meeting's streams start.

use std::num::NonZeroU32;

use carillon_types::MeetingLife;

/// Bits of a number that tell the life of the meeting from the others; the rest counts within that life.
///
/// Meetings live for a day at most. 14 bits are 16,384 lives, so one every 5 s; and they leave 262,144 numbers to each,
/// 3 a second for a whole day, where a presence takes one number and a camera that is turned on one for each layer.
/// One bit more is a restart every 2.6 s and a number and a half a second, one less the reverse: both sides are far
/// beyond what happens. A meeting that uses up its numbers goes on into those of the next life, which only matters if it
/// is then restarted.
const LIFE_BITS: u32 = 14;

/// The number that streams, groups and presences of a meeting start at.
///
/// Clients take the lower of two numbers of one attendee for outdated, also when the meeting came to life anew in
/// between. So every life starts above all that an earlier one gave out: after a restart of the service by the life's
/// own base, after everybody had left by going on where the numbers had stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FirstNumber(pub(crate) NonZeroU32);

impl FirstNumber {
    /// The first number of all.
    pub const ONE: Self = Self(NonZeroU32::MIN);

    /// Where a life starts by itself. Lives after the last that has numbers of its own share its numbers.
    #[must_use]
    pub fn of_life(life: MeetingLife) -> Self {
        const LAST: u32 = (1 << LIFE_BITS) - 1;
        let base = life.earlier().min(LAST) << (u32::BITS - LIFE_BITS);
        NonZeroU32::new(base).map_or(Self::ONE, Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AudioStreamId, GroupId, StreamId};

    #[test]
    fn every_life_starts_above_what_earlier_ones_give_out() {
        let starts = (0..1 << LIFE_BITS).map(|life| FirstNumber::of_life(MeetingLife::after(life)));
        let starts: Vec<u32> = starts.map(|first| first.0.get()).collect();
        assert_eq!(starts[..3], [1, 1 << 18, 2 << 18]);
        assert!(starts.is_sorted_by(|life, next| life + 262_143 <= *next));
        assert!(u32::MAX - starts.last().unwrap() >= 262_143);
    }

    #[test]
    fn lives_beyond_the_last_share_its_numbers() {
        let last = FirstNumber::of_life(MeetingLife::after((1 << LIFE_BITS) - 1));
        for life in [1 << LIFE_BITS, u32::MAX] {
            assert_eq!(FirstNumber::of_life(MeetingLife::after(life)), last);
        }
    }

    #[test]
    fn streams_groups_and_presences_start_alike() {
        let first = FirstNumber::of_life(MeetingLife::after(3));
        assert_eq!(FirstNumber::from(StreamId::starting_at(first)), first);
        assert_eq!(FirstNumber::from(GroupId::starting_at(first)), first);
        assert_eq!(FirstNumber::from(AudioStreamId::starting_at(first)), first);
    }
}
