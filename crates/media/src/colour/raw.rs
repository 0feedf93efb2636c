//! Pictures as cameras lay them out: with colour differences already, and rows that may be padded.

use carillon_frame::{Picture, VideoSize};
use yuv::YuvPackedImage;

use super::{ColourError, image_of};

/// How a picture lies in memory; values are taken for those of video range, BT.601.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RawLayout {
    /// Two pixels in four octets: luma, blue difference, luma, red difference.
    Yuyv,
    /// A plane of luma, then one of both differences by turns, with a quarter of the pixels.
    Nv12,
    /// Three planes, the differences with a quarter of the pixels and half of the row length.
    I420,
}

impl RawLayout {
    /// The least octets of a row, of luma where planes are apart.
    #[must_use]
    pub const fn row_octets(self, width: u32) -> u32 {
        match self {
            Self::Yuyv => width.div_ceil(2).saturating_mul(4),
            Self::Nv12 => width.div_ceil(2).saturating_mul(2),
            Self::I420 => width,
        }
    }

    /// How many octets a picture takes whose rows are `stride` apart.
    #[must_use]
    pub fn octets_of(self, size: VideoSize, stride: u32) -> usize {
        let rows = |stride: u32, rows: u32| u64::from(stride).saturating_mul(rows.into());
        let chroma = size.chroma();
        let octets = match self {
            Self::Yuyv => rows(stride, size.height),
            Self::Nv12 => rows(stride, size.height).saturating_add(rows(stride, chroma.height)),
            Self::I420 => {
                let differences = rows(stride.div_ceil(2), chroma.height).saturating_mul(2);
                rows(stride, size.height).saturating_add(differences)
            }
        };
        usize::try_from(octets).unwrap_or(usize::MAX)
    }
}

/// Overwrites the picture with one whose rows are `stride` octets apart; what follows it in `octets` is ignored.
///
/// # Errors
/// [`ColourError::Length`] if the octets are fewer than the picture needs.
pub fn read_raw(
    octets: &[u8],
    layout: RawLayout,
    stride: u32,
    picture: &mut Picture,
) -> Result<(), ColourError> {
    let size = picture.size();
    let needed = layout.octets_of(size, stride.max(layout.row_octets(size.width)));
    let length = ColourError::Length { octets: octets.len(), needed, size };
    let Some(octets) = octets.get(..needed).filter(|_| stride >= layout.row_octets(size.width))
    else {
        return Err(length);
    };
    match layout {
        RawLayout::Yuyv => {
            let VideoSize { width, height } = size;
            let packed = YuvPackedImage { yuy: octets, yuy_stride: stride, width, height };
            let read = yuv::yuyv422_to_yuv420(&mut image_of(picture), &packed);
            return read.map_err(ColourError::Convert);
        }
        RawLayout::Nv12 => read_nv12(octets, stride as usize, picture),
        RawLayout::I420 => read_i420(octets, stride as usize, picture),
    }
    Ok(())
}

fn read_nv12(octets: &[u8], stride: usize, picture: &mut Picture) {
    let size = picture.size();
    let width = size.chroma().width as usize;
    let planes = picture.planes_mut();
    let (luma, differences) = split(octets, stride, size.height);
    copy_rows(luma, stride, planes.y, size.width as usize);
    let rows = planes.u.chunks_exact_mut(width).zip(planes.v.chunks_exact_mut(width));
    for (pairs, (u, v)) in differences.chunks(stride).zip(rows) {
        for ([blue, red], (u, v)) in pairs.as_chunks::<2>().0.iter().zip(u.iter_mut().zip(v)) {
            *u = *blue;
            *v = *red;
        }
    }
}

fn read_i420(octets: &[u8], stride: usize, picture: &mut Picture) {
    let size = picture.size();
    let chroma = size.chroma();
    let planes = picture.planes_mut();
    let (luma, differences) = split(octets, stride, size.height);
    copy_rows(luma, stride, planes.y, size.width as usize);
    let stride = stride.div_ceil(2);
    let (blue, red) = split(differences, stride, chroma.height);
    copy_rows(blue, stride, planes.u, chroma.width as usize);
    copy_rows(red, stride, planes.v, chroma.width as usize);
}

/// So many rows, and the rest.
fn split(octets: &[u8], stride: usize, rows: u32) -> (&[u8], &[u8]) {
    octets.split_at(stride.saturating_mul(rows as usize).min(octets.len()))
}

fn copy_rows(from: &[u8], stride: usize, to: &mut [u8], width: usize) {
    for (from, to) in from.chunks(stride).zip(to.chunks_exact_mut(width)) {
        if let Some(row) = from.get(..width) {
            to.copy_from_slice(row);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LAYOUTS: [RawLayout; 3] = [RawLayout::Yuyv, RawLayout::Nv12, RawLayout::I420];

    /// A picture with a luma that counts columns and rows, and colours of its own in the lower half.
    fn laid_out(layout: RawLayout, size: VideoSize, stride: usize) -> Vec<u8> {
        let VideoSize { width, height } = size;
        let luma = |x: u32, y: u32| u8::try_from(16 + x + y).unwrap();
        let colours = |y: u32| if y < height / 2 { [90, 240] } else { [240, 110] };
        let mut octets = vec![0xee; layout.octets_of(size, u32::try_from(stride).unwrap())];
        match layout {
            RawLayout::Yuyv => {
                for (y, row) in (0..).zip(octets.chunks_mut(stride)) {
                    for x in 0..width {
                        row[x as usize * 2] = luma(x, y);
                        row[x as usize * 2 + 1] = colours(y)[x as usize % 2];
                    }
                }
            }
            RawLayout::Nv12 | RawLayout::I420 => {
                let (first, rest) = octets.split_at_mut(stride * height as usize);
                for (y, row) in (0..height).zip(first.chunks_mut(stride)) {
                    (0..width).for_each(|x| row[x as usize] = luma(x, y));
                }
                let half = if layout == RawLayout::I420 { stride / 2 } else { stride };
                let rows = height / 2;
                for (n, row) in (0..).zip(rest.chunks_mut(half)) {
                    for x in 0..width as usize / 2 {
                        if layout == RawLayout::Nv12 {
                            row[x * 2..x * 2 + 2].copy_from_slice(&colours(n * 2));
                        } else {
                            row[x] = colours(n % rows * 2)[(n / rows) as usize];
                        }
                    }
                }
            }
        }
        octets
    }

    #[test]
    fn the_same_picture_is_read_from_each_layout_with_and_without_padding() {
        let size = VideoSize::new(32, 16);
        for layout in LAYOUTS {
            for padding in [0, 32] {
                let stride = layout.row_octets(size.width) + padding;
                let octets = laid_out(layout, size, stride as usize);
                let mut picture = Picture::black(size).unwrap();
                read_raw(&octets, layout, stride, &mut picture).unwrap();
                let planes = picture.planes();
                for (y, row) in planes.y.chunks(32).enumerate() {
                    let counted: Vec<_> =
                        (0..32).map(|x| u8::try_from(16 + x + y).unwrap()).collect();
                    assert_eq!(row, counted, "{layout:?} with {padding}");
                }
                let (upper, lower) = planes.u.split_at(64);
                assert!(upper.iter().all(|u| *u == 90) && lower.iter().all(|u| *u == 240));
                let (upper, lower) = planes.v.split_at(64);
                assert!(upper.iter().all(|v| *v == 240) && lower.iter().all(|v| *v == 110));
            }
        }
    }

    #[test]
    fn a_picture_that_is_cut_off_is_refused() {
        let size = VideoSize::new(32, 16);
        for layout in LAYOUTS {
            let stride = layout.row_octets(size.width);
            let octets = laid_out(layout, size, stride as usize);
            let mut picture = Picture::black(size).unwrap();
            let refused = read_raw(&octets[1..], layout, stride, &mut picture);
            assert!(matches!(refused, Err(ColourError::Length { .. })), "{refused:?}");
            let refused = read_raw(&octets, layout, stride - 2, &mut picture);
            assert!(matches!(refused, Err(ColourError::Length { .. })), "{refused:?}");
        }
    }

    proptest! {
        #[test]
        fn no_octets_and_no_size_do_harm(
            octets in prop::collection::vec(any::<u8>(), 0..4_096),
            layout in prop::sample::select(LAYOUTS.to_vec()),
            (width, height) in (1_u32..64, 1_u32..64),
            stride in 0_u32..256,
        ) {
            let mut picture = Picture::black(VideoSize::new(width, height)).unwrap();
            let read = read_raw(&octets, layout, stride, &mut picture);
            let needed = layout.octets_of(picture.size(), stride);
            let fits = stride >= layout.row_octets(width) && octets.len() >= needed;
            prop_assert_eq!(read.is_ok(), fits);
        }
    }
}
