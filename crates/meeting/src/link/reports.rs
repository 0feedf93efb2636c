//! The reports both sides exchange each second, and what they say about the path (RFC 3550 section 6).

use std::time::{Duration, Instant};

use carillon_frame::Ssrc;
use carillon_rtp::{
    NtpTime, Rtcp,
    rtcp::{Cname, ReceiverReport, ReportBlock, SourceDescription},
};
use carillon_signaling::Epoch;

use super::sent::SentStream;

/// How often reports are sent: browsers send theirs at this rate; less makes lip-sync and quality figures slow, more
/// costs packets.
const INTERVAL: Duration = Duration::from_secs(1);

/// The most blocks a report can hold: five bits count them (RFC 3550 section 6.4.1).
const MAX_BLOCKS: usize = 31;

/// The share of lost packets, in 1/256, from which a path counts as weak: about 5 %, where Opus' own repair begins to
/// be heard.
const WEAK_LOSS: u8 = 13;

/// How long what a report said about loss stands: two reports missed in a row say nothing.
const LOSS_MEMORY: Duration = Duration::from_secs(3);

/// How well a client receives what it is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quality {
    /// Next to nothing is lost.
    Good,
    /// So much is lost that it can be heard.
    Weak,
}

/// When to report, and what the client reported.
#[derive(Debug)]
pub(crate) struct ReportClock {
    epoch: Epoch,
    due: Instant,
    last_loss: Option<(Instant, u8)>,
    now: Instant,
}

impl ReportClock {
    pub(crate) fn new(now: Instant, epoch: Epoch) -> Self {
        Self { epoch, due: after(now), last_loss: None, now }
    }

    pub(crate) const fn due(&self) -> Instant {
        self.due
    }

    /// Whether it is time to report; if so, the next report is scheduled.
    pub(crate) fn is_due(&mut self, now: Instant) -> bool {
        self.now = now;
        let is_due = now >= self.due;
        if is_due {
            self.due = after(now);
        }
        is_due
    }

    /// Takes note of what the client says it lost.
    pub(crate) fn handle_blocks(&mut self, now: Instant, blocks: &[ReportBlock]) {
        if let Some(worst) = blocks.iter().map(|block| block.fraction_lost).max() {
            self.last_loss = Some((now, worst));
        }
    }

    pub(crate) fn quality(&self) -> Quality {
        match self.last_loss {
            Some((at, loss))
                if loss >= WEAK_LOSS && self.now.saturating_duration_since(at) < LOSS_MEMORY =>
            {
                Quality::Weak
            }
            Some(_) | None => Quality::Good,
        }
    }

    /// Everything there is to report: how much was sent, and how well everything was received.
    pub(crate) fn compound<'a>(
        &self,
        now: Instant,
        reporter: Ssrc,
        sent: impl Iterator<Item = &'a SentStream>,
        mut blocks: Vec<ReportBlock>,
    ) -> Vec<Rtcp> {
        let ntp = NtpTime::from_unix(Duration::from_millis(self.epoch.wall_time(now).as_millis()));
        blocks.truncate(MAX_BLOCKS);
        let mut names = Vec::new();
        let mut packets: Vec<Rtcp> = Vec::new();
        for stream in sent {
            let Some(mut report) = stream.sending().sender_report(now, ntp) else { continue };
            report.blocks = std::mem::take(&mut blocks);
            packets.push(Rtcp::SenderReport(report));
            names.push(stream.ssrc());
        }
        if packets.is_empty() && blocks.is_empty() {
            return packets;
        }
        if packets.is_empty() {
            packets.push(Rtcp::ReceiverReport(ReceiverReport { sender: reporter, blocks }));
            names.push(reporter);
        }
        let cname = |ssrc| Some((ssrc, Cname::new(crate::sdp::CNAME)?));
        let names = names.into_iter().filter_map(cname).collect();
        packets.push(Rtcp::SourceDescription(SourceDescription { names }));
        packets
    }
}

fn after(now: Instant) -> Instant {
    now.checked_add(INTERVAL).unwrap_or(now)
}
