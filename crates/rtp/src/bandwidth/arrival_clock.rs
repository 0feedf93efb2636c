//! The receiver's clock, as its feedback tells it.

use crate::rtcp::TransportFeedback;

/// What the arrival times of feedback count in.
pub(super) const TICKS_PER_SECOND: u32 = 4_000;

/// What a feedback's reference time counts in, in ticks: 64 ms.
const TICKS_PER_REFERENCE: i64 = 256;

/// A moment on the receiver's clock, in ticks of 250 µs from some origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ArrivalTime(i64);

impl ArrivalTime {
    #[cfg(test)]
    pub(super) const fn from_ticks(ticks: i64) -> Self {
        Self(ticks)
    }

    /// How many milliseconds lie between, negative if `earlier` is later.
    pub(super) fn millis_since(self, earlier: Self) -> f64 {
        let ticks = i32::try_from(self.ticks_since(earlier)).unwrap_or(i32::MAX);
        f64::from(ticks) * 1_000.0 / f64::from(TICKS_PER_SECOND)
    }

    pub(super) const fn ticks_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// Unwraps reference times, which have 24 bits.
#[derive(Clone, Copy, Debug)]
pub(super) struct ArrivalClock {
    /// The last reference time, as it was told and counted on.
    last: Option<(u32, i64)>,
}

impl ArrivalClock {
    pub(super) const fn new() -> Self {
        Self { last: None }
    }

    /// When each packet of a feedback arrived, from its base on.
    pub(super) fn read<'a>(
        &mut self,
        feedback: &'a TransportFeedback,
    ) -> impl Iterator<Item = Option<ArrivalTime>> + use<'a> {
        let mut time = self.unwrap(feedback.reference_time).saturating_mul(TICKS_PER_REFERENCE);
        feedback.arrivals.iter().map(move |arrival| {
            let delta = (*arrival)?;
            time = time.saturating_add(i64::from(delta.0));
            Some(ArrivalTime(time))
        })
    }

    fn unwrap(&mut self, reference: u32) -> i64 {
        let (told, counted) = self.last.unwrap_or((reference, 0));
        // Twenty-four bits, taken for the nearest of both directions.
        let step = (reference.wrapping_sub(told) << 8).cast_signed() >> 8;
        let counted = counted.saturating_add(i64::from(step));
        self.last = Some((reference, counted));
        counted
    }
}

#[cfg(test)]
mod tests {
    use carillon_frame::{SeqNo, Ssrc};

    use super::*;
    use crate::rtcp::ArrivalDelta;

    fn feedback(reference_time: u32, deltas: &[Option<i16>]) -> TransportFeedback {
        TransportFeedback {
            sender: Ssrc(1),
            media: Ssrc(2),
            base: SeqNo(0),
            reference_time,
            count: 0,
            arrivals: deltas.iter().map(|delta| delta.map(ArrivalDelta)).collect(),
        }
    }

    #[test]
    fn deltas_add_up_across_missing_packets_and_reference_times_across_their_wrap() {
        let mut clock = ArrivalClock::new();
        let one = feedback(0x00ff_ffff, &[Some(4), None, Some(-2)]);
        let times: Vec<_> = clock.read(&one).collect();
        let origin = times[0].unwrap();
        assert_eq!(times[1], None);
        assert_eq!(times[2].unwrap().ticks_since(origin), -2);
        let later = clock.read(&feedback(1, &[Some(4)])).next().flatten().unwrap();
        assert_eq!(later.ticks_since(origin), 2 * TICKS_PER_REFERENCE);
        assert!((later.millis_since(origin) - 128.0).abs() < f64::EPSILON);
        let earlier = clock.read(&feedback(0, &[Some(0)])).next().flatten().unwrap();
        assert_eq!(earlier.ticks_since(later), -TICKS_PER_REFERENCE - 4);
    }
}
