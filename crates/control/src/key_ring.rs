//! The keys with which the service signs: one for what is new, and those that older meetings were made with.
//!
//! A meeting keeps its key for life, so the tokens of its attendees stay what they are when keys are changed.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use carillon_types::{AttendeeId, MeetingId, WallTime};
use rand::{Rng, rngs::StdRng};

use crate::{seal::SealKey, token};

/// The place of a key in the order in which they were made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct KeyNumber(i64);

impl KeyNumber {
    /// Makes a place from its number.
    pub(crate) const fn from_number(number: i64) -> Self {
        Self(number)
    }

    /// Returns the number.
    pub(crate) const fn number(self) -> i64 {
        self.0
    }

    /// Returns the place before, whose key verifies tokens of meetings that are over.
    pub(crate) const fn before(self) -> Self {
        Self(self.0.saturating_sub(1))
    }
}

/// A key, and since when there is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TokenKey {
    pub(crate) number: KeyNumber,
    pub(crate) made: WallTime,
    pub(crate) seal: SealKey,
}

impl TokenKey {
    /// Makes the first key of a store.
    pub(crate) const fn first(made: WallTime, seal: SealKey) -> Self {
        Self { number: KeyNumber(1), made, seal }
    }

    /// Makes the key after this one.
    fn next(&self, made: WallTime, chance: &mut StdRng) -> Self {
        let number = KeyNumber(self.number.0.saturating_add(1));
        Self { number, made, seal: SealKey::from_bytes(chance.random()) }
    }
}

/// All keys that are still good for something; never none.
#[derive(Debug)]
pub(crate) struct KeyRing(BTreeMap<KeyNumber, Arc<TokenKey>>);

impl KeyRing {
    /// Takes over what a store had.
    pub(crate) fn restore(keys: Vec<Arc<TokenKey>>) -> Self {
        Self(keys.into_iter().map(|key| (key.number, key)).collect())
    }

    /// Returns the latest key.
    pub(crate) fn current(&self) -> &Arc<TokenKey> {
        let latest = self.0.last_key_value();
        latest.map(|(_, key)| key).expect("a store makes sure of its first key")
    }

    /// Returns the key for a meeting that is made now: the latest one, or another once that has had its time.
    pub(crate) fn for_meeting(
        &self,
        now: WallTime,
        life: Duration,
        chance: &mut StdRng,
    ) -> Arc<TokenKey> {
        let current = self.current();
        if now.saturating_since(current.made) < life {
            return Arc::clone(current);
        }
        Arc::new(current.next(now, chance))
    }

    /// Takes in the key of a meeting that was made, and forgets those that neither a meeting nor the last one's tokens
    /// need.
    pub(crate) fn accept(&mut self, key: &Arc<TokenKey>, is_used: impl Fn(KeyNumber) -> bool) {
        if self.0.insert(key.number, Arc::clone(key)).is_none() {
            let oldest = key.number.before();
            self.0.retain(|number, _| *number >= oldest || is_used(*number));
        }
    }

    /// Says whose token this is, and which key signed it.
    pub(crate) fn open(&self, token: &str) -> Option<(KeyNumber, MeetingId, AttendeeId)> {
        self.0.values().rev().find_map(|key| {
            let (meeting, attendee) = token::open(&key.seal, token)?;
            Some((key.number, meeting, attendee))
        })
    }

    /// Finds what any of the keys has sealed.
    pub(crate) fn find<T>(&self, read: impl Fn(&SealKey) -> Option<T>) -> Option<T> {
        self.0.values().rev().find_map(|key| read(&key.seal))
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;

    use super::*;

    const DAY: Duration = Duration::from_secs(86_400);

    fn at(days: u64) -> WallTime {
        WallTime::from_millis(days.saturating_mul(86_400_000))
    }

    #[test]
    fn key_serves_for_its_time_and_another_follows() {
        let mut chance = StdRng::seed_from_u64(1);
        let first = TokenKey::first(at(10), SealKey::from_bytes([1; 32]));
        let ring = KeyRing::restore(vec![Arc::new(first)]);
        let mut key = |days| ring.for_meeting(at(days), 30 * DAY, &mut chance).number.number();
        assert_eq!([key(10), key(39), key(40), key(5)], [1, 1, 2, 1]);
    }

    #[test]
    fn keys_go_when_no_meeting_uses_them_and_another_has_followed_theirs() {
        let mut chance = StdRng::seed_from_u64(1);
        let first = TokenKey::first(at(0), SealKey::from_bytes([1; 32]));
        let mut ring = KeyRing::restore(vec![Arc::new(first)]);
        let (meeting, attendee) = (MeetingId::from_random(1), AttendeeId::from_random(2));
        let token = token::issue(&ring.current().seal, meeting, attendee);
        for (days, used, opens) in [(1, false, true), (2, true, true), (3, false, false)] {
            let key = ring.for_meeting(at(days), DAY, &mut chance);
            ring.accept(&key, |number| used && number.number() == 1);
            assert_eq!(ring.open(token.as_str()).is_some(), opens, "after {days} days");
        }
    }
}
