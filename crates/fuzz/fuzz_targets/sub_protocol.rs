//! The header that carries a join token.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| carillon_signaling::properties::credentials(text));
