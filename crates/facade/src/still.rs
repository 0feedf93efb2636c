//! A picture as a file.

use carillon_frame::Picture;
use carillon_media::colour::{ColourLayout, write_pixels};

use crate::error::CaptureError;

/// Writes a picture as PNG.
pub(crate) fn png(picture: &Picture) -> Result<Vec<u8>, CaptureError> {
    let mut pixels = Vec::new();
    write_pixels(picture, ColourLayout::Rgb, &mut pixels).map_err(CaptureError::Colour)?;
    let size = picture.size();
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, size.width, size.height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().map_err(CaptureError::Encode)?;
    writer.write_image_data(&pixels).map_err(CaptureError::Encode)?;
    writer.finish().map_err(CaptureError::Encode)?;
    Ok(file)
}
