//! H.264 files with start codes.

mod source;
mod writer;

pub use source::AnnexBSource;
pub use writer::AnnexBWriter;

#[cfg(test)]
#[expect(clippy::cast_possible_truncation, reason = "the numbers of tests are small")]
mod tests;
