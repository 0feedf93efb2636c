//! From bytes to [`Rtcp`].

use carillon_frame::{Bitrate, MediaTime, SeqNo, Ssrc};
use rtc_rtcp::goodbye::Goodbye;
use rtc_rtcp::payload_feedbacks::full_intra_request::FullIntraRequest;
use rtc_rtcp::payload_feedbacks::picture_loss_indication::PictureLossIndication;
use rtc_rtcp::payload_feedbacks::receiver_estimated_maximum_bitrate::ReceiverEstimatedMaximumBitrate;
use rtc_rtcp::reception_report::ReceptionReport;
use rtc_rtcp::source_description::{SdesType, SourceDescription as RtcSourceDescription};
use rtc_rtcp::transport_feedbacks::transport_layer_cc::TransportLayerCc;
use rtc_rtcp::transport_feedbacks::transport_layer_nack::TransportLayerNack;
use rtc_rtcp::{receiver_report, sender_report};
use rtc_shared::marshal::Unmarshal;

use super::{
    Bye, Cname, Fir, MalformedRtcp, Nack, Pli, ReceiverReport, Remb, ReportBlock, Rtcp, RtcpError,
    SenderReport, SourceDescription, TransportFeedback,
};
use crate::ntp::{NtpTime, ShortNtp, ShortSpan};

/// The longest compound that is read, in octets.
///
/// Clients keep theirs inside one datagram of 1,200; less would refuse honest ones on larger paths,
/// more would let one datagram cost more work.
pub const MAX_COMPOUND_SIZE: usize = 2_048;

/// The most packets that are read from one compound.
///
/// Browsers join a handful; less would drop the reports of endpoints with many streams, more would
/// let one datagram ask for more work.
pub const MAX_COMPOUND_PACKETS: usize = 32;

/// The most packets that one transport feedback may cover.
///
/// At feedback every 100 ms it is 40,000 packets a second; less could hide a burst, more would let
/// four octets of run length unfold into more memory.
pub const MAX_FEEDBACK_STATUSES: u16 = 4_096;

const HEADER_SIZE: usize = 4;

/// Reads the packets of a compound, or a single one (RFC 5506), and leaves out kinds nobody acts on.
///
/// # Errors
///
/// Refuses the whole compound when one of its packets is cut short, malformed or over a limit.
pub fn parse_compound(bytes: &[u8]) -> Result<Vec<Rtcp>, RtcpError> {
    if bytes.len() > MAX_COMPOUND_SIZE {
        return Err(RtcpError::TooLong { len: bytes.len(), limit: MAX_COMPOUND_SIZE });
    }
    let mut rest = bytes;
    let mut packets = Vec::new();
    for _ in 0..MAX_COMPOUND_PACKETS {
        let (packet, behind) = split_packet(rest)?;
        packets.extend(parse_packet(packet)?);
        if behind.is_empty() {
            return Ok(packets);
        }
        rest = behind;
    }
    Err(RtcpError::TooManyPackets { limit: MAX_COMPOUND_PACKETS })
}

fn split_packet(bytes: &[u8]) -> Result<(&[u8], &[u8]), RtcpError> {
    let [flags, _, l0, l1] = bytes.first_chunk::<HEADER_SIZE>().ok_or(RtcpError::Truncated)?;
    let version = flags >> 6;
    if version != 2 {
        return Err(RtcpError::Version { found: version });
    }
    let words = usize::from(u16::from_be_bytes([*l0, *l1])).saturating_add(1);
    bytes.split_at_checked(words.saturating_mul(4)).ok_or(RtcpError::Truncated)
}

/// The packet types and feedback formats of RFC 3550 section 12.1, RFC 4585 section 6 and RFC 5104.
fn parse_packet(packet: &[u8]) -> Result<Option<Rtcp>, RtcpError> {
    let [flags, packet_type, ..] = *packet else { return Err(RtcpError::Truncated) };
    let rtcp = match (packet_type, flags & 0x1f) {
        (200, _) => Rtcp::SenderReport(read::<sender_report::SenderReport>(packet)?.into()),
        (201, _) => Rtcp::ReceiverReport(read::<receiver_report::ReceiverReport>(packet)?.into()),
        (202, _) => Rtcp::SourceDescription(read::<RtcSourceDescription>(packet)?.into()),
        (203, _) => Rtcp::Bye(read::<Goodbye>(packet)?.into()),
        (205, 1) => Rtcp::Nack(read::<TransportLayerNack>(packet)?.into()),
        (205, 15) => {
            check_status_count(packet)?;
            Rtcp::TransportFeedback(TransportFeedback::from_wire(&read::<TransportLayerCc>(
                packet,
            )?))
        }
        (206, 1) => Rtcp::Pli(read::<PictureLossIndication>(packet)?.into()),
        (206, 4) => Rtcp::Fir(read::<FullIntraRequest>(packet)?.into()),
        (206, 15) if is_remb(packet) => {
            Rtcp::Remb(read::<ReceiverEstimatedMaximumBitrate>(packet)?.into())
        }
        _ => return Ok(None),
    };
    Ok(Some(rtcp))
}

fn read<P: Unmarshal>(mut packet: &[u8]) -> Result<P, RtcpError> {
    let packet_type = packet.get(1).copied().unwrap_or(0);
    P::unmarshal(&mut packet)
        .map_err(|error| RtcpError::Malformed { packet_type, source: MalformedRtcp::from(error) })
}

fn check_status_count(packet: &[u8]) -> Result<(), RtcpError> {
    let octets = packet.get(14..).and_then(<[u8]>::first_chunk).ok_or(RtcpError::Truncated)?;
    let count = u16::from_be_bytes(*octets);
    if count > MAX_FEEDBACK_STATUSES {
        return Err(RtcpError::TooManyStatuses { count, limit: MAX_FEEDBACK_STATUSES });
    }
    Ok(())
}

/// Application layer feedback is anybody's; this kind starts with four letters after the SSRCs.
fn is_remb(packet: &[u8]) -> bool {
    packet.get(12..16) == Some(b"REMB")
}

impl From<sender_report::SenderReport> for SenderReport {
    fn from(wire: sender_report::SenderReport) -> Self {
        Self {
            ssrc: Ssrc(wire.ssrc),
            ntp: NtpTime(wire.ntp_time),
            rtp: MediaTime(wire.rtp_time),
            packets: wire.packet_count,
            octets: wire.octet_count,
            blocks: wire.reports.iter().map(ReportBlock::from).collect(),
        }
    }
}

impl From<receiver_report::ReceiverReport> for ReceiverReport {
    fn from(wire: receiver_report::ReceiverReport) -> Self {
        let blocks = wire.reports.iter().map(ReportBlock::from).collect();
        Self { sender: Ssrc(wire.ssrc), blocks }
    }
}

impl From<&ReceptionReport> for ReportBlock {
    fn from(wire: &ReceptionReport) -> Self {
        let last_sender_report = Some(wire.last_sender_report).filter(|middle| *middle != 0);
        Self {
            ssrc: Ssrc(wire.ssrc),
            fraction_lost: wire.fraction_lost,
            cumulative_lost: (wire.total_lost << 8).cast_signed() >> 8,
            highest_seq: wire.last_sequence_number,
            jitter: wire.jitter,
            last_sender_report: last_sender_report.map(ShortNtp),
            since_sender_report: ShortSpan(wire.delay),
        }
    }
}

impl From<RtcSourceDescription> for SourceDescription {
    fn from(wire: RtcSourceDescription) -> Self {
        let names = wire.chunks.into_iter().filter_map(|chunk| {
            let item =
                chunk.items.into_iter().find(|item| item.sdes_type == SdesType::SdesCname)?;
            Some((Ssrc(chunk.source), Cname::new(item.text)?))
        });
        Self { names: names.collect() }
    }
}

impl From<Goodbye> for Bye {
    fn from(wire: Goodbye) -> Self {
        Self { sources: wire.sources.into_iter().map(Ssrc).collect() }
    }
}

impl From<TransportLayerNack> for Nack {
    fn from(wire: TransportLayerNack) -> Self {
        Self {
            sender: Ssrc(wire.sender_ssrc),
            media: Ssrc(wire.media_ssrc),
            lost: wire.nacks.into_iter().flatten().map(SeqNo).collect(),
        }
    }
}

impl From<PictureLossIndication> for Pli {
    fn from(wire: PictureLossIndication) -> Self {
        Self { sender: Ssrc(wire.sender_ssrc), media: Ssrc(wire.media_ssrc) }
    }
}

impl From<FullIntraRequest> for Fir {
    fn from(wire: FullIntraRequest) -> Self {
        let requests = wire.fir.iter().map(|entry| (Ssrc(entry.ssrc), entry.sequence_number));
        Self { sender: Ssrc(wire.sender_ssrc), requests: requests.collect() }
    }
}

impl From<ReceiverEstimatedMaximumBitrate> for Remb {
    fn from(wire: ReceiverEstimatedMaximumBitrate) -> Self {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a float is cut to the integer's range, and more than that is no bitrate"
        )]
        let bits_per_second = wire.bitrate as u64;
        Self {
            sender: Ssrc(wire.sender_ssrc),
            bitrate: Bitrate::from_bps(bits_per_second),
            streams: wire.ssrcs.into_iter().map(Ssrc).collect(),
        }
    }
}
