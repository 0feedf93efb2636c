//! Who of the bots does what.

use std::time::Duration;

use anyhow::ensure;
use carillon_devices::{Rhythm, ToneSource};
use carillon_facade::frame::VideoSize;
use carillon_facade::media::pattern::{Hue, TestPattern};

/// How long a talker talks before the next does.
const TURN: Duration = Duration::from_secs(3);

/// How loud they talk: soft enough to be borne for an hour.
const AMPLITUDE: i16 = 4_000;

/// The pitches of talkers, in hertz: as far apart as a person tells voices apart.
const LOWEST: f64 = 220.0;
const STEP: f64 = 60.0;
const PITCHES: u32 = 20;

/// The size of a bot's camera, small because many are encoded by one machine; and of what it shares.
const CAMERA: VideoSize = VideoSize::new(640, 360);
const CONTENT: VideoSize = VideoSize::new(1_280, 720);

/// How many do what.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) count: u32,
    pub(crate) video: u32,
    pub(crate) talkers: u32,
    pub(crate) content: u32,
    pub(crate) watch: u32,
}

/// What one of them does.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) voice: Option<ToneSource>,
    pub(crate) camera: Option<TestPattern>,
    pub(crate) content: Option<TestPattern>,
    pub(crate) watches: Watches,
}

/// Whether a bot receives videos.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Watches {
    All,
    Nothing,
}

impl Plan {
    /// # Errors
    /// When more are to do something than come.
    pub(crate) fn check(self) -> anyhow::Result<()> {
        let Self { count, video, talkers, content, watch } = self;
        let parts =
            [("video", video), ("talkers", talkers), ("content", content), ("watch", watch)];
        for (flag, part) in parts {
            ensure!(part <= count, "--{flag} {part} are more than --count {count}");
        }
        Ok(())
    }

    /// The part of a bot, by its number from 0 on. Watchers come from the end, so that they tend to do nothing else.
    pub(crate) fn part(self, number: u32) -> Part {
        let pattern = |size, hue| TestPattern::new(size, Hue::new(hue));
        let watches = number >= self.count.saturating_sub(self.watch);
        Part {
            voice: (number < self.talkers).then(|| self.voice(number)),
            camera: (number < self.video)
                .then(|| pattern(CAMERA, spread(number, self.video, 0)))
                .flatten(),
            content: (number < self.content)
                .then(|| pattern(CONTENT, spread(number, self.content, 30)))
                .flatten(),
            watches: if watches { Watches::All } else { Watches::Nothing },
        }
    }

    fn voice(self, number: u32) -> ToneSource {
        let hertz = LOWEST + STEP * f64::from(number % PITCHES);
        // One alone makes pauses as well, or it is no talker but a whistle.
        let talkers = self.talkers.max(2);
        ToneSource::new(hertz, AMPLITUDE).with_rhythm(Rhythm::in_turns(number, talkers, TURN))
    }
}

/// The hue of one of so many, as far from the others' as it can be, in degrees.
fn spread(number: u32, of: u32, first: u16) -> u16 {
    let degrees = number.saturating_mul(360).checked_div(of).unwrap_or(0) % 360;
    u16::try_from(degrees).unwrap_or(0).saturating_add(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAN: Plan = Plan { count: 6, video: 2, talkers: 3, content: 1, watch: 1 };

    #[test]
    fn as_many_as_asked_for_do_each_thing() {
        let parts: Vec<Part> = (0..PLAN.count).map(|number| PLAN.part(number)).collect();
        let count = |does: fn(&Part) -> bool| parts.iter().filter(|part| does(part)).count();
        assert_eq!(count(|part| part.camera.is_some()), 2);
        assert_eq!(count(|part| part.voice.is_some()), 3);
        assert_eq!(count(|part| part.content.is_some()), 1);
        assert_eq!(count(|part| part.watches == Watches::All), 1);
        assert_eq!(parts.last().unwrap().watches, Watches::All);
        assert_eq!([0, 1, 2].map(|number| spread(number, 3, 0)), [0, 120, 240]);
    }

    #[test]
    fn more_than_come_cannot_do_anything() {
        assert!(PLAN.check().is_ok());
        let error = Plan { video: 7, ..PLAN }.check().unwrap_err();
        assert_eq!(error.to_string(), "--video 7 are more than --count 6");
    }
}
