//! Offers, and the answers to them.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| carillon_meeting::properties::offer(text));
