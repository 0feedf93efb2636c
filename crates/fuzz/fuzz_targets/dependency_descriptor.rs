//! Dependency descriptors that follow each other.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| carillon_rtp::properties::descriptors(bytes));
