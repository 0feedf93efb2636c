//! What `--send` and `--video` name.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::Context as _;
#[cfg(not(all(feature = "camera", feature = "devices", feature = "screen")))]
use anyhow::bail;
#[cfg(any(feature = "camera", feature = "screen"))]
use carillon_devices::DeviceId;
use carillon_devices::ToneSource;
use carillon_devices::file::{
    AnnexBSource, FrameRate, OggOpusSource, Repeat, WavSource, Y4mSource,
};
use carillon_facade::frame::VideoSize;
use carillon_facade::media::pattern::{Hue, TestPattern};
use carillon_facade::{AudioInput, DeviceController, VideoInput};
#[cfg(feature = "camera")]
use carillon_facade::{CameraChoice, VideoQuality};

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
    /// One whose name or id has this in it, or the first.
    Camera(Option<String>),
    /// One whose name has this in it, or the preferred one.
    Screen(Option<String>),
    /// One whose title has this in it.
    Window(String),
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
            Some(("camera", name)) => Self::Camera(Some(name.to_owned())),
            Some(("screen", name)) => Self::Screen(Some(name.to_owned())),
            Some(("window", title)) => Self::Window(title.to_owned()),
            None if text == "camera" => Self::Camera(None),
            None if text == "screen" => Self::Screen(None),
            None if text == "none" => Self::None,
            _ => {
                let known =
                    "pattern[:HUE], file:PATH, camera[:NAME], screen[:NAME], window:TITLE or none";
                return Err(format!("say {known}"));
            }
        })
    }
}

impl PictureInput {
    /// Takes the own pictures from here; false if there is nothing to be taken.
    pub(crate) fn start(&self, devices: &DeviceController) -> anyhow::Result<bool> {
        #[cfg(feature = "camera")]
        if let Self::Camera(name) = self {
            devices.choose_video_input_quality(camera_quality());
            let started = devices.start_video_input_device(&camera_choice(name.as_deref())?);
            return started.map(|()| true).context("cannot open the camera");
        }
        let Some(input) = self.open()? else { return Ok(false) };
        devices.start_video_input(input)?;
        Ok(true)
    }

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
            Self::Camera(name) => camera(name.as_deref())?,
            Self::Screen(name) => screen(name.as_deref())?,
            Self::Window(title) => window(title)?,
        }))
    }
}

#[cfg(feature = "camera")]
fn camera(name: Option<&str>) -> anyhow::Result<VideoInput> {
    let camera = carillon_devices::Camera::open(&camera_choice(name)?, camera_quality());
    Ok(VideoInput::Pictures(Box::new(camera.context("cannot open the camera")?)))
}

#[cfg(feature = "camera")]
fn camera_choice(name: Option<&str>) -> anyhow::Result<CameraChoice> {
    let Some(name) = name else { return Ok(CameraChoice::First) };
    let cameras = carillon_devices::camera::CameraCatalog::new().list().into_iter();
    let named = cameras.map(|camera| (camera.label, camera.id));
    Ok(CameraChoice::Id(pick("camera", name, named)?))
}

/// What is asked of a camera: as large as a made-up picture.
#[cfg(feature = "camera")]
fn camera_quality() -> VideoQuality {
    VideoQuality { size: PATTERN_SIZE, ..VideoQuality::default() }
}

#[cfg(not(feature = "camera"))]
fn camera(_: Option<&str>) -> anyhow::Result<VideoInput> {
    bail!("this program was built without cameras: build it with the feature `camera`")
}

#[cfg(feature = "screen")]
fn screen(name: Option<&str>) -> anyhow::Result<VideoInput> {
    use carillon_devices::screen::{ScreenChoice, ScreenKind};
    capture(match name {
        None => ScreenChoice::Primary,
        Some(name) => ScreenChoice::Id(pick("screen", name, captured(ScreenKind::Screen)?)?),
    })
}

#[cfg(feature = "screen")]
fn window(title: &str) -> anyhow::Result<VideoInput> {
    use carillon_devices::screen::{ScreenChoice, ScreenKind};
    capture(ScreenChoice::Id(pick("window", title, captured(ScreenKind::Window)?)?))
}

/// The names and ids of screens, or of windows.
#[cfg(feature = "screen")]
fn captured(
    kind: carillon_devices::screen::ScreenKind,
) -> anyhow::Result<impl Iterator<Item = (String, DeviceId)>> {
    let found = carillon_devices::screen::list().context("cannot see the screen")?.into_iter();
    Ok(found.filter(move |info| info.kind == kind).map(|info| (info.label, info.id)))
}

#[cfg(feature = "screen")]
fn capture(choice: carillon_devices::screen::ScreenChoice) -> anyhow::Result<VideoInput> {
    use carillon_devices::ScreenSource;
    use carillon_devices::screen::ScreenConfig;
    let source = ScreenSource::open(&choice, ScreenConfig::default());
    Ok(VideoInput::Pictures(Box::new(source.context("cannot see the screen")?)))
}

#[cfg(not(feature = "screen"))]
fn screen(_: Option<&str>) -> anyhow::Result<VideoInput> {
    bail!("this program was built without screens: build it with the feature `screen`")
}

#[cfg(not(feature = "screen"))]
fn window(_: &str) -> anyhow::Result<VideoInput> {
    screen(None)
}

/// The first of those whose name or id has this in it.
#[cfg(any(feature = "camera", feature = "screen"))]
fn pick(
    what: &str,
    name: &str,
    named: impl Iterator<Item = (String, DeviceId)>,
) -> anyhow::Result<DeviceId> {
    let named: Vec<_> = named.collect();
    let has = |text: &str| text.to_lowercase().contains(&name.to_lowercase());
    let found = named.iter().find(|(label, id)| has(label) || has(id.as_str()));
    let (_, id) = found.with_context(|| {
        let known: Vec<_> = named.iter().map(|(label, _)| label.as_str()).collect();
        match known.is_empty() {
            true => format!("there is no {what}"),
            false => format!("there is no {what} '{name}', but: {}", known.join(", ")),
        }
    })?;
    Ok(id.clone())
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
        assert_eq!("camera".parse(), Ok(PictureInput::Camera(None)));
        assert_eq!("camera:C920".parse(), Ok(PictureInput::Camera(Some("C920".to_owned()))));
        assert_eq!("screen".parse(), Ok(PictureInput::Screen(None)));
        assert_eq!("window:my: slides".parse(), Ok(PictureInput::Window("my: slides".to_owned())));
        assert!("window".parse::<PictureInput>().is_err());
        assert!("pattern:999".parse::<PictureInput>().is_err());
    }

    #[cfg(any(feature = "camera", feature = "screen"))]
    #[test]
    fn a_device_is_picked_by_a_part_of_its_name_or_those_there_are_are_told() {
        let device = |label: &str, id: &str| (label.to_owned(), DeviceId::new(id));
        let cameras = [device("Built-in", "v4l2:video0"), device("HD Pro C920", "v4l2:video2")];
        let picked = |name: &str| pick("camera", name, cameras.clone().into_iter());
        assert_eq!(picked("c920").unwrap().as_str(), "v4l2:video2");
        assert_eq!(picked("video0").unwrap().as_str(), "v4l2:video0");
        let error = picked("Elgato").unwrap_err().to_string();
        assert!(error.contains("'Elgato'") && error.contains("HD Pro C920"), "{error}");
        let error = pick("camera", "any", std::iter::empty()).unwrap_err().to_string();
        assert_eq!(error, "there is no camera");
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let error = SoundInput::File("/nowhere.wav".into()).open().unwrap_err();
        assert!(format!("{error:#}").contains("file"), "{error:#}");
    }
}
