//! Packets in order of their extended sequence numbers, in a fixed number of slots whose memory is used again.

use carillon_frame::MediaTime;

/// How many bytes of payload a slot has room for from its first packet on: 100 kb/s at 20 ms.
///
/// Larger packets make their slot grow once; a larger value only costs memory, as many times as there are slots for each source.
const SLOT_BYTES: usize = 256;

/// What the sender put under one sequence number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// A packet of padding only, which carries no sound and no time.
    Padding,
    /// Sound that begins at `timestamp`, lasts `ticks`, and may repeat the sound before.
    Audio { timestamp: MediaTime, ticks: u32, repeats: bool },
}

/// A packet of sound as the ring holds it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Held {
    pub(super) number: u64,
    pub(super) timestamp: MediaTime,
    pub(super) ticks: u32,
    pub(super) repeats: bool,
}

impl Held {
    /// When the sound ends and the next one may begin.
    pub(super) const fn end(self) -> MediaTime {
        self.timestamp.wrapping_add(self.ticks)
    }
}

#[derive(Debug, Default)]
struct Slot {
    filled: Option<(u64, Content)>,
    payload: Vec<u8>,
}

/// The slots, each used again by the number that follows all others.
#[derive(Debug)]
pub(super) struct PacketRing {
    slots: Vec<Slot>,
}

impl PacketRing {
    pub(super) fn new(slots: u64) -> Self {
        Self { slots: (0..slots).map(|_| Slot::default()).collect() }
    }

    /// How many consecutive numbers are kept.
    pub(super) const fn slots(&self) -> u64 {
        self.slots.len() as u64
    }

    /// Keeps a packet in place of whatever its slot held before.
    pub(super) fn insert(&mut self, number: u64, content: Content, payload: &[u8]) {
        if let Some(slot) = self.slot_mut(number) {
            slot.filled = Some((number, content));
            slot.payload.clear();
            slot.payload.reserve(payload.len().max(SLOT_BYTES));
            slot.payload.extend_from_slice(payload);
        }
    }

    pub(super) fn clear(&mut self) {
        self.slots.iter_mut().for_each(|slot| slot.filled = None);
    }

    pub(super) fn contains(&self, number: u64) -> bool {
        self.content(number).is_some()
    }

    /// The payload held under a number.
    pub(super) fn payload(&self, number: u64) -> &[u8] {
        self.slot(number).map_or(&[], |slot| &slot.payload)
    }

    /// The first sound from `next` on, and whether every number before it is there.
    pub(super) fn first_from(&self, next: u64) -> Option<(Held, bool)> {
        let mut complete = true;
        for number in self.window(next) {
            match self.content(number) {
                Some(Content::Audio { timestamp, ticks, repeats }) => {
                    return Some((Held { number, timestamp, ticks, repeats }, complete));
                }
                Some(Content::Padding) => {}
                None => complete = false,
            }
        }
        None
    }

    /// The last sound from `next` on.
    pub(super) fn last_from(&self, next: u64) -> Option<Held> {
        self.window(next).rev().find_map(|number| match self.content(number)? {
            Content::Audio { timestamp, ticks, repeats } => {
                Some(Held { number, timestamp, ticks, repeats })
            }
            Content::Padding => None,
        })
    }

    fn content(&self, number: u64) -> Option<Content> {
        let (held, content) = self.slot(number)?.filled?;
        (held == number).then_some(content)
    }

    fn slot(&self, number: u64) -> Option<&Slot> {
        self.slots.get(usize::try_from(number.checked_rem(self.slots())?).ok()?)
    }

    fn slot_mut(&mut self, number: u64) -> Option<&mut Slot> {
        let index = number.checked_rem(self.slots())?;
        self.slots.get_mut(usize::try_from(index).ok()?)
    }

    fn window(&self, next: u64) -> std::ops::Range<u64> {
        next..next.saturating_add(self.slots())
    }
}
