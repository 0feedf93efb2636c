//! Which sequence numbers were used, so that none is used twice.

/// How far below the highest used number a free one may still be used, in packets.
///
/// It is two seconds at 500 packets a second: a repair that comes later is of no use.
/// Less would drop late repairs, more costs one bit per packet and subscription.
pub(crate) const WINDOW: u16 = 1_024;

const WORDS: usize = WINDOW as usize / u64::BITS as usize;

/// Remembers which of the last [`WINDOW`] numbers were used.
///
/// A number that is used twice would encrypt two packets under one nonce, which gives away both
/// (RFC 7714 section 8.4): a number outside the window counts as used.
#[derive(Clone, Debug, Default)]
pub(crate) struct SentWindow {
    highest: u64,
    used: [u64; WORDS],
}

impl SentWindow {
    /// Takes a number for use, if it is free.
    pub(crate) fn take(&mut self, number: u64) -> bool {
        self.advance_to(number);
        let free = self.highest.saturating_sub(number) < u64::from(WINDOW)
            && self.word(number).is_some_and(|word| *word & bit(number) == 0);
        if let Some(word) = self.word(number).filter(|_| free) {
            *word |= bit(number);
        }
        free
    }

    /// Whether a number was used, as far as that is still known.
    pub(crate) fn contains(&self, number: u64) -> bool {
        let place = number % u64::from(WINDOW) / u64::from(u64::BITS);
        let word = usize::try_from(place).ok().and_then(|place| self.used.get(place));
        let known =
            number <= self.highest && self.highest.saturating_sub(number) < u64::from(WINDOW);
        known && word.is_some_and(|word| *word & bit(number) != 0)
    }

    fn advance_to(&mut self, number: u64) {
        if number.saturating_sub(self.highest) >= u64::from(WINDOW) {
            self.used = [0; WORDS];
            self.highest = number;
        }
        while self.highest < number {
            self.highest = self.highest.saturating_add(1);
            let entered = self.highest;
            if let Some(word) = self.word(entered) {
                *word &= !bit(entered);
            }
        }
    }

    fn word(&mut self, number: u64) -> Option<&mut u64> {
        let place = number % u64::from(WINDOW) / u64::from(u64::BITS);
        self.used.get_mut(usize::try_from(place).ok()?)
    }
}

const fn bit(number: u64) -> u64 {
    1 << (number % u64::BITS as u64)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_number_is_free_once_and_until_the_window_has_passed() {
        let mut window = SentWindow::default();
        assert!(window.take(5));
        assert!(window.contains(5) && !window.contains(4) && !window.contains(6));
        assert!(!window.take(5));
        assert!(window.take(7));
        assert!(window.take(6));
        assert!(window.take(u64::from(WINDOW) + 6));
        assert!(!window.take(6));
        assert!(window.take(8));
        assert!(window.take(1_000_000));
        assert!(!window.take(u64::from(WINDOW) + 7));
    }

    proptest! {
        #[test]
        fn no_number_is_ever_free_twice(
            start in 0_u64..100_000,
            steps in prop::collection::vec(-1_200_i64..1_200, 1..400),
        ) {
            let mut window = SentWindow::default();
            let mut used = BTreeSet::new();
            let mut number = start;
            for step in steps {
                number = number.saturating_add_signed(step);
                let highest = used.last().copied().unwrap_or(0).max(number);
                let fresh = !used.contains(&number) && highest - number < u64::from(WINDOW);
                prop_assert_eq!(window.take(number), fresh);
                used.insert(number);
            }
        }
    }
}
