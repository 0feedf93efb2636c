//! A source that says nothing.

use carillon_frame::{AudioFrame, AudioSource, Captured};

/// Endless silence, in frames: it is sent like sound, where a source with nothing new leaves that to the session.
#[derive(Clone, Copy, Debug, Default)]
pub struct SilenceSource;

impl AudioSource for SilenceSource {
    fn next_frame(&mut self, frame: &mut AudioFrame) -> Captured<()> {
        *frame = AudioFrame::SILENCE;
        Captured::Frame(())
    }
}
