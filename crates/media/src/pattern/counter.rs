//! A strip of blocks, black for 0 and white for 1, that numbers a picture.

use carillon_frame::{Picture, VideoSize};

/// A white and a black block to compare with, sixteen bits, and two bits of parity.
const BLOCKS: usize = 20;

/// The strip's share of the picture's height.
const STRIP_SHARE: u32 = 6;

const BLACK: u8 = 16;
const WHITE: u8 = 235;

/// How far the white and the black block must lie apart: below, there is no strip.
const LEAST_CONTRAST: u32 = 60;

/// Paints the strip along the picture's top.
pub(super) fn paint(picture: &mut Picture, counter: u16) {
    let size = picture.size();
    let blocks = blocks_of(counter);
    let (width, strip) = (size.width as usize, strip_height(size));
    let planes = picture.planes_mut();
    for row in planes.y.chunks_exact_mut(width.max(1)).take(strip) {
        for (n, white) in blocks.iter().enumerate() {
            if let Some(block) =
                row.get_mut(block_start(width, n)..block_start(width, n.saturating_add(1)))
            {
                block.fill(if *white { WHITE } else { BLACK });
            }
        }
    }
    let chroma = (size.chroma().width as usize).saturating_mul(strip.div_ceil(2));
    for plane in [planes.u, planes.v] {
        if let Some(strip) = plane.get_mut(..chroma) {
            strip.fill(128);
        }
    }
}

/// Reads the number that a [`super::TestPattern`] painted; nothing where there is none, or none that can be trusted.
#[must_use]
pub fn read_counter(picture: &Picture) -> Option<u16> {
    let levels: [u32; BLOCKS] = std::array::from_fn(|n| level(picture, n));
    let [white, black, ..] = levels;
    if white < black.saturating_add(LEAST_CONTRAST) {
        return None;
    }
    let threshold = white.saturating_add(black) / 2;
    let read = levels.map(|level| level > threshold);
    let counter =
        read.iter().skip(2).take(16).fold(0_u16, |value, bit| value << 1 | u16::from(*bit));
    (read == blocks_of(counter)).then_some(counter)
}

fn blocks_of(counter: u16) -> [bool; BLOCKS] {
    std::array::from_fn(|n| match n {
        0 => true,
        1 => false,
        18 => (counter & 0xaaaa).count_ones().is_multiple_of(2),
        19 => (counter & 0x5555).count_ones().is_multiple_of(2),
        bit => counter << (bit.saturating_sub(2)) & 0x8000 != 0,
    })
}

/// The average brightness in the middle of a block.
fn level(picture: &Picture, n: usize) -> u32 {
    let (width, strip) = (picture.size().width as usize, strip_height(picture.size()));
    let (start, end) = (block_start(width, n), block_start(width, n.saturating_add(1)));
    let margin = end.saturating_sub(start) / 4;
    let columns = start.saturating_add(margin)..end.saturating_sub(margin);
    let rows =
        picture.planes().y.chunks_exact(width.max(1)).skip(strip / 4).take((strip / 2).max(1));
    let (sum, count) = rows
        .filter_map(|row| row.get(columns.clone()))
        .flatten()
        .fold((0_u32, 0_u32), |(sum, count), luma| {
            (sum.saturating_add(u32::from(*luma)), count.saturating_add(1))
        });
    sum.checked_div(count).unwrap_or(0)
}

const fn strip_height(size: VideoSize) -> usize {
    (size.height / STRIP_SHARE) as usize
}

const fn block_start(width: usize, n: usize) -> usize {
    n.saturating_mul(width) / BLOCKS
}
