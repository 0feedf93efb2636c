//! Figures as people read them.

use std::time::Duration;

use carillon_facade::frame::Bitrate;

/// A bitrate in three digits or so: `340 kbit/s`, `1.2 Mbit/s`.
pub(crate) fn bitrate(bitrate: Bitrate) -> String {
    match bitrate.kbps() {
        kbps @ 0..1_000 => format!("{kbps} kbit/s"),
        kbps => format!("{:.1} Mbit/s", f64::from(kbps) / 1_000.0),
    }
}

/// A span in whole milliseconds.
pub(crate) fn millis(span: Duration) -> String {
    format!("{:.0} ms", span.as_secs_f64() * 1_000.0)
}

/// A share of 1 in hundredths.
pub(crate) fn percent(share: f32) -> String {
    format!("{:.1} %", share * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_three_digits_or_so() {
        assert_eq!(bitrate(Bitrate::from_kbps(340)), "340 kbit/s");
        assert_eq!(bitrate(Bitrate::from_kbps(1_234)), "1.2 Mbit/s");
        assert_eq!(millis(Duration::from_micros(12_600)), "13 ms");
        assert_eq!(percent(0.0125), "1.2 %");
    }
}
