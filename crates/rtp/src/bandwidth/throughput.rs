//! How much arrives a second, by the receiver's clock.

use std::time::Duration;

use carillon_frame::Bitrate;

use super::arrival_clock::{ArrivalTime, TICKS_PER_SECOND};

/// How long one bucket collects, in ticks: 50 ms.
const BUCKET: i64 = 200;

/// How many buckets the rate is measured over: half a second.
///
/// Less jumps with every key frame, more notices late that a path has become slower.
const BUCKETS: usize = 10;

/// Measures what arrives over the last half second before the newest arrival.
#[derive(Clone, Debug)]
pub(super) struct Throughput {
    origin: Option<ArrivalTime>,
    /// Which bucket collects, counted from the origin.
    current: i64,
    octets: [u64; BUCKETS],
}

impl Throughput {
    pub(super) const fn new() -> Self {
        Self { origin: None, current: 0, octets: [0; BUCKETS] }
    }

    pub(super) fn record(&mut self, arrival: ArrivalTime, octets: u32) {
        let origin = *self.origin.get_or_insert(arrival);
        let bucket = arrival.ticks_since(origin).checked_div(BUCKET).unwrap_or(0);
        self.advance(bucket);
        let oldest = self.current.saturating_sub(BUCKETS as i64);
        if bucket > oldest
            && let Some(sum) = self.slot(bucket)
        {
            *sum = sum.saturating_add(octets.into());
        }
    }

    /// The rate over the whole buckets before the newest arrival; nothing before there are two.
    pub(super) fn bitrate(&self) -> Option<Bitrate> {
        let whole = usize::try_from(self.current).ok()?.min(BUCKETS.saturating_sub(1));
        if whole < 2 {
            return None;
        }
        let collecting = self.clone().slot(self.current).map_or(0, |sum| *sum);
        let octets: u64 = self.octets.iter().sum::<u64>().saturating_sub(collecting);
        let ticks = u64::try_from(BUCKET).ok()?.saturating_mul(whole as u64);
        let span =
            Duration::from_micros(ticks.saturating_mul(1_000_000) / u64::from(TICKS_PER_SECOND));
        Bitrate::of(octets, span)
    }

    fn advance(&mut self, bucket: i64) {
        if bucket.saturating_sub(self.current) >= BUCKETS as i64 {
            self.octets = [0; BUCKETS];
            self.current = bucket;
        }
        while self.current < bucket {
            self.current = self.current.saturating_add(1);
            if let Some(sum) = self.slot(self.current) {
                *sum = 0;
            }
        }
    }

    fn slot(&mut self, bucket: i64) -> Option<&mut u64> {
        self.octets.get_mut(usize::try_from(bucket.rem_euclid(BUCKETS as i64)).ok()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_steady_stream_is_measured_and_a_late_packet_does_not_disturb() {
        let mut throughput = Throughput::new();
        assert_eq!(throughput.bitrate(), None);
        for packet in 0..200 {
            // 1,250 octets every 10 ms.
            throughput.record(ArrivalTime::from_ticks(packet * 40), 1_250);
        }
        throughput.record(ArrivalTime::from_ticks(0), 1_250);
        assert_eq!(throughput.bitrate().unwrap().kbps(), 1_000);
    }

    #[test]
    fn a_path_that_becomes_slower_shows_within_half_a_second() {
        let mut throughput = Throughput::new();
        let mut ticks = 0;
        for step in [40; 100].into_iter().chain([400; 8]) {
            ticks += step;
            throughput.record(ArrivalTime::from_ticks(ticks), 1_250);
        }
        assert!(throughput.bitrate().unwrap().kbps() <= 112);
    }
}
