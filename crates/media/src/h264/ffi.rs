//! Settings of a running encoder, for which OpenH264's safe interface has no calls.
#![expect(unsafe_code, reason = "options of the codec are set through untyped pointers")]

use std::ffi::c_int;
use std::ptr::from_mut;

use openh264::encoder::Encoder;
use openh264_sys2::{
    ENCODER_OPTION, ENCODER_OPTION_BITRATE, ENCODER_OPTION_FRAME_RATE, ENCODER_OPTION_MAX_BITRATE,
    SBitrateInfo, SPATIAL_LAYER_0, SPATIAL_LAYER_ALL,
};

/// The encoder refused a setting, which it then has not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refused;

/// What an encoder aims at, and what it never exceeds for long, in bits per second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rates {
    pub(super) target: i32,
    pub(super) most: i32,
}

/// Moves the encoder's rates, which must have encoded a picture.
///
/// The codec refuses a target beyond the limit, so the limit moves first on the way up and last on the way down.
pub(super) fn set_rates(encoder: &mut Encoder, before: Rates, after: Rates) -> Result<(), Refused> {
    let between = before.most.max(after.most);
    set_rate(encoder, ENCODER_OPTION_MAX_BITRATE, SPATIAL_LAYER_0, between)?;
    set_rate(encoder, ENCODER_OPTION_BITRATE, SPATIAL_LAYER_ALL, after.target)?;
    set_rate(encoder, ENCODER_OPTION_MAX_BITRATE, SPATIAL_LAYER_0, after.most)
}

/// Sets how many pictures a second the encoder reckons with, which must have encoded one.
pub(super) fn set_framerate(encoder: &mut Encoder, mut hz: f32) -> Result<(), Refused> {
    // SAFETY: the raw interface is used for one option, which is none that the safe one relies on.
    let raw = unsafe { encoder.raw_api() };
    // SAFETY: this option reads one `float`, and `hz` outlives the call.
    let code = unsafe { raw.set_option(ENCODER_OPTION_FRAME_RATE, from_mut(&mut hz).cast()) };
    if code == 0 { Ok(()) } else { Err(Refused) }
}

fn set_rate(
    encoder: &mut Encoder,
    option: ENCODER_OPTION,
    layer: c_int,
    bps: i32,
) -> Result<(), Refused> {
    let mut info = SBitrateInfo { iLayer: layer, iBitrate: bps };
    // SAFETY: the raw interface is used for one option, which is none that the safe one relies on.
    let raw = unsafe { encoder.raw_api() };
    // SAFETY: both bitrate options read one `SBitrateInfo`, and `info` outlives the call.
    let code = unsafe { raw.set_option(option, from_mut(&mut info).cast()) };
    if code == 0 { Ok(()) } else { Err(Refused) }
}
