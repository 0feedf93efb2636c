//! Pictures in other sizes.

use std::sync::Arc;

use carillon_frame::{Picture, PicturePool, VideoSize};
use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};

/// Why a picture could not be scaled.
#[derive(Debug, thiserror::Error)]
pub enum ScaleError {
    /// No picture can have that size: ask for another.
    #[error("no picture can be {size}")]
    Size {
        /// The size that was asked for.
        size: VideoSize,
    },
    /// The planes do not fit their size, which is a bug to report.
    #[error("planes of a picture do not fit its size")]
    Planes(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Makes smaller and larger copies of pictures.
///
/// Every pixel of the source counts, so thin lines grow faint and do not vanish.
pub struct Scaler {
    resizer: Resizer,
    options: ResizeOptions,
    pool: PicturePool,
}

impl Default for Scaler {
    fn default() -> Self {
        let options = ResizeOptions::new()
            .resize_alg(ResizeAlg::Convolution(FilterType::Bilinear))
            .use_alpha(false);
        Self { resizer: Resizer::new(), options, pool: PicturePool::default() }
    }
}

impl Scaler {
    /// A copy of that size, stretched if its sides relate differently; the picture itself if it has the size.
    ///
    /// # Errors
    /// [`ScaleError::Size`] if no picture can have it.
    pub fn scale(
        &mut self,
        picture: &Arc<Picture>,
        size: VideoSize,
    ) -> Result<Arc<Picture>, ScaleError> {
        if picture.size() == size {
            return Ok(Arc::clone(picture));
        }
        let (resizer, options) = (&mut self.resizer, &self.options);
        let scaled = self.pool.make(size, |copy| {
            let (luma, chroma) = (picture.size(), picture.size().chroma());
            let (from, to) = (picture.planes(), copy.planes_mut());
            resize(resizer, options, (from.y, luma), (to.y, size))?;
            resize(resizer, options, (from.u, chroma), (to.u, size.chroma()))?;
            resize(resizer, options, (from.v, chroma), (to.v, size.chroma()))
        });
        scaled.map_err(ScaleError::Planes)?.ok_or(ScaleError::Size { size })
    }

    /// A copy no larger than `within`, of the same proportions and with even sides; the picture itself if it is no larger.
    ///
    /// # Errors
    /// [`ScaleError::Size`] if nothing fits.
    pub fn scale_within(
        &mut self,
        picture: &Arc<Picture>,
        within: VideoSize,
    ) -> Result<Arc<Picture>, ScaleError> {
        self.scale(picture, fitted(picture.size(), within))
    }
}

impl std::fmt::Debug for Scaler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scaler").field("pool", &self.pool).finish_non_exhaustive()
    }
}

/// The largest even size of the proportions of `size` within `within`, and `size` itself if that is within.
#[must_use]
pub fn fitted(size: VideoSize, within: VideoSize) -> VideoSize {
    if size.width <= within.width && size.height <= within.height {
        return size;
    }
    let (width, height) = (u64::from(size.width), u64::from(size.height));
    let (most_wide, most_high) = (u64::from(within.width), u64::from(within.height));
    let high = height.saturating_mul(most_wide).checked_div(width).unwrap_or(0);
    let (width, height) = if high <= most_high {
        (most_wide, high)
    } else {
        (width.saturating_mul(most_high).checked_div(height).unwrap_or(0), most_high)
    };
    // Neither is beyond `within`, whose sides are 32 bits long.
    let even = |side: u64| u32::try_from(side).unwrap_or(u32::MAX).max(2) & !1;
    VideoSize::new(even(width), even(height))
}

fn resize(
    resizer: &mut Resizer,
    options: &ResizeOptions,
    (from, from_size): (&[u8], VideoSize),
    (to, to_size): (&mut [u8], VideoSize),
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    if from_size
        == VideoSize::new(to_size.width.saturating_mul(2), to_size.height.saturating_mul(2))
    {
        halve(from, to, to_size.width as usize);
        return Ok(());
    }
    let from = ImageRef::new(from_size.width, from_size.height, from, PixelType::U8)?;
    let mut to = Image::from_slice_u8(to_size.width, to_size.height, to, PixelType::U8)?;
    resizer.resize(&from, &mut to, options)?;
    Ok(())
}

/// Writes the average of each four samples: what simulcast layers are made by, and ten times faster than any filter.
#[expect(clippy::cast_possible_truncation, reason = "an average of octets is an octet")]
fn halve(from: &[u8], to: &mut [u8], width: usize) {
    let pairs_of_rows = from.chunks_exact(width.saturating_mul(4).max(1));
    for (rows, to) in pairs_of_rows.zip(to.chunks_exact_mut(width.max(1))) {
        let (top, bottom) = rows.split_at(rows.len() / 2);
        let squares = top.as_chunks::<2>().0.iter().zip(bottom.as_chunks::<2>().0);
        for (sample, ([a, b], [c, d])) in to.iter_mut().zip(squares) {
            // At most 4 x 255 + 2, a quarter of which is an octet again.
            *sample =
                ((u16::from(*a) + u16::from(*b) + u16::from(*c) + u16::from(*d) + 2) / 4) as u8;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// White to the left and black to the right, over a colour that is the same everywhere.
    fn halves(size: VideoSize) -> Arc<Picture> {
        let mut picture = Picture::black(size).unwrap();
        let width = size.width as usize;
        let planes = picture.planes_mut();
        for row in planes.y.chunks_mut(width) {
            row[..width / 2].fill(235);
        }
        planes.u.fill(90);
        planes.v.fill(200);
        Arc::new(picture)
    }

    #[test]
    fn a_scaled_picture_shows_the_same() {
        for (width, height) in [(64, 36), (160, 90), (1_280, 720), (33, 91)] {
            let size = VideoSize::new(width, height);
            let scaled = Scaler::default().scale(&halves(VideoSize::new(320, 180)), size).unwrap();
            assert_eq!(scaled.size(), size);
            let planes = scaled.planes();
            for row in planes.y.chunks(size.width as usize) {
                assert_eq!((row[0], row[row.len() - 1]), (235, 16));
            }
            assert!(planes.u.iter().all(|u| *u == 90) && planes.v.iter().all(|v| *v == 200));
        }
    }

    #[test]
    fn a_half_is_the_average_of_four() {
        let mut half = [0; 4];
        halve(&[0, 1, 255, 255, 2, 3, 255, 255, 9, 9, 0, 0, 9, 9, 0, 1], &mut half, 2);
        assert_eq!(half, [2, 255, 9, 0]);
    }

    #[test]
    fn proportions_are_kept_and_sides_are_even() {
        let size = |width, height| VideoSize::new(width, height);
        assert_eq!(fitted(size(1_280, 720), size(640, 640)), size(640, 360));
        assert_eq!(fitted(size(720, 1_280), size(640, 360)), size(202, 360));
        assert_eq!(fitted(size(1_001, 333), size(500, 500)), size(500, 166));
        assert_eq!(fitted(size(320, 180), size(640, 360)), size(320, 180));
        assert_eq!(fitted(size(8_192, 16), size(16, 16)), size(16, 2));
    }

    #[test]
    fn a_picture_of_the_right_size_is_not_copied() {
        let picture = halves(VideoSize::new(64, 32));
        let same = Scaler::default().scale_within(&picture, VideoSize::new(64, 64)).unwrap();
        assert!(Arc::ptr_eq(&picture, &same));
    }

    #[test]
    fn impossible_sizes_are_refused() {
        let picture = halves(VideoSize::new(64, 32));
        let refused = Scaler::default().scale(&picture, VideoSize::new(0, 9));
        assert!(matches!(refused, Err(ScaleError::Size { .. })));
    }
}
