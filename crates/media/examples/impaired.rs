//! Sends a WAV file through a network of known faults and writes what is heard: `impaired CASE SEED IN.wav OUT.wav`.
//!
//! `docs/quality.md` says how to score the result.
#![expect(clippy::print_stderr, reason = "a program for people to read")]

use std::time::Duration;

use carillon_frame::{AudioFrame, FRAME_SAMPLES};
use carillon_media::JitterConfig;
use carillon_media::pipeline::audio_send::Redundancy;
use carillon_testkit::speech_path::{Caution, Faults, speech_path};

const CASES: &str = "clean, loss10, loss10+RED, loss20, loss30, loss30+RED, loss30+RED2, \
    jitter20, jitter40+reorder, burst or outage";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [case, seed, from, to] = arguments.as_slice() else {
        return Err(
            format!("usage: impaired CASE SEED IN.wav OUT.wav, where CASE is {CASES}").into()
        );
    };
    let (faults, caution) = named(case).ok_or_else(|| format!("{case} is none of {CASES}"))?;
    let voice = read(from)?;
    let heard = speech_path(voice, faults, caution, JitterConfig::ADAPTIVE, seed.parse()?)?;
    write(to, &heard.frames)?;
    if let Some(stats) = heard.stats.last() {
        let delays = heard.stats.iter().map(|stats| stats.delay.as_millis()).sum::<u128>();
        let mean = delays / heard.stats.len().max(1) as u128;
        eprintln!("{case} {seed}: {stats:?}, mean delay {mean} ms");
    }
    Ok(())
}

fn named(case: &str) -> Option<(Faults, Caution)> {
    let calm = Faults::default();
    let caution = |expected_loss_percent, redundancy| Caution { expected_loss_percent, redundancy };
    let careless = caution(0, Redundancy::NONE);
    let jitter = Duration::from_millis;
    Some(match case {
        "clean" => (calm, careless),
        "loss10" => (Faults { loss: 0.1, ..calm }, caution(10, Redundancy::NONE)),
        "loss10+RED" => (Faults { loss: 0.1, ..calm }, caution(10, Redundancy::ONE)),
        "loss20" => (Faults { loss: 0.2, ..calm }, caution(20, Redundancy::NONE)),
        "loss30" => (Faults { loss: 0.3, ..calm }, caution(30, Redundancy::NONE)),
        "loss30+RED" => (Faults { loss: 0.3, ..calm }, caution(30, Redundancy::ONE)),
        "loss30+RED2" => (Faults { loss: 0.3, ..calm }, caution(30, Redundancy::TWO)),
        "jitter20" => (Faults { jitter: jitter(20), ..calm }, careless),
        "jitter40+reorder" => (Faults { jitter: jitter(40), reordering: 0.02, ..calm }, careless),
        "burst" => (Faults { burst: Some((0.02, 0.2)), ..calm }, caution(9, Redundancy::NONE)),
        "outage" => (Faults { outage: Some((jitter(7_000), jitter(1_000))), ..calm }, careless),
        _ => return None,
    })
}

fn read(path: &str) -> Result<Vec<AudioFrame>, Box<dyn std::error::Error>> {
    let mut wav = hound::WavReader::open(path)?;
    if wav.spec().sample_rate != 48_000 || wav.spec().channels != 1 {
        return Err(format!("{path} must be mono at 48 kHz").into());
    }
    let samples = wav.samples::<i16>().collect::<Result<Vec<_>, _>>()?;
    let mut frames: Vec<_> = samples.chunks(FRAME_SAMPLES).map(padded).collect();
    frames.push(AudioFrame::SILENCE);
    Ok(frames)
}

fn padded(samples: &[i16]) -> AudioFrame {
    let mut frame = AudioFrame::SILENCE;
    frame.samples_mut().iter_mut().zip(samples).for_each(|(to, from)| *to = *from);
    frame
}

fn write(path: &str, frames: &[AudioFrame]) -> Result<(), hound::Error> {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 48_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut wav = hound::WavWriter::create(path, spec)?;
    for sample in frames.iter().flat_map(|frame| frame.samples()) {
        wav.write_sample(*sample)?;
    }
    wav.finalize()
}
