//! Which packets of a stream were seen (RFC 3711 section 3.3).

use carillon_frame::SeqNo;

/// The indices seen within the last `WORDS` times 64 before the highest.
#[derive(Clone, Debug)]
pub(super) struct PacketWindow<const WORDS: usize> {
    highest: Option<u64>,
    /// One bit an index, at the place that its remainder gives.
    seen: [u64; WORDS],
}

impl<const WORDS: usize> Default for PacketWindow<WORDS> {
    fn default() -> Self {
        Self { highest: None, seen: [0; WORDS] }
    }
}

impl<const WORDS: usize> PacketWindow<WORDS> {
    const SPAN: u64 = WORDS as u64 * 64;

    /// A window of which all that is known is the highest index: whatever lies below counts as seen.
    pub(super) const fn used_up_to(highest: u64) -> Self {
        Self { highest: Some(highest), seen: [u64::MAX; WORDS] }
    }

    /// The highest index seen.
    pub(super) const fn highest(&self) -> Option<u64> {
        self.highest
    }

    /// Whether this index was neither seen nor is too old to tell.
    pub(super) fn is_fresh(&self, index: u64) -> bool {
        match self.highest.and_then(|highest| highest.checked_sub(index)) {
            None => true,
            Some(age) => age < Self::SPAN && self.word(index) & bit(index) == 0,
        }
    }

    /// Notes that this index was seen.
    pub(super) fn note(&mut self, index: u64) {
        let highest = self.highest.unwrap_or(index);
        let skipped = highest.saturating_add(1)..index;
        if index.saturating_sub(highest) >= Self::SPAN {
            self.seen = [0; WORDS];
        } else {
            for missing in skipped {
                *self.word_mut(missing) &= !bit(missing);
            }
        }
        *self.word_mut(index) |= bit(index);
        self.highest = Some(highest.max(index));
    }

    const fn place(index: u64) -> usize {
        (index % Self::SPAN / 64) as usize
    }

    fn word(&self, index: u64) -> u64 {
        self.seen.get(Self::place(index)).copied().unwrap_or(u64::MAX)
    }

    fn word_mut(&mut self, index: u64) -> &mut u64 {
        self.seen.get_mut(Self::place(index)).expect("a remainder is below its divisor")
    }
}

/// The index of the packet with this sequence number: the nearest to the highest seen (RFC 3711 section 3.3.1).
pub(super) fn nearest_index(highest: u64, seq: SeqNo) -> u64 {
    let [.., high, low] = highest.to_be_bytes();
    let distance = seq.distance_from(SeqNo(u16::from_be_bytes([high, low])));
    highest.checked_add_signed(i64::from(distance)).unwrap_or(u64::from(seq.0))
}

const fn bit(index: u64) -> u64 {
    1 << (index % 64)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    type Window = PacketWindow<2>;

    #[test]
    fn index_follows_the_sequence_number_around_the_wrap() {
        assert_eq!(nearest_index(65_530, SeqNo(3)), 65_536 + 3);
        assert_eq!(nearest_index(65_536 + 3, SeqNo(65_535)), 65_535);
    }

    #[test]
    fn number_from_before_the_first_cycle_stays_in_it() {
        assert_eq!(nearest_index(5, SeqNo(65_530)), 65_530);
    }

    #[test]
    fn what_lies_below_a_known_highest_counts_as_seen() {
        let mut window = Window::used_up_to(1_000);
        assert!((0..=1_000).all(|index| !window.is_fresh(index)));
        window.note(1_003);
        assert!([1_001, 1_002, 1_004].iter().all(|index| window.is_fresh(*index)));
        assert!(!window.is_fresh(999) && !window.is_fresh(1_000) && !window.is_fresh(1_003));
    }

    proptest! {
        #[test]
        fn window_agrees_with_a_set(indices in prop::collection::vec(0_u64..600, 1..300)) {
            let mut window = Window::default();
            let mut seen = BTreeSet::new();
            for index in indices {
                let highest = seen.last().copied().unwrap_or(0);
                let expected = index + Window::SPAN > highest && !seen.contains(&index);
                prop_assert_eq!(window.is_fresh(index), expected, "{} after {:?}", index, seen);
                if expected {
                    window.note(index);
                    seen.insert(index);
                }
            }
        }
    }
}
