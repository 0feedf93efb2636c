//! Datagrams of strangers: what they are, and connectivity checks.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| carillon_transport::properties::datagram(bytes));
