//! The library without any wrapper, as the measure of ours.
#![expect(unsafe_code, reason = "the point is to call the C library directly")]
#![expect(clippy::cast_possible_truncation, reason = "the buffers are a few kilobytes")]

use carillon_frame::{AudioFrame, FRAME_SAMPLES};
use carillon_media::opus::{MAX_PAYLOAD_BYTES, OpusConfig};
use opusic_sys as opus;

/// An encoder as the library makes it; never freed, since the process ends with the bench.
pub(crate) struct RawEncoder {
    state: *mut opus::OpusEncoder,
}

impl RawEncoder {
    pub(crate) fn new(config: OpusConfig) -> Self {
        let bitrate = i32::try_from(config.bitrate.bps()).expect("a bitrate in range");
        let application = opus::OPUS_APPLICATION_RESTRICTED_LOWDELAY;
        let mut error = 0;
        // SAFETY: the arguments are in range and `error` outlives the call.
        let state = unsafe { opus::opus_encoder_create(48_000, 1, application, &mut error) };
        assert_eq!(error, opus::OPUS_OK);
        for (request, value) in [
            (opus::OPUS_SET_BITRATE_REQUEST, bitrate),
            (opus::OPUS_SET_COMPLEXITY_REQUEST, i32::from(config.complexity)),
        ] {
            // SAFETY: `state` is a live encoder, and both requests take one int.
            let set = unsafe { opus::opus_encoder_ctl(state, request, value) };
            assert_eq!(set, opus::OPUS_OK);
        }
        Self { state }
    }

    pub(crate) fn encode(
        &mut self,
        frame: &AudioFrame,
        payload: &mut [u8; MAX_PAYLOAD_BYTES],
    ) -> i32 {
        let (samples, room) = (frame.samples(), payload.len() as i32);
        let count = FRAME_SAMPLES as i32;
        // SAFETY: `state` is a live encoder for one channel, and both lengths are those of the buffers.
        unsafe {
            opus::opus_encode(self.state, samples.as_ptr(), count, payload.as_mut_ptr(), room)
        }
    }
}

/// A decoder as the library makes it; never freed, since the process ends with the bench.
pub(crate) struct RawDecoder {
    state: *mut opus::OpusDecoder,
    samples: [i16; FRAME_SAMPLES],
}

impl RawDecoder {
    pub(crate) fn new() -> Self {
        let mut error = 0;
        // SAFETY: the arguments are in range and `error` outlives the call.
        let state = unsafe { opus::opus_decoder_create(48_000, 1, &mut error) };
        assert_eq!(error, opus::OPUS_OK);
        Self { state, samples: [0; FRAME_SAMPLES] }
    }

    pub(crate) fn decode(&mut self, payload: &[u8]) -> i32 {
        let (length, count) = (payload.len() as i32, FRAME_SAMPLES as i32);
        let samples = self.samples.as_mut_ptr();
        // SAFETY: `state` is a live decoder for one channel, and both lengths are those of the buffers.
        unsafe { opus::opus_decode(self.state, payload.as_ptr(), length, samples, count, 0) }
    }
}
