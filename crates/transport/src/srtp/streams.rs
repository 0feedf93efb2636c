//! Which packets of which streams were used under one key, in bounded memory.
//!
//! The streams used last are known packet by packet. Of one that makes room for another, only its highest index is
//! remembered, and everything up to that counts as used: it can go on where it was, and nothing of it is ever accepted
//! or sealed a second time.

use std::collections::BTreeMap;

use carillon_frame::SeqNo;

use super::packet_window::{PacketWindow, nearest_index};

/// Streams that are known packet by packet.
///
/// A browser sends at most seven at a time and is sent 25 pictures with their repairs; fewer would refuse late packets
/// of streams in use, more costs 170 bytes each.
const MAX_RECENT: usize = 128;

/// Further streams whose highest index is remembered, before the key counts as used up.
///
/// A camera that starts takes two, for its pictures and for their repairs: this is 4,000 starts. Less makes clients of
/// long sessions reconnect, more lets one peer claim more memory, 20 bytes a stream.
const MAX_FORMER: usize = 8_192;

/// The streams of one direction and one kind of packet.
#[derive(Debug, Default)]
pub(super) struct Streams<const WORDS: usize> {
    recent: BTreeMap<u32, Recent<WORDS>>,
    /// The highest index of each.
    former: BTreeMap<u32, u64>,
    /// Counts packets, to tell which stream was used longest ago.
    uses: u64,
}

#[derive(Debug, Default)]
struct Recent<const WORDS: usize> {
    window: PacketWindow<WORDS>,
    last_use: u64,
}

/// Why a packet's index must not be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It was used, or is too old to tell.
    Used,
    /// It would begin one stream too many.
    TooManyStreams,
}

impl<const WORDS: usize> Streams<WORDS> {
    /// The index of the packet with this sequence number, by what its stream has used.
    pub(super) fn index_of(&self, ssrc: u32, seq: SeqNo) -> u64 {
        let recent = self.recent.get(&ssrc).and_then(|recent| recent.window.highest());
        match recent.or_else(|| self.former.get(&ssrc).copied()) {
            Some(highest) => nearest_index(highest, seq),
            None => u64::from(seq.0),
        }
    }

    /// Refuses an index that must not be used; nothing is remembered of the question.
    pub(super) fn check(&self, ssrc: u32, index: u64) -> Result<(), Refusal> {
        let is_fresh = match (self.recent.get(&ssrc), self.former.get(&ssrc)) {
            (Some(recent), _) => recent.window.is_fresh(index),
            (None, Some(highest)) => index > *highest,
            (None, None) if self.is_full() => return Err(Refusal::TooManyStreams),
            (None, None) => true,
        };
        if is_fresh { Ok(()) } else { Err(Refusal::Used) }
    }

    /// Notes that an index was used, which [`check`](Self::check) has let pass.
    pub(super) fn note(&mut self, ssrc: u32, index: u64) {
        self.uses = self.uses.saturating_add(1);
        if !self.recent.contains_key(&ssrc) {
            let highest = self.former.remove(&ssrc);
            self.make_room();
            let window = highest.map_or_else(PacketWindow::default, PacketWindow::used_up_to);
            self.recent.insert(ssrc, Recent { window, last_use: self.uses });
        }
        if let Some(recent) = self.recent.get_mut(&ssrc) {
            recent.window.note(index);
            recent.last_use = self.uses;
        }
    }

    fn is_full(&self) -> bool {
        self.recent.len() >= MAX_RECENT && self.former.len() >= MAX_FORMER
    }

    /// Lets the stream that was used longest ago shrink to its highest index.
    fn make_room(&mut self) {
        if self.recent.len() < MAX_RECENT {
            return;
        }
        let longest_ago = self.recent.iter().min_by_key(|(_, recent)| recent.last_use);
        let Some(ssrc) = longest_ago.map(|(ssrc, _)| *ssrc) else { return };
        let highest = self.recent.remove(&ssrc).and_then(|recent| recent.window.highest());
        if let Some(highest) = highest {
            self.former.insert(ssrc, highest);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    /// Uses an index if that is allowed.
    fn take(streams: &mut Streams<2>, ssrc: u32, index: u64) -> Result<(), Refusal> {
        streams.check(ssrc, index).map(|()| streams.note(ssrc, index))
    }

    #[test]
    fn a_stream_that_made_room_goes_on_where_it_was_and_repeats_nothing() {
        let mut streams = Streams::<2>::default();
        for index in [65_530, 65_531, 65_540] {
            assert_eq!(take(&mut streams, 0, index), Ok(()));
        }
        for ssrc in 1..1_000 {
            assert_eq!(take(&mut streams, ssrc, 1), Ok(()));
        }
        for index in [0, 65_530, 65_535, 65_540] {
            assert_eq!(streams.check(0, index), Err(Refusal::Used), "{index}");
        }
        assert_eq!(streams.index_of(0, SeqNo(7)), 65_543, "beyond the wrap that came before");
        assert_eq!(take(&mut streams, 0, 65_543), Ok(()));
        assert_eq!(take(&mut streams, 0, 65_542), Ok(()), "late, and never used");
        assert_eq!(take(&mut streams, 0, 65_539), Err(Refusal::Used), "from before");
    }

    #[test]
    fn any_number_of_streams_fits_bounded_memory_and_those_in_use_go_on() {
        let mut streams = Streams::<2>::default();
        let most = u32::try_from(MAX_RECENT + MAX_FORMER).unwrap();
        for ssrc in 1..20_000 {
            let begun = take(&mut streams, ssrc, 5);
            let expected = if ssrc < most { Ok(()) } else { Err(Refusal::TooManyStreams) };
            assert_eq!((ssrc, begun), (ssrc, expected));
            assert_eq!(take(&mut streams, 0, u64::from(ssrc)), Ok(()), "it is in use all the time");
            assert!(streams.recent.len() <= MAX_RECENT && streams.former.len() <= MAX_FORMER);
        }
        assert_eq!(take(&mut streams, 1, 6), Ok(()), "a known one may still go on");
        assert_eq!(take(&mut streams, 1, 5), Err(Refusal::Used));
    }

    proptest! {
        #[test]
        fn no_index_is_ever_used_twice(
            steps in prop::collection::vec((0_u32..400, 0_u64..200), 1..3_000),
        ) {
            let mut streams = Streams::<2>::default();
            let mut used = BTreeSet::new();
            for step in steps {
                if take(&mut streams, step.0, step.1).is_ok() {
                    prop_assert!(used.insert(step), "{step:?} twice");
                } else {
                    let highest = used.range((step.0, 0)..=(step.0, u64::MAX)).next_back();
                    prop_assert!(highest.is_some_and(|highest| *highest >= step));
                }
            }
        }
    }
}
