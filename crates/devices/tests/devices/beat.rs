//! The beat of a session: a frame each 20 ms, which real devices ask for.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Instant;

use carillon_devices::{Microphone, Speaker, ToneSource};
use carillon_frame::{AudioFrame, AudioSink as _, AudioSource as _, Captured, FRAME_DURATION};
use carillon_testkit::ear::Ear;

/// How many frames are judged at once: 100 ms, the least that the ear needs.
///
/// While a ring settles its sound is up to half a percent too high or too low, which a longer look takes for noise.
const HEARD: usize = 5;

/// How loud the tone is.
const AMPLITUDE: i16 = 8_000;

/// How many frames a test waits for what should come: ten seconds, of which a busy machine may need some.
const PATIENCE: usize = 500;

/// A session that plays a tone and listens.
pub(crate) struct Session {
    beats: (Sender<()>, Receiver<()>),
    next: Instant,
    pub(crate) speaker: Speaker,
    pub(crate) microphone: Microphone,
    tone: ToneSource,
}

impl Session {
    #[expect(clippy::disallowed_methods, reason = "devices run in real time, and so must we")]
    pub(crate) fn new(speaker: Speaker, microphone: Microphone) -> Self {
        let (beats, tone) = (channel(), ToneSource::new(440.0, AMPLITUDE));
        Self { beats, next: Instant::now(), speaker, microphone, tone }
    }

    /// The next frame, when it is due.
    #[expect(clippy::disallowed_methods, reason = "devices run in real time, and so must we")]
    pub(crate) fn beat(&mut self) -> Captured<AudioFrame> {
        self.next += FRAME_DURATION;
        // Nobody sends anything: this is the clock that a session beats by.
        let left = self.next.saturating_duration_since(Instant::now());
        assert!(self.beats.1.recv_timeout(left).is_err());
        let mut frame = AudioFrame::SILENCE;
        self.tone.next_frame(&mut frame);
        self.speaker.play(&frame);
        match self.microphone.next_frame(&mut frame) {
            Captured::Frame(()) => Captured::Frame(frame),
            Captured::Nothing => Captured::Nothing,
            Captured::Ended => Captured::Ended,
        }
    }

    /// Goes on until the tone is heard as it was sent, for 100 ms without a gap.
    pub(crate) fn listen_for_tone(&mut self) {
        let (ear, mut heard, mut last) = (Ear::new(&[330, 440, 550]), Vec::new(), None);
        for _ in 0..PATIENCE {
            if let Captured::Frame(frame) = self.beat() {
                heard.push(frame);
            }
            if heard.len() < HEARD {
                continue;
            }
            let judged = ear.hear_frames(&heard.split_off(heard.len() - HEARD));
            heard.clear();
            let loud = f64::from(AMPLITUDE);
            let off = (judged.amplitude(440) - loud).abs();
            if judged.tones() == [440] && off < loud / 10.0 && judged.rest < loud / 4.0 {
                return;
            }
            last = Some(judged);
        }
        let stats = (self.speaker.monitor().stats(), self.microphone.monitor().stats());
        panic!("the tone is not heard: {last:?}, {stats:?}");
    }

    /// Goes on until something is so.
    pub(crate) fn wait_for<T>(
        &mut self,
        mut what: impl FnMut(&mut Self, &Captured<AudioFrame>) -> Option<T>,
    ) -> T {
        for _ in 0..PATIENCE {
            let captured = self.beat();
            if let Some(found) = what(self, &captured) {
                return found;
            }
        }
        panic!("it did not become so");
    }
}
