//! The sender's sequence numbers, told from strays and from a sender that began anew (RFC 3550 appendix A.1).

use carillon_frame::{SeqExtender, SeqNo};

/// How far sequence numbers may jump ahead before two packets in a row must agree (MAX_DROPOUT of RFC 3550 appendix A.1).
const LONGEST_DROPOUT: i16 = 3_000;

/// How far they may fall behind (MAX_MISORDER of RFC 3550 appendix A.1).
const LONGEST_MISORDER: i16 = 100;

/// What a sequence number is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// One of those that are expected.
    Follows,
    /// The second of a numbering that began anew.
    Restarts,
    /// One that no second one confirms yet.
    Strays,
}

/// Where the sender's numbering stands.
#[derive(Debug, Default)]
pub(super) struct Numbering {
    extender: SeqExtender,
    /// The number a restarted sender would use next.
    suspect: Option<SeqNo>,
}

impl Numbering {
    /// Judges a number before it is extended.
    pub(super) fn judge(&mut self, seq: SeqNo) -> Verdict {
        let Some(highest) = self.extender.highest() else { return Verdict::Follows };
        let jump = seq.distance_from(SeqNo((highest & 0xffff) as u16));
        let expected = self.suspect.replace(seq.next());
        if (-LONGEST_MISORDER..=LONGEST_DROPOUT).contains(&jump) {
            self.suspect = None;
            Verdict::Follows
        } else if expected == Some(seq) {
            Verdict::Restarts
        } else {
            Verdict::Strays
        }
    }

    /// The extended number of the next packet, and how many more packets it promises than were promised before.
    pub(super) fn extend(&mut self, seq: SeqNo) -> (u64, u64) {
        let before = self.extender.highest();
        let number = self.extender.extend(seq);
        let highest = self.extender.highest().unwrap_or(number);
        (number, before.map_or(1, |before| highest.saturating_sub(before)))
    }

    /// The extended number of a packet that did not come itself.
    pub(super) fn number_of(&self, seq: SeqNo) -> u64 {
        let mut extender = self.extender;
        extender.extend(seq)
    }
}
