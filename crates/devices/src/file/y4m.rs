//! Y4M files: uncompressed pictures.

mod header;
mod source;
mod writer;

pub use source::Y4mSource;
pub use writer::Y4mWriter;

#[cfg(test)]
mod tests;
