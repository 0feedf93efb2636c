//! Encoded sound as a test wrote it down.

use carillon_frame::{Captured, EncodedAudio, EncodedAudioSource};

/// Says these, one each 20 ms, then ends.
pub(super) struct Script(pub(super) Vec<Captured<EncodedAudio>>);

impl EncodedAudioSource for Script {
    fn next_packet(&mut self) -> Captured<EncodedAudio> {
        if self.0.is_empty() { Captured::Ended } else { self.0.remove(0) }
    }
}
