//! WAV files: uncompressed sound.

mod layout;
mod source;
mod writer;

pub use source::WavSource;
pub use writer::WavWriter;

#[cfg(test)]
#[expect(clippy::cast_possible_truncation, reason = "the numbers of tests are small")]
mod tests;
