//! What `--send` and `--video` name.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::{Context as _, bail};
use carillon_devices::ToneSource;
use carillon_devices::file::{
    AnnexBSource, FrameRate, OggOpusSource, Repeat, WavSource, Y4mSource,
};
use carillon_facade::frame::VideoSize;
use carillon_facade::media::pattern::{Hue, TestPattern};
use carillon_facade::{AudioInput, VideoInput};

/// The size of a made-up picture.
const PATTERN_SIZE: VideoSize = VideoSize::new(1_280, 720);

/// Degrees of a made-up picture's colour unless it is named.
const PATTERN_HUE: u16 = 120;

/// How loud a tone is: a quarter of the loudest.
const TONE_AMPLITUDE: i16 = 8_000;

/// Pictures a second of a file that does not say it.
const FILE_FRAMERATE: u32 = 30;

/// Where the own sound comes from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum SoundInput {
    Tone(f64),
    File(PathBuf),
    Microphone,
    Silence,
}

impl FromStr for SoundInput {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Ok(match text.split_once(':') {
            Some(("tone", hertz)) => match hertz.parse() {
                Ok(hertz) if (20.0..=20_000.0).contains(&hertz) => Self::Tone(hertz),
                _ => return Err("a tone has 20 to 20000 hertz, as in tone:440".to_owned()),
            },
            Some(("file", path)) => Self::File(path.into()),
            None if text == "mic" => Self::Microphone,
            None if text == "silence" => Self::Silence,
            _ => return Err("say tone:HERTZ, file:PATH, mic or silence".to_owned()),
        })
    }
}

impl SoundInput {
    pub(crate) fn open(&self) -> anyhow::Result<AudioInput> {
        Ok(match self {
            Self::Silence => AudioInput::Silence,
            Self::Tone(hertz) => {
                AudioInput::Sound(Box::new(ToneSource::new(*hertz, TONE_AMPLITUDE)))
            }
            Self::File(path) if has_extension(path, &["opus", "ogg"]) => {
                AudioInput::Encoded(Box::new(OggOpusSource::open(path, Repeat::Forever)?))
            }
            Self::File(path) => {
                AudioInput::Sound(Box::new(WavSource::open(path, Repeat::Forever)?))
            }
            Self::Microphone => microphone()?,
        })
    }
}

#[cfg(feature = "devices")]
fn microphone() -> anyhow::Result<AudioInput> {
    use carillon_devices::Microphone;
    use carillon_devices::catalog::{DeviceChoice, Following};
    let microphone = Microphone::open(&DeviceChoice::Default(Following::Follow))
        .context("cannot open the microphone")?;
    Ok(AudioInput::Sound(Box::new(microphone)))
}

#[cfg(not(feature = "devices"))]
fn microphone() -> anyhow::Result<AudioInput> {
    bail!("this program was built without devices: build it with the feature `devices`")
}

/// Where own pictures come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PictureInput {
    Pattern(u16),
    File(PathBuf),
    Camera,
    None,
}

impl Default for PictureInput {
    fn default() -> Self {
        Self::Pattern(PATTERN_HUE)
    }
}

impl FromStr for PictureInput {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Ok(match text.split_once(':') {
            Some(("file", path)) => Self::File(path.into()),
            Some(("pattern", hue)) => match hue.parse() {
                Ok(hue @ 0..360) => Self::Pattern(hue),
                _ => return Err("a hue has 0 to 359 degrees, as in pattern:120".to_owned()),
            },
            None if text == "pattern" => Self::Pattern(PATTERN_HUE),
            None if text == "camera" => Self::Camera,
            None if text == "none" => Self::None,
            _ => return Err("say pattern[:HUE], file:PATH, camera or none".to_owned()),
        })
    }
}

impl PictureInput {
    pub(crate) fn open(&self) -> anyhow::Result<Option<VideoInput>> {
        Ok(Some(match self {
            Self::None => return Ok(None),
            Self::Pattern(hue) => {
                let pattern = TestPattern::new(PATTERN_SIZE, Hue::new(*hue));
                VideoInput::Pictures(Box::new(pattern.context("the pattern has no size")?))
            }
            Self::File(path) if has_extension(path, &["y4m"]) => {
                VideoInput::Pictures(Box::new(Y4mSource::open(path, Repeat::Forever)?))
            }
            Self::File(path) => {
                let rate = FrameRate::new(FILE_FRAMERATE, 1).context("30 is a frame rate")?;
                VideoInput::Encoded(Box::new(AnnexBSource::open(path, rate, Repeat::Forever)?))
            }
            Self::Camera => bail!("cameras are not supported yet: send a file or the pattern"),
        }))
    }
}

fn has_extension(path: &Path, known: &[&str]) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|extension| known.iter().any(|k| extension.eq_ignore_ascii_case(k)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_are_named_as_the_help_says() {
        assert_eq!("tone:440".parse(), Ok(SoundInput::Tone(440.0)));
        assert_eq!("file:a:b.wav".parse(), Ok(SoundInput::File("a:b.wav".into())));
        assert_eq!("mic".parse(), Ok(SoundInput::Microphone));
        assert!("tone:loud".parse::<SoundInput>().is_err());
        assert_eq!("pattern:240".parse(), Ok(PictureInput::Pattern(240)));
        assert_eq!("none".parse(), Ok(PictureInput::None));
        assert!("pattern:999".parse::<PictureInput>().is_err());
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let error = SoundInput::File("/nowhere.wav".into()).open().unwrap_err();
        assert!(format!("{error:#}").contains("file"), "{error:#}");
    }
}
