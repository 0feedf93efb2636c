//! RTP sequence numbers, which wrap at 16 bits (RFC 3550 section 5.1).

/// A sequence number as it stands in a packet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct SeqNo(pub u16);

impl SeqNo {
    /// The number after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.wrapping_add(1))
    }

    /// The number `offset` further on, around the wrap.
    #[must_use]
    pub const fn wrapping_add(self, offset: u16) -> Self {
        Self(self.0.wrapping_add(offset))
    }

    /// How far `self` lies after `earlier`, by the shorter way around: -32,768 to 32,767.
    #[must_use]
    pub const fn distance_from(self, earlier: Self) -> i16 {
        self.0.wrapping_sub(earlier.0).cast_signed()
    }

    /// Whether `self` comes after `other`, by the shorter way around.
    #[must_use]
    pub const fn is_after(self, other: Self) -> bool {
        self.distance_from(other) > 0
    }
}

/// Turns wrapping sequence numbers into ones that only grow (RFC 3550 appendix A.1).
#[derive(Clone, Copy, Debug, Default)]
pub struct SeqExtender {
    highest: Option<u64>,
}

impl SeqExtender {
    /// Where the first number starts, so that packets reordered before it stay positive.
    const FIRST_CYCLE: u64 = 1 << 16;

    /// The extended number of `seq`, taken to be the one nearest to the highest seen so far.
    pub fn extend(&mut self, seq: SeqNo) -> u64 {
        let Some(highest) = self.highest else {
            let first = Self::FIRST_CYCLE.saturating_add(u64::from(seq.0));
            self.highest = Some(first);
            return first;
        };
        let low = SeqNo((highest & 0xffff) as u16);
        let extended = highest.saturating_add_signed(i64::from(seq.distance_from(low)));
        self.highest = Some(highest.max(extended));
        extended
    }

    /// The highest extended number seen, if any was.
    #[must_use]
    pub const fn highest(&self) -> Option<u64> {
        self.highest
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn order_survives_the_wrap() {
        assert!(SeqNo(2).is_after(SeqNo(65_534)));
        assert_eq!(SeqNo(65_535).next(), SeqNo(0));
        assert_eq!(SeqNo(1).distance_from(SeqNo(65_535)), 2);
    }

    #[test]
    fn extension_counts_wraps_and_tolerates_reordering() {
        let mut extender = SeqExtender::default();
        let first = extender.extend(SeqNo(65_535));
        assert_eq!(extender.extend(SeqNo(0)), first + 1);
        assert_eq!(extender.extend(SeqNo(65_534)), first - 1);
        assert_eq!(extender.highest(), Some(first + 1));
    }

    proptest! {
        #[test]
        fn extended_numbers_keep_their_low_half(numbers in prop::collection::vec(any::<u16>(), 1..200)) {
            let mut extender = SeqExtender::default();
            for number in numbers {
                prop_assert_eq!(extender.extend(SeqNo(number)) & 0xffff, u64::from(number));
            }
        }
    }
}
