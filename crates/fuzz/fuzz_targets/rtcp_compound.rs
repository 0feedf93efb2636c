//! Compound RTCP packets.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| carillon_rtp::properties::compound(bytes));
