//! From what a camera gives to pictures.

use std::sync::Arc;

use carillon_frame::{Picture, PicturePool, VideoSize};
use carillon_media::colour::{ColourError, ColourLayout, read_pixels, read_raw};
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use super::format::{Format, PixelFormat};

/// How a JPEG begins and ends (ITU-T T.81 annex B).
const JPEG_START: [u8; 2] = [0xff, 0xd8];
const JPEG_END: [u8; 2] = [0xff, 0xd9];

/// The segment by which a decoder knows motion JPEG, in which the usual Huffman tables are left out: cameras leave them
/// out, and those that do not overrule it.
const MOTION_JPEG: [u8; 9] = [0xff, 0xe0, 0, 7, b'A', b'V', b'I', b'1', 0];

/// Why a picture is left out.
#[derive(Debug, thiserror::Error)]
enum ConvertError {
    #[error(transparent)]
    Colour(#[from] ColourError),
    #[error("no JPEG, or one that is cut off")]
    CutOff,
    #[error("a JPEG that cannot be decoded")]
    Jpeg(#[source] zune_jpeg::errors::DecodeErrors),
    #[error("a JPEG of another size")]
    OtherSize,
}

/// Makes pictures of what a camera gives.
#[derive(Debug)]
pub(super) struct Converter {
    format: Format,
    pool: PicturePool,
    /// Room for a JPEG, and for its pixels.
    jpeg: Vec<u8>,
    pixels: Vec<u8>,
}

impl Converter {
    pub(super) fn new(format: Format) -> Self {
        Self { format, pool: PicturePool::default(), jpeg: Vec::new(), pixels: Vec::new() }
    }

    pub(super) const fn size(&self) -> VideoSize {
        self.format.size
    }

    /// The picture; nothing if it is damaged.
    pub(super) fn convert(&mut self, octets: &[u8]) -> Option<Arc<Picture>> {
        let Self { format, pool, jpeg, pixels } = self;
        let made = pool.make(format.size, |picture| -> Result<(), ConvertError> {
            match format.pixels {
                PixelFormat::Raw(layout) => read_raw(octets, layout, format.stride, picture)?,
                PixelFormat::Jpeg => {
                    write_motion_jpeg(octets, jpeg)?;
                    decode(jpeg, format.size, pixels)?;
                    read_pixels(pixels, ColourLayout::Rgb, picture)?;
                }
            }
            Ok(())
        });
        made.unwrap_or_else(|error| {
            tracing::debug!(%error, "a picture of the camera is left out");
            None
        })
    }
}

fn write_motion_jpeg(octets: &[u8], out: &mut Vec<u8>) -> Result<(), ConvertError> {
    let rest = octets.strip_prefix(&JPEG_START).ok_or(ConvertError::CutOff)?;
    // Some cameras fill what is left of their buffer, so the end need not be the last of it.
    if !rest.windows(JPEG_END.len()).rev().any(|two| two == JPEG_END) {
        return Err(ConvertError::CutOff);
    }
    out.clear();
    out.extend_from_slice(&JPEG_START);
    out.extend_from_slice(&MOTION_JPEG);
    out.extend_from_slice(rest);
    Ok(())
}

fn decode(jpeg: &[u8], size: VideoSize, pixels: &mut Vec<u8>) -> Result<(), ConvertError> {
    let options = DecoderOptions::default()
        .set_max_width(size.width as usize)
        .set_max_height(size.height as usize)
        .jpeg_set_out_colorspace(ColorSpace::RGB);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(jpeg), options);
    decoder.decode_headers().map_err(ConvertError::Jpeg)?;
    let info = decoder.info().ok_or(ConvertError::OtherSize)?;
    if (u32::from(info.width), u32::from(info.height)) != (size.width, size.height) {
        return Err(ConvertError::OtherSize);
    }
    pixels.resize(ColourLayout::Rgb.octets_of(size), 0);
    decoder.decode_into(pixels).map_err(ConvertError::Jpeg)
}

#[cfg(test)]
pub(super) mod tests;
