//! Messages of the signaling socket.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    carillon_signaling::properties::message(bytes);
    carillon_signaling::properties::transcripts(bytes);
});
