//! From [`Rtcp`] to bytes.

use bytes::Bytes;
use carillon_frame::Ssrc;
use rtc_rtcp::goodbye::Goodbye;
use rtc_rtcp::payload_feedbacks::full_intra_request::{FirEntry, FullIntraRequest};
use rtc_rtcp::payload_feedbacks::picture_loss_indication::PictureLossIndication;
use rtc_rtcp::payload_feedbacks::receiver_estimated_maximum_bitrate::ReceiverEstimatedMaximumBitrate;
use rtc_rtcp::reception_report::ReceptionReport;
use rtc_rtcp::transport_feedbacks::transport_layer_nack::{
    TransportLayerNack, nack_pairs_from_sequence_numbers,
};
use rtc_rtcp::{receiver_report, sender_report};
use rtc_shared::marshal::Marshal;

use super::{Bye, Cname, Fir, Nack, Pli, ReceiverReport, Remb, ReportBlock, Rtcp, SenderReport};
use crate::ntp::ShortNtp;

const VERSION_BITS: u8 = 2 << 6;
const SOURCE_DESCRIPTION: u8 = 202;
const CNAME: u8 = 1;

/// The most entries that the five-bit count of a report, a description or a goodbye announces.
const MAX_COUNT: usize = 31;

/// The most pairs that the library writes into one negative acknowledgement.
const MAX_NACK_PAIRS: usize = 253;

/// The most requests in one packet, which keeps it inside a datagram.
const MAX_FIR_REQUESTS: usize = 128;

/// The bounds of a cumulative loss in its 24 signed bits (RFC 3550 section 6.4.1).
const CUMULATIVE_LOST: std::ops::RangeInclusive<i32> = -0x80_0000..=0x7f_ffff;

/// Appends these packets to `out`, in this order, as one compound.
///
/// A compound that follows RFC 3550 starts with a report and names its sender; RFC 5506 allows
/// feedback alone where the SDP has `rtcp-rsize`. What one packet cannot hold goes on in the next.
pub fn write_compound(packets: &[Rtcp], out: &mut Vec<u8>) {
    for packet in packets {
        match packet {
            Rtcp::SenderReport(report) => write_sender_report(report, out),
            Rtcp::ReceiverReport(report) => write_receiver_report(report, out),
            Rtcp::SourceDescription(description) => write_names(&description.names, out),
            Rtcp::Bye(bye) => write_bye(bye, out),
            Rtcp::Nack(nack) => write_nack(nack, out),
            Rtcp::Pli(pli) => write_pli(*pli, out),
            Rtcp::Fir(fir) => write_fir(fir, out),
            Rtcp::TransportFeedback(feedback) => append(&feedback.to_wire(), out),
            Rtcp::Remb(remb) => write_remb(remb, out),
        }
    }
}

fn append(packet: &impl Marshal, out: &mut Vec<u8>) {
    let start = out.len();
    out.resize(start.saturating_add(packet.marshal_size()), 0);
    if let Some(room) = out.get_mut(start..) {
        packet.marshal_to(room).expect("the limits of the format were kept above");
    }
}

fn write_sender_report(report: &SenderReport, out: &mut Vec<u8>) {
    let (first, further) = report.blocks.split_at(report.blocks.len().min(MAX_COUNT));
    let wire = sender_report::SenderReport {
        ssrc: report.ssrc.0,
        ntp_time: report.ntp.0,
        rtp_time: report.rtp.0,
        packet_count: report.packets,
        octet_count: report.octets,
        reports: first.iter().map(wire_block).collect(),
        profile_extensions: Bytes::new(),
    };
    append(&wire, out);
    write_blocks(report.ssrc, further, out);
}

fn write_receiver_report(report: &ReceiverReport, out: &mut Vec<u8>) {
    let (first, further) = report.blocks.split_at(report.blocks.len().min(MAX_COUNT));
    append(&wire_receiver_report(report.sender, first), out);
    write_blocks(report.sender, further, out);
}

/// Goes on in receiver reports where one report is full (RFC 3550 section 6.4.2).
fn write_blocks(sender: Ssrc, blocks: &[ReportBlock], out: &mut Vec<u8>) {
    for blocks in blocks.chunks(MAX_COUNT) {
        append(&wire_receiver_report(sender, blocks), out);
    }
}

fn wire_receiver_report(sender: Ssrc, blocks: &[ReportBlock]) -> receiver_report::ReceiverReport {
    receiver_report::ReceiverReport {
        ssrc: sender.0,
        reports: blocks.iter().map(wire_block).collect(),
        profile_extensions: Bytes::new(),
    }
}

fn wire_block(block: &ReportBlock) -> ReceptionReport {
    let lost = block.cumulative_lost.clamp(*CUMULATIVE_LOST.start(), *CUMULATIVE_LOST.end());
    ReceptionReport {
        ssrc: block.ssrc.0,
        fraction_lost: block.fraction_lost,
        total_lost: lost.cast_unsigned() & 0x00ff_ffff,
        last_sequence_number: block.highest_seq,
        jitter: block.jitter,
        last_sender_report: block.last_sender_report.unwrap_or(ShortNtp(0)).0,
        delay: block.since_sender_report.0,
    }
}

/// Written here because the library ends a chunk with a padding count, where RFC 3550 section 6.5
/// has null octets.
fn write_names(names: &[(Ssrc, Cname)], out: &mut Vec<u8>) {
    for names in names.chunks(MAX_COUNT) {
        let start = out.len();
        let count = u8::try_from(names.len()).expect("a chunk has at most 31 names");
        out.extend_from_slice(&[VERSION_BITS | count, SOURCE_DESCRIPTION, 0, 0]);
        for (ssrc, name) in names {
            let len = u8::try_from(name.as_bytes().len()).expect("a name has at most 255 octets");
            out.extend_from_slice(&ssrc.0.to_be_bytes());
            out.extend_from_slice(&[CNAME, len]);
            out.extend_from_slice(name.as_bytes());
            let end = out.len().saturating_sub(start).saturating_add(1).next_multiple_of(4);
            out.resize(start.saturating_add(end), 0);
        }
        let words = out.len().saturating_sub(start) / 4;
        let words = u16::try_from(words.saturating_sub(1)).expect("31 names have 2,046 words");
        if let Some(length) = out.get_mut(start..).and_then(|packet| packet.get_mut(2..4)) {
            length.copy_from_slice(&words.to_be_bytes());
        }
    }
}

fn write_bye(bye: &Bye, out: &mut Vec<u8>) {
    for sources in bye.sources.chunks(MAX_COUNT) {
        let sources = sources.iter().map(|ssrc| ssrc.0).collect();
        append(&Goodbye { sources, reason: Bytes::new() }, out);
    }
}

fn write_nack(nack: &Nack, out: &mut Vec<u8>) {
    let lost: Vec<u16> = nack.lost.iter().map(|seq| seq.0).collect();
    for pairs in nack_pairs_from_sequence_numbers(&lost).chunks(MAX_NACK_PAIRS) {
        let wire = TransportLayerNack {
            sender_ssrc: nack.sender.0,
            media_ssrc: nack.media.0,
            nacks: pairs.to_vec(),
        };
        append(&wire, out);
    }
}

fn write_pli(pli: Pli, out: &mut Vec<u8>) {
    let wire = PictureLossIndication { sender_ssrc: pli.sender.0, media_ssrc: pli.media.0 };
    append(&wire, out);
}

fn write_fir(fir: &Fir, out: &mut Vec<u8>) {
    for requests in fir.requests.chunks(MAX_FIR_REQUESTS) {
        let entries = requests
            .iter()
            .map(|(ssrc, number)| FirEntry { ssrc: ssrc.0, sequence_number: *number });
        let wire =
            FullIntraRequest { sender_ssrc: fir.sender.0, media_ssrc: 0, fir: entries.collect() };
        append(&wire, out);
    }
}

fn write_remb(remb: &Remb, out: &mut Vec<u8>) {
    for streams in remb.streams.chunks(usize::from(u8::MAX)) {
        let wire = ReceiverEstimatedMaximumBitrate {
            sender_ssrc: remb.sender.0,
            bitrate: remb.bitrate.bps() as f32,
            ssrcs: streams.iter().map(|ssrc| ssrc.0).collect(),
        };
        append(&wire, out);
    }
}
