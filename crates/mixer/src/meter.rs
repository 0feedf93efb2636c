//! How loud a source was just now.

use carillon_frame::AudioLevel;

/// Over how many ticks the loudest level counts: 200 ms, the cadence at which clients expect volumes.
///
/// Fewer make the volume flicker between syllables, more make it lag behind the voice.
const WINDOW: usize = 10;

/// The loudest level of the last [`WINDOW`] ticks.
#[derive(Debug, Default)]
pub(crate) struct LevelMeter {
    recent: [AudioLevel; WINDOW],
    since_tick: AudioLevel,
}

impl LevelMeter {
    /// Takes note of a level.
    pub(crate) const fn observe(&mut self, level: AudioLevel) {
        self.since_tick = self.since_tick.louder(level);
    }

    /// Closes a tick: what was observed since the last one moves into the window.
    pub(crate) fn tick(&mut self) {
        self.recent.rotate_right(1);
        if let Some(newest) = self.recent.first_mut() {
            *newest = std::mem::take(&mut self.since_tick);
        }
    }

    /// The loudest level of the window; silence when nothing came.
    pub(crate) fn level(&self) -> AudioLevel {
        self.recent.iter().copied().fold(self.since_tick, AudioLevel::louder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peak_is_held_for_the_window_and_then_forgotten() {
        let mut meter = LevelMeter::default();
        let speech = AudioLevel::from_attenuation_db(30);
        meter.observe(speech);
        for _ in 0..WINDOW {
            meter.tick();
            assert_eq!(meter.level(), speech);
        }
        meter.tick();
        assert_eq!(meter.level(), AudioLevel::SILENCE);
    }
}
