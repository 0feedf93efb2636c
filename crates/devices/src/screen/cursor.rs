//! The mouse's cursor, which is no part of what the server has on its screen.

use x11rb::protocol::xfixes::ConnectionExt as _;

use super::display::Display;
use super::target::Place;
use super::trouble::Trouble;

/// Draws the cursor over the pixels of a place.
pub(super) fn draw(display: &Display, place: &Place, pixels: &mut [u8]) -> Result<(), Trouble> {
    if !display.extensions.tells_cursor {
        return Ok(());
    }
    let image = display.connection.xfixes_get_cursor_image()?.reply()?;
    let (left, top) = place.corner;
    let offset = |at: i16, hot: u16, corner: i16| {
        i32::from(at).saturating_sub(hot.into()).saturating_sub(corner.into())
    };
    let cursor = Overlay {
        x: offset(image.x, image.xhot, left),
        y: offset(image.y, image.yhot, top),
        width: image.width.into(),
        pixels: &image.cursor_image,
    };
    // A pointer that is elsewhere points at nothing here.
    let is_over = |at: i16, corner: i16, side: u16| {
        (0..i32::from(side)).contains(&i32::from(at).saturating_sub(corner.into()))
    };
    if is_over(image.x, left, place.area.width) && is_over(image.y, top, place.area.height) {
        blend(pixels, place.area.width.into(), &cursor);
    }
    Ok(())
}

/// A picture to lay over another: a word a pixel, opacity highest and blue lowest, colours weighted by opacity already.
struct Overlay<'a> {
    x: i32,
    y: i32,
    width: usize,
    pixels: &'a [u32],
}

fn blend(pixels: &mut [u8], width: usize, overlay: &Overlay<'_>) {
    if width == 0 || overlay.width == 0 {
        return;
    }
    let rows = pixels.chunks_exact_mut(width.saturating_mul(4));
    let above = usize::try_from(overlay.y.saturating_neg()).unwrap_or(0);
    let overlay_rows = overlay.pixels.chunks(overlay.width).skip(above);
    for (row, over) in skip(rows, overlay.y).zip(overlay_rows) {
        let (row, _) = row.as_chunks_mut::<4>();
        let before = usize::try_from(overlay.x.saturating_neg()).unwrap_or(0);
        for (under, over) in skip(row.iter_mut(), overlay.x).zip(over.iter().skip(before)) {
            let [blue, green, red, opacity] = over.to_le_bytes();
            let rest = 255_u16.saturating_sub(opacity.into());
            let [b, g, r, _] = under;
            for (under, over) in [(b, blue), (g, green), (r, red)] {
                let through = u16::from(*under).saturating_mul(rest) / 255;
                *under = u8::try_from(through.saturating_add(over.into())).unwrap_or(u8::MAX);
            }
        }
    }
}

/// Without the first so many; with all if that is less than none.
fn skip<T>(of: impl Iterator<Item = T>, count: i32) -> impl Iterator<Item = T> {
    of.skip(usize::try_from(count).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPAQUE: u32 = 0xff_ff_80_00;

    /// Which of 4 x 3 white pixels a 2 x 2 overlay covers.
    fn covered(x: i32, y: i32) -> String {
        let mut pixels = [255; 4 * 3 * 4];
        blend(&mut pixels, 4, &Overlay { x, y, width: 2, pixels: &[OPAQUE; 4] });
        let (pixels, _) = pixels.as_chunks::<4>();
        pixels
            .iter()
            .map(|[blue, green, red, _]| match [*blue, *green, *red] {
                [0, 0x80, 255] => '#',
                [255, 255, 255] => '.',
                other => panic!("{other:?}"),
            })
            .collect()
    }

    #[test]
    fn an_overlay_covers_what_it_lies_over_and_is_cut_at_the_edges() {
        assert_eq!(covered(1, 1), ".....##..##.");
        assert_eq!(covered(-1, -1), "#...........");
        assert_eq!(covered(3, 2), "...........#");
        assert_eq!(covered(4, 0), "............");
        assert_eq!(covered(0, -2), "............");
        assert_eq!(covered(i32::MIN, i32::MAX), "............");
    }

    #[test]
    fn what_is_half_opaque_lets_half_through() {
        let mut pixels = [100, 100, 100, 0];
        // Half of white, weighted already.
        blend(&mut pixels, 1, &Overlay { x: 0, y: 0, width: 1, pixels: &[0x80_80_80_80] });
        assert!(pixels[..3].iter().all(|colour| colour.abs_diff(177) < 2), "{pixels:?}");
        blend(&mut pixels, 1, &Overlay { x: 0, y: 0, width: 1, pixels: &[0] });
        assert!(pixels[..3].iter().all(|colour| colour.abs_diff(177) < 2), "{pixels:?}");
    }
}
