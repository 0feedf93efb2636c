//! MP4 files in fragments: H.264 that plays however far it was written.

mod boxes;
mod header;
mod writer;

pub use writer::Mp4Writer;

#[cfg(test)]
#[expect(clippy::cast_possible_truncation, reason = "the numbers of tests are small")]
mod tests;
