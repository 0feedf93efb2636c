//! Copies of earlier frames behind each frame of the mix, for clients that lose packets (RFC 2198).

use std::collections::VecDeque;

use carillon_frame::MediaTime;
use carillon_rtp::PayloadType;

use crate::negotiation::SentAudio;

/// The most copies a packet carries: a frame is lost for good only if three packets in a row are; a third copy would
/// cost as much again and help in bursts only.
const MAX_COPIES: usize = 2;

/// The longest frame that is copied, in bytes: ten bits count them (RFC 2198 section 3).
const MAX_COPY_BYTES: usize = 1_023;

/// Above all further copies a packet must stay below what networks carry whole.
const MAX_PACKET_BYTES: usize = 1_000;

/// Losses, in 1/256, from which one and two copies are sent: about 2 % and 8 %.
/// Below, a decoder conceals what is missing nearly unheard; each copy adds the bitrate of the sound once more.
const ONE_COPY_FROM: u8 = 5;
const TWO_COPIES_FROM: u8 = 20;

/// The latest frames of one stream, and how many of them go along.
#[derive(Debug, Default)]
pub(crate) struct Redundancy {
    copies: usize,
    recent: VecDeque<(MediaTime, Vec<u8>)>,
}

impl Redundancy {
    /// Follows what the client says it loses, in 1/256.
    pub(crate) const fn follow(&mut self, fraction_lost: u8) {
        self.copies = match fraction_lost {
            TWO_COPIES_FROM.. => MAX_COPIES,
            ONE_COPY_FROM.. => 1,
            _ => 0,
        };
    }

    /// Writes a frame, with copies if it takes any, and says in which format.
    pub(crate) fn write(
        &mut self,
        audio: &SentAudio,
        timestamp: MediaTime,
        frame: &[u8],
        out: &mut Vec<u8>,
    ) -> PayloadType {
        let format = match audio.redundancy.filter(|_| self.copies > 0) {
            Some(red) => {
                self.write_copies(audio.payload_type, timestamp, frame, out);
                red
            }
            None => audio.payload_type,
        };
        out.extend_from_slice(frame);
        self.remember(timestamp, frame);
        format
    }

    /// Writes the headers of all blocks and the copies; the frame itself comes behind them.
    fn write_copies(
        &self,
        opus: PayloadType,
        timestamp: MediaTime,
        frame: &[u8],
        out: &mut Vec<u8>,
    ) {
        let room = MAX_PACKET_BYTES.saturating_sub(frame.len());
        let mut used: usize = 0;
        let fits = |(_, copy): &&(MediaTime, Vec<u8>)| {
            used = used.saturating_add(copy.len());
            copy.len() <= MAX_COPY_BYTES && used <= room
        };
        let newest_first = self.recent.iter().rev().take(self.copies).take_while(fits);
        let copies: Vec<&(MediaTime, Vec<u8>)> = newest_first.collect();
        for (then, copy) in copies.iter().rev() {
            out.extend_from_slice(&block_header(opus, timestamp.distance_from(*then), copy.len()));
        }
        out.push(opus.number());
        for (_, copy) in copies.iter().rev() {
            out.extend_from_slice(copy);
        }
    }

    fn remember(&mut self, timestamp: MediaTime, frame: &[u8]) {
        let mut buffer = if self.recent.len() >= MAX_COPIES {
            self.recent.pop_front().map(|(_, buffer)| buffer).unwrap_or_default()
        } else {
            Vec::new()
        };
        buffer.clear();
        buffer.extend_from_slice(frame);
        self.recent.push_back((timestamp, buffer));
    }
}

/// A redundant block's header: the format, how many ticks ago, how long (RFC 2198 section 3).
fn block_header(format: PayloadType, ticks_ago: i32, length: usize) -> [u8; 4] {
    let offset = u32::try_from(ticks_ago).unwrap_or(0) & 0x3fff;
    let length = u32::try_from(length).unwrap_or(0) & 0x3ff;
    let word = (0x80 | u32::from(format.number())) << 24 | offset << 10 | length;
    word.to_be_bytes()
}

#[cfg(test)]
mod tests {
    use carillon_frame::Ssrc;
    use carillon_rtp::payload::red::RedPayload;

    use super::*;

    fn audio(redundancy: Option<u8>) -> SentAudio {
        SentAudio {
            transport_sequence: None,
            ssrc: Ssrc(1),
            payload_type: PayloadType::new(111).unwrap(),
            redundancy: redundancy.and_then(PayloadType::new),
        }
    }

    fn packets(redundancy: &mut Redundancy, audio: &SentAudio) -> Vec<(u8, Vec<u8>)> {
        (0..4_u8)
            .map(|index| {
                let mut packet = Vec::new();
                let time = MediaTime(u32::from(index) * 960);
                let frame = vec![index; 10 + usize::from(index)];
                let format = redundancy.write(audio, time, &frame, &mut packet);
                (format.number(), packet)
            })
            .collect()
    }

    #[test]
    fn a_client_that_loses_much_gets_two_copies_of_each_frame() {
        let mut redundancy = Redundancy::default();
        redundancy.follow(40);
        let sent = packets(&mut redundancy, &audio(Some(63)));
        assert!(sent.iter().all(|(format, _)| *format == 63));
        let last = RedPayload::parse(&sent[3].1).unwrap();
        assert_eq!(last.primary().payload, [3; 13]);
        let copies: Vec<_> =
            last.copies().map(|copy| (copy.timestamp_offset, copy.payload[0])).collect();
        assert_eq!(copies, [(1_920, 1), (960, 2)]);
    }

    #[test]
    fn who_loses_nothing_or_knows_no_copies_gets_the_frame_alone() {
        let mut redundancy = Redundancy::default();
        assert_eq!(packets(&mut redundancy, &audio(Some(63)))[3], (111, vec![3; 13]));
        redundancy.follow(255);
        assert_eq!(packets(&mut redundancy, &audio(None))[3], (111, vec![3; 13]));
    }
}
