//! Payloads of H.264 put together, and byte streams cut.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| carillon_rtp::properties::h264_stream(bytes));
