//! Payloads of VP8, VP9, H.264 and AV1.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| carillon_rtp::properties::payload(bytes));
