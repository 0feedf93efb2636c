//! Whether somebody was heard.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use carillon_facade::frame::{AudioFrame, AudioLevel, AudioSink};
use carillon_facade::media::audio_level;

/// What is louder than this is somebody, and not the noise of a codec.
const SOMEBODY: AudioLevel = AudioLevel::from_attenuation_db(50);

/// An output that only remembers whether there was ever more than noise.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ear(Arc<AtomicBool>);

impl Ear {
    pub(crate) fn has_heard(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl AudioSink for Ear {
    fn play(&mut self, frame: &AudioFrame) {
        if !self.has_heard() && audio_level(frame).is_louder_than(SOMEBODY) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_louder_than_noise_is_heard() {
        let mut ear = Ear::default();
        ear.play(&AudioFrame::new([40; 960]));
        assert!(!ear.has_heard());
        ear.play(&AudioFrame::new([4_000; 960]));
        ear.play(&AudioFrame::SILENCE);
        assert!(ear.has_heard());
    }
}
