use std::f32::consts::TAU;
use std::io::{Cursor, Seek as _, SeekFrom, Write as _};

use carillon_frame::{AudioFrame, AudioSource as _, Captured};
use carillon_testkit::ear::Ear;
use hound::{SampleFormat, WavSpec};
use proptest::prelude::*;

use super::*;
use crate::ToneSource;
use crate::file::{FileError, Repeat, Writer as _};

/// Half a second of 440 Hz as the oracle writes it.
fn written(spec: WavSpec) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    let mut writer = hound::WavWriter::new(&mut file, spec).unwrap();
    for n in 0..spec.sample_rate / 2 {
        let sample = 0.25 * (TAU * 440.0 * n as f32 / spec.sample_rate as f32).sin();
        for _ in 0..spec.channels {
            match spec.sample_format {
                SampleFormat::Float => writer.write_sample(sample).unwrap(),
                SampleFormat::Int => {
                    let scale = (1_i64 << (spec.bits_per_sample - 1)) as f32;
                    writer.write_sample((sample * scale).round() as i32).unwrap();
                }
            }
        }
    }
    writer.finalize().unwrap();
    file.into_inner()
}

fn spec(channels: u16, sample_rate: u32, bits_per_sample: u16) -> WavSpec {
    let sample_format = if bits_per_sample == 0 { SampleFormat::Float } else { SampleFormat::Int };
    let bits_per_sample = if bits_per_sample == 0 { 32 } else { bits_per_sample };
    WavSpec { channels, sample_rate, bits_per_sample, sample_format }
}

fn frames(source: &mut impl carillon_frame::AudioSource, most: usize) -> Vec<AudioFrame> {
    let mut frames = Vec::new();
    let mut frame = AudioFrame::SILENCE;
    while frames.len() < most && source.next_frame(&mut frame) == Captured::Frame(()) {
        frames.push(frame.clone());
    }
    frames
}

#[test]
fn a_file_of_any_rate_channels_and_samples_sounds_the_same() {
    let specs = [
        (1, 48_000, 16),
        (2, 44_100, 16),
        (6, 48_000, 24),
        (1, 8_000, 8),
        (2, 96_000, 32),
        (2, 16_000, 0),
    ];
    for (channels, rate, bits) in specs {
        let file = written(spec(channels, rate, bits));
        let mut source = WavSource::new(Cursor::new(file), Repeat::Once).unwrap();
        let frames = frames(&mut source, 100);
        assert!((25..=26).contains(&frames.len()), "{rate}: {} frames", frames.len());
        let heard = Ear::new(&[440]).hear_frames(&frames[3..23]);
        assert!((heard.amplitude(440) - 8_192.0).abs() < 100.0, "{rate} {bits}: {heard:?}");
        // Samples of 8 bits are as coarse as that.
        assert!(heard.rest < 200.0, "{rate} {bits}: {heard:?}");
        assert_eq!(source.next_frame(&mut AudioFrame::SILENCE.clone()), Captured::Ended);
    }
}

#[test]
fn a_repeated_file_goes_on_without_a_gap() {
    // 220 whole waves: the end meets the beginning.
    let file = written(spec(1, 48_000, 16));
    let mut source = WavSource::new(Cursor::new(file), Repeat::Forever).unwrap();
    let heard = Ear::new(&[440]).hear_frames(&frames(&mut source, 200));
    assert!((heard.amplitude(440) - 8_192.0).abs() < 82.0 && heard.rest < 30.0, "{heard:?}");
}

#[test]
fn a_file_without_a_sample_ends_even_if_it_repeats() {
    let mut file = written(spec(1, 44_100, 16));
    file.truncate(44);
    let mut source = WavSource::new(Cursor::new(&file), Repeat::Forever).unwrap();
    assert_eq!(source.next_frame(&mut AudioFrame::SILENCE.clone()), Captured::Ended);
}

#[test]
fn a_file_of_unknown_length_is_read_to_its_end() {
    let mut file = written(spec(1, 48_000, 16));
    file[40..44].copy_from_slice(&u32::MAX.to_le_bytes());
    let mut source = WavSource::new(Cursor::new(&file), Repeat::Once).unwrap();
    assert_eq!(frames(&mut source, 100).len(), 25);
}

#[test]
fn what_is_written_is_read_back_sample_by_sample() {
    let mut tone = ToneSource::new(440.0, 6_000);
    let sent = frames(&mut tone, 60);
    let mut file = Cursor::new(Vec::new());
    let mut writer = WavWriter::new(&mut file).unwrap();
    for frame in &sent {
        writer.write(frame).unwrap();
    }
    writer.finish().unwrap();
    let mut oracle = hound::WavReader::new(Cursor::new(file.get_ref())).unwrap();
    assert_eq!(oracle.spec(), spec(1, 48_000, 16));
    let samples: Vec<i16> = oracle.samples().map(Result::unwrap).collect();
    assert_eq!(samples, sent.iter().flat_map(|frame| *frame.samples()).collect::<Vec<_>>());
    file.seek(SeekFrom::Start(0)).unwrap();
    assert_eq!(frames(&mut WavSource::new(file, Repeat::Once).unwrap(), 100), sent);
}

#[test]
fn a_killed_writer_leaves_all_but_the_last_second() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("killed.wav");
    let mut writer = WavWriter::create(&path).unwrap();
    for frame in frames(&mut ToneSource::new(440.0, 6_000), 149) {
        writer.write(&frame).unwrap();
    }
    let reader = hound::WavReader::open(&path).unwrap();
    assert_eq!(reader.duration(), 100 * 960);
    // A process that is killed runs no destructor.
    std::mem::forget(writer);
}

#[test]
fn other_files_are_refused_with_a_reason() {
    let read = |file: &[u8]| WavSource::new(Cursor::new(file.to_vec()), Repeat::Once).unwrap_err();
    assert!(matches!(read(b"OggS and so on"), FileError::Other(_)));
    assert!(matches!(read(b"RIFF"), FileError::Damaged(..)));
    let file = written(spec(1, 48_000, 16));
    let with = |at: usize, octets: &[u8]| {
        let mut file = Cursor::new(file.clone());
        file.seek(SeekFrom::Start(at as u64)).unwrap();
        file.write_all(octets).unwrap();
        file.into_inner()
    };
    assert!(matches!(read(&with(20, &[0x55])), FileError::Unsupported(..)), "MP3 in WAV");
    assert!(matches!(read(&with(22, &[0, 0])), FileError::Unsupported(..)), "no channel");
    assert!(matches!(read(&with(24, &[1, 0, 0, 0])), FileError::Unsupported(..)), "1 Hz");
    assert!(matches!(read(&with(36, b"none")), FileError::Damaged(..)), "no data");
}

proptest! {
    #[test]
    fn no_bytes_do_harm(
        at in 0_usize..120,
        octets in prop::collection::vec(any::<u8>(), 0..40),
        cut in 0_usize..400,
    ) {
        let mut file = written(spec(2, 8_000, 16));
        file.truncate(400 - cut);
        let end = file.len();
        for (to, from) in file[at.min(end)..].iter_mut().zip(&octets) {
            *to = *from;
        }
        if let Ok(mut source) = WavSource::new(Cursor::new(file), Repeat::Once) {
            frames(&mut source, 50);
        }
    }
}
