//! Sound with copies of earlier frames.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| carillon_rtp::properties::redundancy(bytes));
