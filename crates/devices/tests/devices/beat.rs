//! The beat of a session: a frame each 20 ms, which real devices ask for.

use std::thread;
use std::time::Instant;

use carillon_devices::{Microphone, Speaker, ToneSource};
use carillon_frame::{AudioFrame, AudioSink as _, AudioSource as _, Captured, FRAME_DURATION};
use carillon_testkit::ear::Ear;

/// How many frames are judged at once: 200 ms.
const HEARD: usize = 10;

/// How many frames a test waits for what should come: ten seconds, of which a busy machine may need some.
const PATIENCE: usize = 500;

/// A session that plays a tone and listens.
pub(crate) struct Session {
    next: Instant,
    pub(crate) speaker: Speaker,
    pub(crate) microphone: Microphone,
    tone: ToneSource,
}

impl Session {
    #[expect(clippy::disallowed_methods, reason = "devices run in real time, and so must we")]
    pub(crate) fn new(speaker: Speaker, microphone: Microphone) -> Self {
        Self { next: Instant::now(), speaker, microphone, tone: ToneSource::new(440.0, 8_000) }
    }

    /// The next frame, when it is due.
    #[expect(clippy::disallowed_methods, reason = "devices run in real time, and so must we")]
    pub(crate) fn beat(&mut self) -> Captured<AudioFrame> {
        self.next += FRAME_DURATION;
        thread::sleep(self.next.saturating_duration_since(Instant::now()));
        let mut frame = AudioFrame::SILENCE;
        self.tone.next_frame(&mut frame);
        self.speaker.play(&frame);
        match self.microphone.next_frame(&mut frame) {
            Captured::Frame(()) => Captured::Frame(frame),
            Captured::Nothing => Captured::Nothing,
            Captured::Ended => Captured::Ended,
        }
    }

    /// Goes on until the tone is heard as it was sent, for 200 ms without a flaw.
    pub(crate) fn listen_for_tone(&mut self) {
        let (ear, mut heard, mut last) = (Ear::new(&[440]), Vec::new(), None);
        for _ in 0..PATIENCE {
            if let Captured::Frame(frame) = self.beat() {
                heard.push(frame);
            }
            if heard.len() < HEARD {
                continue;
            }
            let judged = ear.hear_frames(&heard.split_off(heard.len() - HEARD));
            heard.clear();
            if (judged.amplitude(440) - 8_000.0).abs() < 800.0 && judged.rest < 400.0 {
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
