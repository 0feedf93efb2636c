//! From mouth to ear: one client clicks, another listens, and the time between is measured.
//!
//! A sample is spoken when a microphone would take it, which is up to a frame before the frame is handed over, and heard
//! when a speaker would play it; what devices and their drivers buffer is not in it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::ensure;
use carillon_facade::frame::{
    AudioFrame, AudioSink, AudioSource, Captured, FRAME_DURATION, FRAME_SAMPLES, SAMPLE_RATE,
};
use carillon_facade::{AudioInput, AudioOutput};

use crate::attendee::Attendee;
use crate::clock;
use crate::figures::{Spans, millis};
use crate::server::Server;

/// Clicks in a round, and the frames between two: more than any delay, and no multiple of what a codec repeats.
const CLICKS: usize = 12;
const FRAMES_APART: u32 = 37;

/// Seconds before anybody listens: buffers begin with what they know nothing of.
const SETTLING: usize = 4;

/// A click is a burst of a tone, and heard where it first exceeds this.
const LOUD: i16 = 12_000;
const HEARD: u16 = 3_000;
const BURST_SAMPLES: u32 = 480;
const BURST_PERIOD: u32 = 24;

/// A round is one meeting: how the ticks of both clients and the server lie to each other is drawn anew.
pub(crate) async fn run(server: &Server, rounds: u32) -> anyhow::Result<()> {
    let mut delays = Vec::new();
    let mut waits = Vec::new();
    for _ in 0..rounds {
        let (mut round, waited) = listen(server).await?;
        println!("{:.0} ms", millis(Spans::of(round.clone()).percentile(50)));
        delays.append(&mut round);
        waits.push(waited);
    }
    let delays = Spans::of(delays);
    let (median, p95) = (millis(delays.percentile(50)), millis(delays.percentile(95)));
    println!("mouth to ear: median {median:.1} ms, p95 {p95:.1} ms, of {} clicks", delays.count());
    println!(
        "of which the listener's buffer: median {:.1} ms",
        millis(Spans::of(waits).percentile(50))
    );
    Ok(())
}

async fn listen(server: &Server) -> anyhow::Result<(Vec<Duration>, Duration)> {
    let times = Times::default();
    let mut speaks = Attendee::new(server.place("Ada").await?);
    let mut hears = Attendee::new(server.place("Bob").await?);
    let clicker = Clicker { times: times.clone(), frames: 0 };
    let devices = speaks.session.device_controller();
    devices.start_audio_input(AudioInput::Sound(Box::new(clicker)));
    let ear = Ear { times: times.clone(), quiet: FRAME_SAMPLES };
    hears.session.device_controller().add_audio_output(AudioOutput::Sound(Box::new(ear)));
    speaks.join().await?;
    hears.join().await?;
    for _ in 0..SETTLING {
        hears.metrics().await?;
    }
    times.forget();
    let mut waits = Vec::new();
    while times.heard() < CLICKS {
        waits.push(hears.metrics().await?.audio_speaker_delay);
        ensure!(waits.len() < 60, "clicks are not heard");
    }
    let delays = times.delays();
    ensure!(!delays.is_empty(), "no click was heard");
    speaks.leave().await?;
    hears.leave().await?;
    Ok((delays, Spans::of(waits).percentile(50)))
}

/// When clicks were made, and when they were heard.
#[derive(Clone, Default)]
struct Times(Arc<Mutex<(Vec<Instant>, Vec<Instant>)>>);

impl Times {
    fn with<T>(&self, act: impl FnOnce(&mut (Vec<Instant>, Vec<Instant>)) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn forget(&self) {
        self.with(|(made, heard)| (made.clear(), heard.clear()));
    }

    fn heard(&self) -> usize {
        self.with(|(_, heard)| heard.len())
    }

    /// Each sound against the last click before it.
    fn delays(&self) -> Vec<Duration> {
        self.with(|(made, heard)| {
            let last = |at: Instant| made.iter().rev().find(|click| **click <= at).copied();
            heard.iter().filter_map(|at| Some(at.saturating_duration_since(last(*at)?))).collect()
        })
    }
}

fn span_of(samples: usize) -> Duration {
    SAMPLE_RATE.span_of(u32::try_from(samples).unwrap_or_default())
}

struct Clicker {
    times: Times,
    frames: u32,
}

impl AudioSource for Clicker {
    fn next_frame(&mut self, frame: &mut AudioFrame) -> Captured<()> {
        let now = clock::now();
        self.frames += 1;
        if self.frames.is_multiple_of(FRAMES_APART) {
            // Anywhere in the first half of a frame, so that the burst ends with it.
            let begin = (self.frames * 101 % 480) as usize;
            for (sample, n) in frame.samples_mut().iter_mut().skip(begin).zip(0..BURST_SAMPLES) {
                *sample = if n % BURST_PERIOD < BURST_PERIOD / 2 { LOUD } else { -LOUD };
            }
            if let Some(began) = now.checked_sub(FRAME_DURATION) {
                self.times.with(|(made, _)| made.push(began + span_of(begin)));
            }
        }
        Captured::Frame(())
    }
}

struct Ear {
    times: Times,
    /// Samples since it was last loud.
    quiet: usize,
}

impl AudioSink for Ear {
    fn play(&mut self, frame: &AudioFrame) {
        let now = clock::now();
        for (place, sample) in frame.samples().iter().enumerate() {
            if sample.unsigned_abs() < HEARD {
                self.quiet = self.quiet.saturating_add(1);
                continue;
            }
            if self.quiet >= FRAME_SAMPLES {
                self.times.with(|(_, heard)| heard.push(now + span_of(place)));
            }
            self.quiet = 0;
        }
    }
}
