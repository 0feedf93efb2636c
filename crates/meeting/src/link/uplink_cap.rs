//! The most a client shall send, because none of its viewers' paths takes more.

use std::time::{Duration, Instant};

use carillon_frame::{Bitrate, Ssrc};
use carillon_rtp::rtcp::Remb;

/// How often the cap is repeated, because a report can be lost.
const REPEAT: Duration = Duration::from_secs(1);

/// How much a cap has to change to be told at once, in hundredths of it.
const NEWS: u32 = 5;

/// What lifts a cap: more than any client sends.
const UNCAPPED: Bitrate = Bitrate::from_kbps(100_000);

/// How often a lifted cap is told.
const LIFTS: u8 = 3;

/// Tells a client how much to send, in the words of a receiver's estimate (draft-alvestrand-rmcat-remb-03): browsers take
/// the lower of it and their own estimate.
#[derive(Debug, Default)]
pub(super) struct UplinkCap {
    told: Option<(Bitrate, Instant)>,
    /// How often it is still to be told that nothing is capped any more.
    lifts: u8,
}

impl UplinkCap {
    /// Whether the client sends less than it could, or has to be told that it may send more.
    pub(super) const fn is_set(&self) -> bool {
        self.lifts > 0
    }

    /// What to tell the client, if anything, so that it sends no more than `cap`.
    pub(super) fn follow(
        &mut self,
        now: Instant,
        cap: Option<Bitrate>,
        sender: Ssrc,
        streams: Vec<Ssrc>,
    ) -> Option<Remb> {
        if cap.is_some() {
            self.lifts = LIFTS;
        } else if self.lifts == 0 {
            return None;
        }
        let bitrate = cap.unwrap_or(UNCAPPED);
        if self.told.is_some_and(|(told, at)| !is_news(told, bitrate) && !is_due(now, at)) {
            return None;
        }
        if cap.is_none() {
            self.lifts = self.lifts.saturating_sub(1);
        }
        self.told = Some((bitrate, now));
        Some(Remb { sender, bitrate, streams })
    }
}

fn is_due(now: Instant, told_at: Instant) -> bool {
    now.saturating_duration_since(told_at) >= REPEAT
}

fn is_news(told: Bitrate, bitrate: Bitrate) -> bool {
    told.bps().abs_diff(bitrate.bps()) > told.percent(NEWS).bps()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(
        clippy::disallowed_methods,
        reason = "any instant serves as the origin of virtual time"
    )]
    fn a_cap_is_told_repeated_and_lifted() {
        let (mut cap, start) = (UplinkCap::default(), Instant::now());
        let mut told = |millis, kbps: Option<u32>| {
            let now = start + Duration::from_millis(millis);
            let told = cap.follow(now, kbps.map(Bitrate::from_kbps), Ssrc(1), Vec::new());
            told.map(|remb| remb.bitrate.kbps())
        };
        assert_eq!(told(0, None), None);
        assert_eq!(told(10, Some(400)), Some(400));
        assert_eq!(told(20, Some(410)), None);
        assert_eq!(told(30, Some(300)), Some(300));
        assert_eq!(told(1_030, Some(300)), Some(300));
        let lifted: Vec<_> = (0..60).filter_map(|tick| told(1_100 + tick * 200, None)).collect();
        assert_eq!(lifted, [UNCAPPED.kbps(); 3]);
    }
}
