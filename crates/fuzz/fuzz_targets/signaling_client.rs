//! What a server says to a client, message by message.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    // Any instant serves as the origin of virtual time.
    carillon_signaling::properties::client_session(std::time::Instant::now(), bytes);
});
