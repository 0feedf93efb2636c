//! Opus packets in Ogg files (RFC 7845).

mod head;
mod source;
mod writer;

pub use source::OggOpusSource;
pub use writer::OggOpusWriter;

#[cfg(test)]
mod tests;
