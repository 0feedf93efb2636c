//! Pictures that cost nothing while they are measured: drawn, or even encoded, beforehand.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use carillon_facade::frame::{
    Bitrate, Captured, ClockRate, EncodedVideo, EncodedVideoSource, FrameKind, MediaTime, Picture,
    VideoFrame, VideoSize, VideoSource,
};
use carillon_facade::media::h264::{H264Config, H264Encoder};

/// How many columns the scene moves from picture to picture: a slow pan.
const PAN: u32 = 2;

/// A camera before a scene with texture, which it pans over to and fro, and the grain that every sensor adds.
#[derive(Clone)]
pub(crate) struct Scene(Arc<Vec<Arc<Picture>>>);

impl Scene {
    /// Draws so many pictures.
    pub(crate) fn draw(size: VideoSize, pictures: u32) -> anyhow::Result<Self> {
        let drawn = (0..pictures).map(|number| {
            let mut picture = Picture::black(size).context("the size is one of pictures")?;
            paint(&mut picture, number);
            Ok(Arc::new(picture))
        });
        Ok(Self(Arc::new(drawn.collect::<anyhow::Result<_>>()?)))
    }

    pub(crate) fn source(&self) -> Box<dyn VideoSource> {
        Box::new(SceneSource { scene: self.clone(), shown: 0 })
    }

    /// The picture of this number, there and back again.
    fn picture(&self, number: usize) -> Option<&Arc<Picture>> {
        let last = self.0.len().saturating_sub(1);
        let step = number.checked_rem(2 * last).unwrap_or(0);
        self.0.get(step.min(2 * last - step))
    }
}

fn paint(picture: &mut Picture, number: u32) {
    let size = picture.size();
    let planes = picture.planes_mut();
    let grain = |x: u32, y: u32, seed: u32| {
        let mixed = (x ^ seed.wrapping_mul(0x9e37_79b9)).wrapping_mul(0x85eb_ca6b);
        let mixed = (mixed ^ y ^ (mixed >> 13)).wrapping_mul(0xc2b2_ae35);
        f64::from((mixed ^ (mixed >> 16)) & 0xff) / 255.0 - 0.5
    };
    let octet = |value: f64| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
        let octet = value.clamp(16.0, 235.0) as u8;
        octet
    };
    let rows = planes.y.chunks_exact_mut(size.width as usize);
    for (y, row) in (0_u32..).zip(rows) {
        for (x, luma) in (0_u32..).zip(row) {
            let across = x + number * PAN;
            let shade =
                45.0 * (f64::from(across) / 61.0).sin() + 35.0 * (f64::from(y) / 47.0).cos();
            let weave = 24.0 * grain(across / 6, y / 6, 1);
            *luma = octet(120.0 + shade + weave + 5.0 * grain(x, y, number + 2));
        }
    }
    let columns = size.chroma().width as usize;
    for (plane, turn) in [(planes.u, 0.0), (planes.v, 2.0)] {
        for (y, row) in (0_u32..).zip(plane.chunks_exact_mut(columns)) {
            for (x, colour) in (0_u32..).zip(row) {
                let place = f64::from(x + number * PAN / 2 + y) / 90.0 + turn;
                *colour = octet(128.0 + 30.0 * place.sin());
            }
        }
    }
}

struct SceneSource {
    scene: Scene,
    shown: usize,
}

impl VideoSource for SceneSource {
    fn next_frame(&mut self, elapsed: Duration) -> Captured<VideoFrame> {
        let Some(picture) = self.scene.picture(self.shown) else { return Captured::Ended };
        self.shown += 1;
        let timestamp = MediaTime(ClockRate::VIDEO.ticks_in(elapsed));
        Captured::Frame(VideoFrame { picture: Arc::clone(picture), timestamp })
    }
}

/// A scene in H.264, to be sent over and over.
#[derive(Clone)]
pub(crate) struct Film(Arc<Vec<(Bytes, FrameKind)>>);

impl Film {
    /// Encodes a scene once there and back; the first picture needs no other.
    pub(crate) fn of(scene: &Scene, framerate: u32, bitrate: Bitrate) -> anyhow::Result<Self> {
        let config = H264Config { framerate: framerate as f32, bitrate, ..H264Config::default() };
        let mut encoder = H264Encoder::new(config)?;
        let mut film = Vec::new();
        for number in 0..2 * scene.0.len() {
            let picture = Arc::clone(scene.picture(number).context("a scene has pictures")?);
            let elapsed = Duration::from_secs(1) * u32::try_from(number)? / framerate;
            let timestamp = MediaTime(ClockRate::VIDEO.ticks_in(elapsed));
            if let Some(encoded) = encoder.encode(&VideoFrame { picture, timestamp })? {
                film.push((encoded.payload, encoded.kind));
            }
        }
        Ok(Self(Arc::new(film)))
    }

    pub(crate) fn source(&self) -> Box<dyn EncodedVideoSource> {
        Box::new(FilmSource { film: self.clone(), next: 0 })
    }
}

struct FilmSource {
    film: Film,
    next: usize,
}

impl EncodedVideoSource for FilmSource {
    fn next_picture(&mut self, elapsed: Duration) -> Captured<EncodedVideo> {
        let Some((payload, kind)) = self.film.0.get(self.next).or_else(|| self.film.0.first())
        else {
            return Captured::Ended;
        };
        self.next = if self.next < self.film.0.len() { self.next + 1 } else { 1 };
        let timestamp = MediaTime(ClockRate::VIDEO.ticks_in(elapsed));
        Captured::Frame(EncodedVideo { payload: payload.clone(), timestamp, kind: *kind })
    }

    fn request_key_frame(&mut self) {
        self.next = 0;
    }
}
