//! Makes access units of pictures.

use bytes::BytesMut;
use carillon_frame::{
    Bitrate, ClockRate, EncodedVideo, FrameKind, MediaTime, Picture, Planes, VideoFrame, VideoSize,
};
use openh264::encoder::{
    BitRate, Complexity, Encoder, EncoderConfig, FrameRate, FrameType, IntraFramePeriod, Profile,
    QpRange, RateControlMode, SpsPpsStrategy, UsageType, VuiConfig,
};
use openh264::formats::YUVSource;

use super::ffi::{self, Rates, Refused};
use super::{H264Error, H264Library};

/// The longest and the shorter side that are encoded, lying or standing: the codec's own limit.
pub const MAX_ENCODED_SIDES: (u32, u32) = (3_840, 2_160);

/// The shortest side that is encoded: one block.
pub const MIN_ENCODED_SIDE: u32 = 16;

/// What the codec takes for a bitrate, in bits per second: less is no picture, more is beyond any level.
const BITRATE_RANGE: (u64, u64) = (10_000, 200_000_000);

/// How far a second may exceed the target, in hundredths of it.
///
/// At the target itself the codec stays far below it; more lets bursts build queues on the way.
const PEAK_PERCENT: u32 = 150;

/// The finest and the coarsest quantisation.
///
/// Below 12 nobody sees a difference; at 51 nothing is left to see, but a picture still moves where the bitrate is very low.
const QUANTISATION: (u8, u8) = (12, 51);

/// What the pictures show, which decides what is searched for in them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum VideoContent {
    /// Faces and rooms: noise and steady motion.
    #[default]
    Camera,
    /// A screen: sharp edges, scrolling, and long rest. A wholly different screen becomes a key frame.
    Screen,
}

/// How an encoder works.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct H264Config {
    /// How many pictures a second to reckon with: 1 to 60.
    pub framerate: f32,
    /// How many bits per second to aim at.
    pub bitrate: Bitrate,
    /// What is shown.
    pub content: VideoContent,
    /// How many threads encode one picture: 1 costs least, more shorten the delay of large pictures.
    pub threads: u16,
}

impl Default for H264Config {
    /// A camera at 30 pictures a second and 1 Mb/s, in one thread.
    fn default() -> Self {
        Self {
            framerate: 30.0,
            bitrate: Bitrate::from_kbps(1_000),
            content: VideoContent::Camera,
            threads: 1,
        }
    }
}

/// An H.264 encoder: constrained baseline, one slice a picture, no picture ahead of its turn, key frames on request only.
///
/// A picture of another size begins a new sequence with a key frame. An odd last column or row is left out.
pub struct H264Encoder {
    library: H264Library,
    config: H264Config,
    /// The codec and the size it was made for, once there was a picture.
    running: Option<Running>,
    wants_key_frame: bool,
    clock: MillisClock,
    /// Room for access units, used again once they are dropped.
    room: BytesMut,
}

struct Running {
    codec: Encoder,
    size: VideoSize,
    rates: Rates,
    framerate: f32,
}

impl H264Encoder {
    /// Makes an encoder of the code that is built in.
    ///
    /// # Errors
    /// [`H264Error::Setup`] when memory is exhausted.
    #[cfg(feature = "h264")]
    pub fn new(config: H264Config) -> Result<Self, H264Error> {
        Self::with_library(H264Library::built_in(), config)
    }

    /// Makes an encoder of a library's code.
    ///
    /// # Errors
    /// [`H264Error::Library`] when it cannot be loaded.
    pub fn with_library(library: H264Library, config: H264Config) -> Result<Self, H264Error> {
        library.api()?;
        let clock = MillisClock::default();
        let room = BytesMut::new();
        Ok(Self { library, config, running: None, wants_key_frame: false, clock, room })
    }

    /// How it works, as last set.
    #[must_use]
    pub const fn config(&self) -> H264Config {
        self.config
    }

    /// Aims at another bitrate from the next picture on.
    pub const fn set_bitrate(&mut self, bitrate: Bitrate) {
        self.config.bitrate = bitrate;
    }

    /// Reckons with another number of pictures a second from the next picture on.
    pub const fn set_framerate(&mut self, framerate: f32) {
        self.config.framerate = framerate;
    }

    /// Makes the next picture one that needs no other, with parameters in front.
    pub const fn request_key_frame(&mut self) {
        self.wants_key_frame = true;
    }

    /// Encodes one picture; nothing if the bitrate leaves no room for it.
    ///
    /// # Errors
    /// [`H264Error::Size`] for a picture too small or too large, [`H264Error::Setup`] and [`H264Error::Encode`] as the
    /// codec refuses.
    pub fn encode(&mut self, frame: &VideoFrame) -> Result<Option<EncodedVideo>, H264Error> {
        let source = EvenPicture::of(&frame.picture)?;
        let time = self.clock.millis_at(frame.timestamp);
        let mut running = self.running_for(source.size)?;
        if self.wants_key_frame {
            running.codec.force_intra_frame();
        }
        let stream = match running.codec.encode_at(&source, openh264::Timestamp::from_millis(time))
        {
            Ok(stream) => stream,
            Err(error) => return Err(H264Error::Encode(error)),
        };
        let kind = match stream.frame_type() {
            FrameType::IDR => Some(FrameKind::Key),
            FrameType::I | FrameType::P | FrameType::IPMixed => Some(FrameKind::Delta),
            FrameType::Skip | FrameType::Invalid => None,
        };
        for layer in (0..stream.num_layers()).filter_map(|n| stream.layer(n)) {
            for unit in (0..layer.nal_count()).filter_map(|n| layer.nal_unit(n)) {
                self.room.extend_from_slice(unit);
            }
        }
        self.running = Some(running);
        let payload = self.room.split().freeze();
        let Some(kind) = kind.filter(|_| !payload.is_empty()) else { return Ok(None) };
        self.wants_key_frame &= kind == FrameKind::Delta;
        Ok(Some(EncodedVideo { payload, timestamp: frame.timestamp, kind }))
    }

    /// The codec for pictures of this size, with all settings applied.
    fn running_for(&mut self, size: VideoSize) -> Result<Running, H264Error> {
        let rates = rates(self.config.bitrate);
        let framerate = self.config.framerate.clamp(1.0, 60.0);
        let running = self.running.take().filter(|running| running.size == size);
        // A codec that refuses a setting makes room for one that begins with it.
        if let Some(running) = running.and_then(|running| running.set(rates, framerate).ok()) {
            return Ok(running);
        }
        let codec = Encoder::with_api_config(self.library.api()?, codec_config(self.config))
            .map_err(H264Error::Setup)?;
        // The codec begins with its target for a limit, takes another once it runs, and begins with a key frame.
        let rates = Rates { most: rates.target, ..rates };
        self.wants_key_frame = false;
        Ok(Running { codec, size, rates, framerate })
    }
}

impl Running {
    fn set(mut self, rates: Rates, framerate: f32) -> Result<Self, Refused> {
        if self.rates != rates {
            ffi::set_rates(&mut self.codec, self.rates, rates)?;
            self.rates = rates;
        }
        if (self.framerate - framerate).abs() > f32::EPSILON {
            ffi::set_framerate(&mut self.codec, framerate)?;
            self.framerate = framerate;
        }
        Ok(self)
    }
}

impl std::fmt::Debug for H264Encoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let size = self.running.as_ref().map(|running| running.size);
        f.debug_struct("H264Encoder")
            .field("config", &self.config)
            .field("size", &size)
            .finish_non_exhaustive()
    }
}

fn rates(bitrate: Bitrate) -> Rates {
    let (least, most) = BITRATE_RANGE;
    let bits = |rate: Bitrate| i32::try_from(rate.bps().clamp(least, most)).unwrap_or(i32::MAX);
    Rates { target: bits(bitrate), most: bits(bitrate.percent(PEAK_PERCENT)) }
}

fn codec_config(config: H264Config) -> EncoderConfig {
    let usage = match config.content {
        VideoContent::Camera => UsageType::CameraVideoRealTime,
        VideoContent::Screen => UsageType::ScreenContentRealTime,
    };
    let (finest, coarsest) = QUANTISATION;
    EncoderConfig::new()
        .profile(Profile::Baseline)
        .usage_type(usage)
        // A sixth less work than the next one for pictures that are 0.02 dB apart; browsers use it as well.
        .complexity(Complexity::Low)
        .rate_control_mode(RateControlMode::Bitrate)
        .bitrate(BitRate::from_bps(rates(config.bitrate).target.unsigned_abs()))
        .max_frame_rate(FrameRate::from_hz(config.framerate.clamp(1.0, 60.0)))
        .skip_frames(true)
        .qp(QpRange::new(finest, coarsest))
        .num_threads(config.threads.max(1))
        .intra_frame_period(IntraFramePeriod::auto())
        .scene_change_detect(config.content == VideoContent::Screen)
        .adaptive_quantization(config.content == VideoContent::Camera)
        .background_detection(config.content == VideoContent::Camera)
        .sps_pps_strategy(SpsPpsStrategy::ConstantId)
        .vui(VuiConfig::bt601())
}

/// A picture without an odd last column and row, which the codec does not take.
struct EvenPicture<'a> {
    planes: Planes<'a>,
    strides: (usize, usize),
    size: VideoSize,
}

impl<'a> EvenPicture<'a> {
    fn of(picture: &'a Picture) -> Result<Self, H264Error> {
        let VideoSize { width, height } = picture.size();
        let size = VideoSize::new(width & !1, height & !1);
        let (longest, shorter) = MAX_ENCODED_SIDES;
        if size.width.min(size.height) < MIN_ENCODED_SIDE
            || size.width.max(size.height) > longest
            || size.width.min(size.height) > shorter
        {
            return Err(H264Error::Size { size: picture.size() });
        }
        // Sides are at most 8,192, which any `usize` holds.
        let strides = (width as usize, picture.size().chroma().width as usize);
        Ok(Self { planes: picture.planes(), strides, size })
    }
}

impl YUVSource for EvenPicture<'_> {
    fn dimensions(&self) -> (usize, usize) {
        (self.size.width as usize, self.size.height as usize)
    }

    fn strides(&self) -> (usize, usize, usize) {
        (self.strides.0, self.strides.1, self.strides.1)
    }

    fn y(&self) -> &[u8] {
        self.planes.y
    }

    fn u(&self) -> &[u8] {
        self.planes.u
    }

    fn v(&self) -> &[u8] {
        self.planes.v
    }
}

/// Media time as milliseconds that do not wrap, which the codec's rate control counts in.
#[derive(Debug, Default)]
struct MillisClock {
    last: Option<MediaTime>,
    ticks: u64,
}

impl MillisClock {
    fn millis_at(&mut self, time: MediaTime) -> u64 {
        let step = self.last.map_or(0, |last| time.distance_from(last).max(0).unsigned_abs());
        self.last = Some(time);
        self.ticks = self.ticks.saturating_add(u64::from(step));
        let seconds = self.ticks.saturating_mul(1_000);
        seconds.checked_div(u64::from(ClockRate::VIDEO.hz())).unwrap_or_default()
    }
}
