//! Copies of earlier frames behind each frame of the mix, for clients that lose packets (RFC 2198).

use std::collections::VecDeque;

use carillon_frame::MediaTime;
use carillon_rtp::PayloadType;
use carillon_rtp::payload::red::{RedBlock, write_red};

use crate::negotiation::SentAudio;

/// The most copies a packet carries: a frame is lost for good only if three packets in a row are; a third copy would
/// cost as much again and help in bursts only.
const MAX_COPIES: usize = 2;

/// With its copies a frame must stay below what networks carry whole.
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
            None => {
                out.extend_from_slice(frame);
                audio.payload_type
            }
        };
        self.remember(timestamp, frame);
        format
    }

    fn write_copies(
        &self,
        payload_type: PayloadType,
        timestamp: MediaTime,
        payload: &[u8],
        out: &mut Vec<u8>,
    ) {
        let kept = self.recent.len().saturating_sub(self.copies);
        let copies = self.recent.iter().skip(kept).map(|(then, copy)| RedBlock {
            payload_type,
            // Beyond what a header can say, so that the copy is left out.
            timestamp_offset: u16::try_from(timestamp.distance_from(*then)).unwrap_or(u16::MAX),
            payload: copy,
        });
        let primary = RedBlock { payload_type, timestamp_offset: 0, payload };
        write_red(copies, primary, MAX_PACKET_BYTES, out);
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
