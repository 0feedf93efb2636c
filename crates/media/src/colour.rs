//! Pictures as red, green and blue: for stills, windows and terminals; and as cameras lay them out.

mod raw;

use carillon_frame::{Picture, VideoSize};
use yuv::{
    BufferStoreMut, YuvConversionMode, YuvError, YuvPlanarImage, YuvPlanarImageMut, YuvRange,
    YuvStandardMatrix,
};

pub use raw::{RawLayout, read_raw};

/// The octets of one pixel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ColourLayout {
    /// Red, green, blue.
    Rgb,
    /// Red, green, blue, and opacity, which pictures have all of.
    Rgba,
    /// Blue, green, red, and opacity, as most screens have it.
    Bgra,
}

impl ColourLayout {
    const fn octets(self) -> u32 {
        match self {
            Self::Rgb => 3,
            Self::Rgba | Self::Bgra => 4,
        }
    }

    /// How many octets a picture of that size takes.
    #[must_use]
    pub fn octets_of(self, size: VideoSize) -> usize {
        let octets = size.pixels().saturating_mul(u64::from(self.octets()));
        usize::try_from(octets).unwrap_or(usize::MAX)
    }
}

/// Why colours could not be converted.
#[derive(Debug, thiserror::Error)]
pub enum ColourError {
    /// The octets are not as many as the size needs: give [`ColourLayout::octets_of`] it, or leave the picture out.
    #[error("{octets} octets are not a picture of {size}, which takes {needed}")]
    Length {
        /// How many there are.
        octets: usize,
        /// How many there should be.
        needed: usize,
        /// How large the picture is.
        size: VideoSize,
    },
    /// The converter refused, which is a bug to report.
    #[error("colours could not be converted")]
    Convert(#[source] YuvError),
}

/// Writes the picture's pixels row by row into `out`, whose room is used again.
///
/// # Errors
/// [`ColourError::Convert`], for which there is no reason.
pub fn write_pixels(
    picture: &Picture,
    layout: ColourLayout,
    out: &mut Vec<u8>,
) -> Result<(), ColourError> {
    let size = picture.size();
    let stride = size.width.saturating_mul(layout.octets());
    out.resize(layout.octets_of(size), 0);
    let planes = picture.planes();
    let image = YuvPlanarImage {
        y_plane: planes.y,
        y_stride: size.width,
        u_plane: planes.u,
        u_stride: size.chroma().width,
        v_plane: planes.v,
        v_stride: size.chroma().width,
        width: size.width,
        height: size.height,
    };
    let (range, matrix) = (YuvRange::Limited, YuvStandardMatrix::Bt601);
    let written = match layout {
        ColourLayout::Rgb => yuv::yuv420_to_rgb(&image, out, stride, range, matrix),
        ColourLayout::Rgba => yuv::yuv420_to_rgba(&image, out, stride, range, matrix),
        ColourLayout::Bgra => yuv::yuv420_to_bgra(&image, out, stride, range, matrix),
    };
    written.map_err(ColourError::Convert)
}

/// Overwrites the picture with pixels that lie row by row in `pixels`; opacity is ignored.
///
/// # Errors
/// [`ColourError::Length`] unless the pixels are as many as the picture has.
pub fn read_pixels(
    pixels: &[u8],
    layout: ColourLayout,
    picture: &mut Picture,
) -> Result<(), ColourError> {
    let size = picture.size();
    let needed = layout.octets_of(size);
    if pixels.len() != needed {
        return Err(ColourError::Length { octets: pixels.len(), needed, size });
    }
    let stride = size.width.saturating_mul(layout.octets());
    let mut image = image_of(picture);
    let (range, matrix) = (YuvRange::Limited, YuvStandardMatrix::Bt601);
    let mode = YuvConversionMode::Balanced;
    let written = match layout {
        ColourLayout::Rgb => yuv::rgb_to_yuv420(&mut image, pixels, stride, range, matrix, mode),
        ColourLayout::Rgba => yuv::rgba_to_yuv420(&mut image, pixels, stride, range, matrix, mode),
        ColourLayout::Bgra => yuv::bgra_to_yuv420(&mut image, pixels, stride, range, matrix, mode),
    };
    written.map_err(ColourError::Convert)
}

/// A picture as the converter overwrites it.
fn image_of(picture: &mut Picture) -> YuvPlanarImageMut<'_, u8> {
    let size = picture.size();
    let planes = picture.planes_mut();
    YuvPlanarImageMut {
        y_plane: BufferStoreMut::Borrowed(planes.y),
        y_stride: size.width,
        u_plane: BufferStoreMut::Borrowed(planes.u),
        u_stride: size.chroma().width,
        v_plane: BufferStoreMut::Borrowed(planes.v),
        v_stride: size.chroma().width,
        width: size.width,
        height: size.height,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn painted(size: VideoSize, layout: ColourLayout, pixel: &[u8]) -> Picture {
        let mut picture = Picture::black(size).unwrap();
        let octets = layout.octets_of(size);
        let pixel = pixel.iter().take(layout.octets() as usize);
        let pixels: Vec<u8> = pixel.copied().cycle().take(octets).collect();
        read_pixels(&pixels, layout, &mut picture).unwrap();
        picture
    }

    #[test]
    fn colours_survive_the_way_there_and_back() {
        let colours = [[255, 0, 0, 255], [0, 255, 0, 255], [0, 0, 255, 255], [40, 120, 200, 255]];
        for size in [VideoSize::new(64, 32), VideoSize::new(7, 5)] {
            for layout in [ColourLayout::Rgb, ColourLayout::Rgba, ColourLayout::Bgra] {
                for colour in colours {
                    let mut out = Vec::new();
                    write_pixels(&painted(size, layout, &colour), layout, &mut out).unwrap();
                    assert_eq!(out.len(), layout.octets_of(size));
                    for pixel in out.chunks(layout.octets() as usize) {
                        let far = pixel.iter().zip(&colour).map(|(a, b)| a.abs_diff(*b)).max();
                        assert!(far < Some(5), "{pixel:?} for {colour:?} at {size}");
                    }
                }
            }
        }
    }

    #[test]
    fn red_is_red_in_each_order() {
        let size = VideoSize::new(16, 16);
        let red = painted(size, ColourLayout::Rgb, &[255, 0, 0]);
        assert_eq!(red, painted(size, ColourLayout::Bgra, &[0, 0, 255, 255]));
    }

    #[test]
    fn values_are_those_of_video_range() {
        let white = painted(VideoSize::new(16, 16), ColourLayout::Rgb, &[255; 4]);
        assert!(white.planes().y.iter().all(|y| *y == 235));
        assert!(white.planes().u.iter().chain(white.planes().v).all(|c| c.abs_diff(128) <= 1));
        let black = painted(VideoSize::new(16, 16), ColourLayout::Rgb, &[0; 4]);
        assert!(black.planes().y.iter().all(|y| *y == 16));
    }

    #[test]
    fn pixels_of_another_number_are_refused() {
        let mut picture = Picture::black(VideoSize::new(16, 16)).unwrap();
        let refused = read_pixels(&[0; 767], ColourLayout::Rgb, &mut picture);
        assert!(matches!(refused, Err(ColourError::Length { octets: 767, needed: 768, .. })));
    }
}
