//! Y4M files: uncompressed pictures as Chromium shows them for a camera.

use std::io::{self, Write};

use crate::picture::Picture;

/// Writes pictures of one size, `rate` a second.
///
/// # Errors
/// Whatever `file` reports.
pub fn write(
    mut file: impl Write,
    rate: u32,
    pictures: impl IntoIterator<Item = Picture>,
) -> io::Result<()> {
    let mut pictures = pictures.into_iter().peekable();
    if let Some(Picture { width, height, .. }) = pictures.peek() {
        writeln!(file, "YUV4MPEG2 W{width} H{height} F{rate}:1 Ip A1:1 C420jpeg")?;
    }
    for picture in pictures {
        file.write_all(b"FRAME\n")?;
        for plane in [&picture.y, &picture.u, &picture.v] {
            file.write_all(plane)?;
        }
    }
    file.flush()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::Colour;

    #[test]
    fn a_file_is_a_header_and_whole_frames() {
        let cards = (0..3).map(|n| Picture::test_card(64, 64, Colour::Green, n));
        let mut file = Vec::new();
        write(&mut file, 15, cards).unwrap();
        let header = b"YUV4MPEG2 W64 H64 F15:1 Ip A1:1 C420jpeg\n";
        assert!(file.starts_with(header));
        assert_eq!(file.len(), header.len() + 3 * (6 + 64 * 64 * 3 / 2));
        assert_eq!(&file[header.len()..header.len() + 6], b"FRAME\n");
    }
}
