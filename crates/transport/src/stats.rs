//! Counters of one path.

/// What a path did so far; every counter only grows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Authenticated connectivity checks.
    pub checks: u64,
    /// Times the peer's nominated address changed after the first nomination.
    pub address_changes: u64,
    /// RTP packets opened.
    pub rtp_opened: u64,
    /// RTCP packets opened.
    pub rtcp_opened: u64,
    /// RTP packets sealed.
    pub rtp_sealed: u64,
    /// RTCP packets sealed.
    pub rtcp_sealed: u64,
    /// Datagrams refused, for whatever reason.
    pub refused: u64,
}

impl Stats {
    /// Counts a datagram that was refused.
    pub(crate) const fn count_refusal<T, E>(&mut self, result: &Result<T, E>) {
        if result.is_err() {
            self.refused = self.refused.saturating_add(1);
        }
    }
}
