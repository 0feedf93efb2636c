//! RTP packets with their header extensions.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| carillon_rtp::properties::packet(bytes));
