//! Streams of the sound system, opened so that they are quick.

mod keeper;
mod monitor;

use std::sync::Arc;
use std::time::Duration;

use cpal::traits::{DeviceTrait as _, StreamTrait as _};
use cpal::{
    BufferSize, FromSample, I24, SampleFormat, SizedSample, Stream, StreamConfig,
    SupportedBufferSize, SupportedStreamConfig,
};

use crate::DeviceError;
use crate::ring::{
    CaptureReader, CaptureWriter, Counters, DeviceClock, PlaybackReader, PlaybackWriter,
};

pub(crate) use keeper::Keeper;
pub use monitor::{DeviceEvent, DeviceMonitor};

/// How many buffers a second a device is asked for: one each 10 ms.
///
/// It is always asked, because what systems do by themselves is up to two seconds. Half of it doubles the wake-ups.
const BUFFERS_A_SECOND: u32 = 100;

/// How long a sound system may take to open a stream before it counts as hung.
const OPEN_TIMEOUT: Duration = Duration::from_secs(2);

/// What is told when a stream has failed.
pub(crate) type Report = Box<dyn FnMut(cpal::Error) + Send>;

/// Opens a microphone; sound comes from now on.
pub(crate) fn open_input(
    device: &cpal::Device,
    counters: &Arc<Counters>,
    report: Report,
) -> Result<(Stream, CaptureReader), DeviceError> {
    let supported = device.default_input_config()?;
    let (config, clock) = quick(&supported);
    let (writer, reader) =
        CaptureWriter::ring(clock, counters).ok_or_else(|| odd_rate(clock.rate))?;
    let input = Input { device, config, writer, report };
    #[expect(clippy::wildcard_enum_match_arm, reason = "the others are no formats of microphones")]
    let stream = match supported.sample_format() {
        SampleFormat::F32 => input.open::<f32>(),
        SampleFormat::F64 => input.open::<f64>(),
        SampleFormat::I16 => input.open::<i16>(),
        SampleFormat::I24 => input.open::<I24>(),
        SampleFormat::I32 => input.open::<i32>(),
        SampleFormat::U8 => input.open::<u8>(),
        SampleFormat::U16 => input.open::<u16>(),
        other => Err(odd_format(other)),
    }?;
    stream.play()?;
    Ok((stream, reader))
}

/// Opens a speaker; it plays silence until there is sound.
pub(crate) fn open_output(
    device: &cpal::Device,
    counters: &Arc<Counters>,
    report: Report,
) -> Result<(Stream, PlaybackWriter), DeviceError> {
    let supported = device.default_output_config()?;
    let (config, clock) = quick(&supported);
    let (writer, reader) =
        PlaybackWriter::ring(clock, counters).ok_or_else(|| odd_rate(clock.rate))?;
    let output = Output { device, config, reader, report };
    #[expect(clippy::wildcard_enum_match_arm, reason = "the others are no formats of speakers")]
    let stream = match supported.sample_format() {
        SampleFormat::F32 => output.open::<f32>(),
        SampleFormat::F64 => output.open::<f64>(),
        SampleFormat::I16 => output.open::<i16>(),
        SampleFormat::I24 => output.open::<I24>(),
        SampleFormat::I32 => output.open::<i32>(),
        SampleFormat::U8 => output.open::<u8>(),
        SampleFormat::U16 => output.open::<u16>(),
        other => Err(odd_format(other)),
    }?;
    stream.play()?;
    Ok((stream, writer))
}

/// What a microphone is opened with.
struct Input<'a> {
    device: &'a cpal::Device,
    config: StreamConfig,
    writer: CaptureWriter,
    report: Report,
}

impl Input<'_> {
    fn open<T: SizedSample>(mut self) -> Result<Stream, DeviceError>
    where
        f32: FromSample<T>,
    {
        let channels = usize::from(self.config.channels);
        let callback = move |sound: &[T], _: &cpal::InputCallbackInfo| {
            self.writer.write(sound, channels);
        };
        let stream =
            self.device.build_input_stream(self.config, callback, self.report, Some(OPEN_TIMEOUT));
        Ok(stream?)
    }
}

/// What a speaker is opened with.
struct Output<'a> {
    device: &'a cpal::Device,
    config: StreamConfig,
    reader: PlaybackReader,
    report: Report,
}

impl Output<'_> {
    fn open<T: SizedSample + FromSample<f32>>(mut self) -> Result<Stream, DeviceError> {
        let channels = usize::from(self.config.channels);
        let callback = move |sound: &mut [T], _: &cpal::OutputCallbackInfo| {
            self.reader.fill(sound, channels);
        };
        let stream =
            self.device.build_output_stream(self.config, callback, self.report, Some(OPEN_TIMEOUT));
        Ok(stream?)
    }
}

/// The device's own rate and channels with the buffer we want, as near as it can.
fn quick(supported: &SupportedStreamConfig) -> (StreamConfig, DeviceClock) {
    let rate = supported.sample_rate();
    let wanted = rate / BUFFERS_A_SECOND;
    let buffer = match *supported.buffer_size() {
        SupportedBufferSize::Range { min, max } => wanted.max(min).min(max),
        SupportedBufferSize::Unknown => wanted,
    };
    let buffer_size = BufferSize::Fixed(buffer);
    let config = StreamConfig { channels: supported.channels(), sample_rate: rate, buffer_size };
    (config, DeviceClock { rate, buffer })
}

fn odd_rate(rate: u32) -> DeviceError {
    DeviceError::Overconstrained { detail: format!("it runs at {rate} Hz") }
}

fn odd_format(format: SampleFormat) -> DeviceError {
    DeviceError::Overconstrained { detail: format!("its samples are {format}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_of_10_ms_is_asked_for_as_near_as_the_device_can() {
        let quick = |range| {
            let supported = SupportedStreamConfig::new(2, 48_000, range, SampleFormat::I16);
            let (config, clock) = quick(&supported);
            assert_eq!(config.buffer_size, BufferSize::Fixed(clock.buffer));
            clock.buffer
        };
        assert_eq!(quick(SupportedBufferSize::Unknown), 480);
        assert_eq!(quick(SupportedBufferSize::Range { min: 1, max: 10_000 }), 480);
        assert_eq!(quick(SupportedBufferSize::Range { min: 1_024, max: 4_096 }), 1_024);
        assert_eq!(quick(SupportedBufferSize::Range { min: 32, max: 256 }), 256);
    }
}
