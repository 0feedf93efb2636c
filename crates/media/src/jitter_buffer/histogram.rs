//! How often packets came how late, of late.

/// How wide a bucket is: 5 ms of ticks. Narrower ones hold too few packets each, wider ones round delay up by what is heard as one.
pub(super) const BUCKET_TICKS: i64 = 240;

/// How many buckets there are: up to one second, the last one for all beyond.
const BUCKETS: usize = 201;

/// What a packet weighs once the histogram is full: one of 400, which forgets to a third within eight seconds.
///
/// A longer memory keeps the delay of a storm that is over, a shorter one knows too few packets to tell the slowest of a hundred.
const LEAST_WEIGHT: f32 = 1.0 / 400.0;

/// Shares of packets by delay, which add up to one. The newest packets weigh most.
#[derive(Debug)]
pub(super) struct Histogram {
    shares: Box<[f32; BUCKETS]>,
    /// How many packets were counted, up to where it matters.
    counted: u16,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { shares: Box::new([0.0; BUCKETS]), counted: 0 }
    }
}

impl Histogram {
    /// Counts a packet that came so many ticks late.
    pub(super) fn count(&mut self, ticks: i64) {
        self.counted = self.counted.saturating_add(1);
        let weight = (1.0 / f32::from(self.counted)).max(LEAST_WEIGHT);
        self.shares.iter_mut().for_each(|share| *share *= 1.0 - weight);
        let index = usize::try_from(ticks / BUCKET_TICKS).unwrap_or(0).min(BUCKETS - 1);
        if let Some(share) = self.shares.get_mut(index) {
            *share += weight;
        }
    }

    /// Moves everything down by so many buckets, or up when negative; what falls off an end stays in the last bucket there.
    pub(super) fn shift(&mut self, buckets: i64) {
        let by = usize::try_from(buckets.unsigned_abs()).unwrap_or(BUCKETS).min(BUCKETS - 1);
        let end = BUCKETS - by;
        if buckets > 0 {
            let fallen: f32 = self.shares.iter().take(by).sum();
            self.shares.copy_within(by.., 0);
            self.shares.iter_mut().skip(end).for_each(|share| *share = 0.0);
            self.shares.first_mut().into_iter().for_each(|share| *share += fallen);
        } else {
            let fallen: f32 = self.shares.iter().skip(end).sum();
            self.shares.copy_within(..end, by);
            self.shares.iter_mut().take(by).for_each(|share| *share = 0.0);
            self.shares.last_mut().into_iter().for_each(|share| *share += fallen);
        }
    }

    /// Within how many ticks this share of packets came.
    pub(super) fn quantile(&self, share: f32) -> i64 {
        let mut later = 1.0 - share;
        let late = self.shares.iter().rev().take_while(|bucket| {
            later -= **bucket;
            later > 0.0
        });
        let buckets = BUCKETS.saturating_sub(late.count()).saturating_sub(1);
        i64::try_from(buckets).unwrap_or(0).saturating_mul(BUCKET_TICKS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_where_that_share_of_packets_was_there() {
        let mut histogram = Histogram::default();
        assert_eq!(histogram.quantile(0.96), 0);
        (0..200).for_each(|n| histogram.count(n % 100 * BUCKET_TICKS));
        let tail = histogram.quantile(0.9) / BUCKET_TICKS;
        assert!((88..=92).contains(&tail), "{tail}");
        assert_eq!(histogram.quantile(0.0), 0);
    }

    #[test]
    fn shifting_keeps_every_share() {
        let mut histogram = Histogram::default();
        [0, 10, 50].into_iter().for_each(|n| histogram.count(n * BUCKET_TICKS));
        histogram.shift(10);
        assert_eq!(histogram.quantile(0.99) / BUCKET_TICKS, 40);
        assert_eq!(histogram.quantile(0.5) / BUCKET_TICKS, 0);
        histogram.shift(-190);
        assert_eq!(histogram.quantile(0.99) / BUCKET_TICKS, 200);
        assert_eq!(histogram.quantile(0.2) / BUCKET_TICKS, 190);
        histogram.shift(i64::MIN);
        histogram.shift(i64::MAX);
        let total: f32 = histogram.shares.iter().sum();
        assert!((total - 1.0).abs() < 0.01, "{total}");
    }

    #[test]
    fn delays_beyond_the_last_bucket_or_below_the_first_are_kept_there() {
        let mut histogram = Histogram::default();
        histogram.count(i64::MAX);
        assert_eq!(histogram.quantile(0.9), 200 * BUCKET_TICKS);
        histogram.count(i64::MIN);
        assert_eq!(histogram.quantile(0.4), 0);
    }
}
