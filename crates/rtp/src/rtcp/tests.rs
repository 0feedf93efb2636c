use std::time::Duration;

use proptest::prelude::*;

use super::*;

fn written(packets: &[Rtcp]) -> Vec<u8> {
    let mut out = Vec::new();
    write_compound(packets, &mut out);
    out
}

fn round_trip(packets: &[Rtcp]) {
    assert_eq!(parse_compound(&written(packets)).unwrap(), packets);
}

fn block(ssrc: u32) -> ReportBlock {
    ReportBlock {
        ssrc: Ssrc(ssrc),
        fraction_lost: 12,
        cumulative_lost: -3,
        highest_seq: 0x0001_0005,
        jitter: 90,
        last_sender_report: Some(ShortNtp(0x1234_5678)),
        since_sender_report: ShortSpan(65_536),
    }
}

fn blocks_of(packet: Rtcp) -> Vec<ReportBlock> {
    match packet {
        Rtcp::SenderReport(report) => report.blocks,
        Rtcp::ReceiverReport(report) => report.blocks,
        Rtcp::SourceDescription(_)
        | Rtcp::Bye(_)
        | Rtcp::Nack(_)
        | Rtcp::Pli(_)
        | Rtcp::Fir(_)
        | Rtcp::TransportFeedback(_)
        | Rtcp::Remb(_) => Vec::new(),
    }
}

fn sender_report(blocks: Vec<ReportBlock>) -> SenderReport {
    SenderReport {
        ssrc: Ssrc(1),
        ntp: NtpTime::from_unix(Duration::from_secs(1_700_000_000)),
        rtp: MediaTime(90_000),
        packets: 10,
        octets: 1_000,
        blocks,
    }
}

#[test]
fn a_full_compound_reads_as_written() {
    let name = Cname::new("carillon").unwrap();
    round_trip(&[
        Rtcp::SenderReport(sender_report(vec![block(7)])),
        Rtcp::SourceDescription(SourceDescription { names: vec![(Ssrc(1), name)] }),
        Rtcp::Bye(Bye { sources: vec![Ssrc(1), Ssrc(2)] }),
    ]);
}

#[test]
fn feedback_reads_as_written_without_a_report_before_it() {
    let (sender, media) = (Ssrc(1), Ssrc(9));
    round_trip(&[Rtcp::Pli(Pli { sender, media })]);
    round_trip(&[Rtcp::Fir(Fir { sender, requests: vec![(media, 4)] })]);
    let lost = [65_534, 65_535, 0, 1, 40].map(SeqNo).to_vec();
    round_trip(&[Rtcp::Nack(Nack { sender, media, lost })]);
    let remb = Remb { sender, bitrate: Bitrate::from_kbps(2_500), streams: vec![media] };
    round_trip(&[Rtcp::Remb(remb)]);
    round_trip(&[Rtcp::ReceiverReport(ReceiverReport { sender, blocks: vec![] })]);
}

#[test]
fn a_first_report_before_any_sender_report_stays_empty() {
    let block =
        ReportBlock { last_sender_report: None, since_sender_report: ShortSpan(0), ..block(5) };
    round_trip(&[Rtcp::ReceiverReport(ReceiverReport { sender: Ssrc(1), blocks: vec![block] })]);
}

#[test]
fn reports_about_many_streams_go_on_in_the_next_packet() {
    let blocks: Vec<_> = (0..70).map(block).collect();
    let bytes = written(&[Rtcp::SenderReport(sender_report(blocks.clone()))]);
    let read: Vec<_> = parse_compound(&bytes).unwrap().into_iter().flat_map(blocks_of).collect();
    assert_eq!(read, blocks);
}

#[test]
fn a_name_too_long_to_write_cannot_be_made() {
    assert!(Cname::new(vec![b'a'; 256]).is_none());
    let name = Cname::new(vec![b'a'; 255]).unwrap();
    round_trip(&[Rtcp::SourceDescription(SourceDescription { names: vec![(Ssrc(1), name)] })]);
}

#[test]
fn a_description_pads_with_null_octets() {
    let name = Cname::new("ab").unwrap();
    let names = vec![(Ssrc(1), name)];
    let bytes = written(&[Rtcp::SourceDescription(SourceDescription { names })]);
    assert_eq!(bytes, [0x81, 202, 0, 3, 0, 0, 0, 1, 1, 2, b'a', b'b', 0, 0, 0, 0]);
}

#[test]
fn unknown_kinds_are_left_out_and_the_rest_is_read() {
    let extended_report = [0x80, 207, 0, 1, 0, 0, 0, 1];
    let mut bytes = extended_report.to_vec();
    let pli = Rtcp::Pli(Pli { sender: Ssrc(1), media: Ssrc(2) });
    write_compound(std::slice::from_ref(&pli), &mut bytes);
    assert_eq!(parse_compound(&bytes).unwrap(), [pli]);
}

#[test]
fn limits_are_errors_with_names() {
    let long = vec![0; MAX_COMPOUND_SIZE + 1];
    assert!(matches!(parse_compound(&long), Err(RtcpError::TooLong { .. })));
    let many = [0x80, 207, 0, 0].repeat(MAX_COMPOUND_PACKETS + 1);
    assert!(matches!(parse_compound(&many), Err(RtcpError::TooManyPackets { .. })));
    assert!(parse_compound(&many[4..]).unwrap().is_empty());
    let mut wide = vec![0x8f, 205, 0, 4, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0xff, 0xff, 0, 0, 0, 0];
    wide[3] = 5;
    wide.extend_from_slice(&[0, 0, 0, 0]);
    let refused = parse_compound(&wide);
    assert!(matches!(refused, Err(RtcpError::TooManyStatuses { count: 0xffff, .. })));
}

#[test]
fn cut_and_foreign_bytes_are_refused() {
    assert!(matches!(parse_compound(&[]), Err(RtcpError::Truncated)));
    let pli = written(&[Rtcp::Pli(Pli { sender: Ssrc(1), media: Ssrc(2) })]);
    assert!(matches!(parse_compound(&pli[..8]), Err(RtcpError::Truncated)));
    assert!(matches!(parse_compound(&[0; 8]), Err(RtcpError::Version { found: 0 })));
    let short = [0x80, 200, 0, 0];
    assert!(matches!(parse_compound(&short), Err(RtcpError::Malformed { packet_type: 200, .. })));
}

#[test]
fn long_runs_cost_two_octets() {
    let mut arrivals = vec![Some(ArrivalDelta(1))];
    arrivals.extend([None; 4_000]);
    arrivals.push(Some(ArrivalDelta(1)));
    let feedback = TransportFeedback {
        sender: Ssrc(1),
        media: Ssrc(2),
        base: SeqNo(0),
        reference_time: 0,
        count: 0,
        arrivals,
    };
    let bytes = written(&[Rtcp::TransportFeedback(feedback)]);
    // Header 20, two vectors or runs around one run, two deltas, padding.
    assert_eq!(bytes.len(), 28);
}

fn any_arrivals() -> impl Strategy<Value = Vec<Option<ArrivalDelta>>> {
    let delta = prop_oneof![Just(4_i16), 0_i16..256, any::<i16>()];
    let one = prop_oneof![
        6 => delta.prop_map(|ticks| Some(ArrivalDelta(ticks))),
        1 => Just(None),
    ];
    let run = prop_oneof![
        prop::collection::vec(one, 1..30),
        (0_usize..40).prop_map(|len| vec![None; len]),
        (0_usize..40).prop_map(|len| vec![Some(ArrivalDelta(1)); len]),
    ];
    prop::collection::vec(run, 1..8).prop_map(|runs| runs.concat())
}

proptest! {
    #[test]
    fn any_arrivals_read_as_written(arrivals in any_arrivals(), base in any::<u16>()) {
        let feedback = Rtcp::TransportFeedback(TransportFeedback {
            sender: Ssrc(1),
            media: Ssrc(2),
            base: SeqNo(base),
            reference_time: 0x00ab_cdef,
            count: 200,
            arrivals,
        });
        let packets = [feedback];
        prop_assert_eq!(parse_compound(&written(&packets)).unwrap(), packets);
    }

    #[test]
    fn any_bytes_are_read_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        crate::properties::compound(&bytes);
    }

    #[test]
    fn any_body_of_a_known_kind_is_read_without_panic(
        flags in 0x80_u8..=0xbf,
        packet_type in 200_u8..=207,
        words in 0_u16..40,
        body in prop::collection::vec(any::<u8>(), 160),
    ) {
        let mut bytes = vec![flags, packet_type];
        bytes.extend_from_slice(&words.to_be_bytes());
        bytes.extend_from_slice(&body);
        bytes.truncate(4 + usize::from(words) * 4);
        crate::properties::compound(&bytes);
    }
}
