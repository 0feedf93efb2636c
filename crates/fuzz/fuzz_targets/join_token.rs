//! Join tokens.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| carillon_control::properties::join_token(text));
