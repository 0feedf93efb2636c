//! Pictures in a terminal: two pixels a cell, one above the other.

use std::sync::Arc;

use carillon_facade::frame::{Picture, VideoSize};
use carillon_facade::media::colour::{ColourLayout, write_pixels};
use carillon_facade::media::scale::{Scaler, fitted};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Color;

/// How many colours the terminal has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Palette {
    /// All.
    True,
    /// The 256 that every terminal of the last twenty years has.
    Indexed,
}

impl Palette {
    /// What a terminal says of itself in `COLORTERM`.
    pub(crate) fn of(colorterm: Option<&str>) -> Self {
        match colorterm {
            Some("truecolor" | "24bit") => Self::True,
            Some(_) | None => Self::Indexed,
        }
    }

    fn colour(self, [red, green, blue]: [u8; 3]) -> Color {
        // A cube of six steps a side begins at 16.
        let step = |value: u8| value.saturating_add(25) / 51;
        match self {
            Self::True => Color::Rgb(red, green, blue),
            Self::Indexed => Color::Indexed(
                16_u8
                    .saturating_add(step(red).saturating_mul(36))
                    .saturating_add(step(green).saturating_mul(6))
                    .saturating_add(step(blue)),
            ),
        }
    }
}

/// Draws pictures in cells; its room is used again.
#[derive(Debug)]
pub(crate) struct Painter {
    palette: Palette,
    scaler: Scaler,
    pixels: Vec<u8>,
}

impl Painter {
    pub(crate) fn new(palette: Palette) -> Self {
        Self { palette, scaler: Scaler::default(), pixels: Vec::new() }
    }

    /// Draws the picture as large as it fits into the middle of the area.
    pub(crate) fn paint(&mut self, picture: &Arc<Picture>, area: Rect, buffer: &mut Buffer) {
        let area = area.intersection(buffer.area);
        let room = VideoSize::new(area.width.into(), u32::from(area.height).saturating_mul(2));
        let size = fitted(picture.size(), room);
        if area.is_empty() || size.width > room.width || size.height > room.height {
            return;
        }
        let Ok(scaled) = self.scaler.scale(picture, size) else { return };
        if write_pixels(&scaled, ColourLayout::Rgb, &mut self.pixels).is_err() {
            return;
        }
        let cells = |side| u16::try_from(side).unwrap_or(u16::MAX);
        let (width, height) = (cells(size.width), cells(size.height.div_ceil(2)));
        let left = area.x.saturating_add(area.width.saturating_sub(width) / 2);
        let top = area.y.saturating_add(area.height.saturating_sub(height) / 2);
        let row_octets = usize::from(width).saturating_mul(3).max(3);
        let rows = self.pixels.chunks(row_octets.saturating_mul(2));
        for (y, rows) in (top..area.bottom()).zip(rows) {
            let (upper, lower) = rows.split_at(row_octets.min(rows.len()));
            let lower = lower.chunks_exact(3).map(Some).chain(std::iter::repeat(None));
            for ((x, upper), lower) in (left..area.right()).zip(upper.chunks_exact(3)).zip(lower) {
                let Some(cell) = buffer.cell_mut(Position::new(x, y)) else { continue };
                let colour = |pixel: &[u8]| {
                    pixel.try_into().map_or(Color::Reset, |pixel| self.palette.colour(pixel))
                };
                cell.set_char('▀').set_fg(colour(upper));
                cell.set_bg(lower.map_or(Color::Reset, colour));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Red above, blue below.
    fn flag(size: VideoSize) -> Arc<Picture> {
        let mut picture = Picture::black(size).unwrap();
        let planes = picture.planes_mut();
        for (plane, (upper, lower)) in
            [(planes.y, (81, 41)), (planes.u, (90, 240)), (planes.v, (240, 110))]
        {
            let (above, below) = plane.split_at_mut(plane.len() / 2);
            above.fill(upper);
            below.fill(lower);
        }
        Arc::new(picture)
    }

    fn painted(palette: Palette, size: VideoSize, area: Rect) -> Buffer {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 40, 20));
        Painter::new(palette).paint(&flag(size), area, &mut buffer);
        buffer
    }

    #[test]
    fn a_picture_fills_the_middle_of_its_area_in_its_colours() {
        let buffer = painted(Palette::True, VideoSize::new(640, 360), Rect::new(4, 2, 32, 12));
        // 32 by 18 pixels are nine rows; the area has twelve.
        let cell = |x, y| buffer.cell((x, y)).unwrap();
        assert_eq!(
            (cell(3, 6).symbol(), cell(4, 2).symbol(), cell(20, 13).symbol()),
            (" ", " ", " ")
        );
        let (top, bottom) = (cell(20, 4), cell(20, 11));
        assert!(matches!(top.fg, Color::Rgb(240.., 0..20, 0..20)), "{:?}", top.fg);
        assert!(matches!(bottom.bg, Color::Rgb(0..20, 0..20, 220..)), "{:?}", bottom.bg);
    }

    #[test]
    fn with_256_colours_the_nearest_is_taken() {
        let buffer = painted(Palette::Indexed, VideoSize::new(640, 360), Rect::new(0, 0, 32, 9));
        assert_eq!(buffer.cell((16, 1)).unwrap().fg, Color::Indexed(196));
        assert_eq!(buffer.cell((16, 7)).unwrap().bg, Color::Indexed(21));
        assert_eq!(Palette::of(Some("truecolor")), Palette::True);
        assert_eq!(Palette::of(None), Palette::Indexed);
    }

    #[test]
    fn areas_without_room_or_beyond_the_screen_stay_as_they_are() {
        for area in [Rect::new(0, 0, 0, 5), Rect::new(39, 19, 1, 1), Rect::new(50, 50, 10, 10)] {
            let buffer = painted(Palette::True, VideoSize::new(1_280, 720), area);
            assert!(buffer.content().iter().all(|cell| cell.symbol() == " "), "{area}");
        }
    }
}
