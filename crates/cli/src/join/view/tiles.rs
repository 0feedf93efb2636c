//! The tiles: as large as they fit, names under them.

use carillon_facade::{PauseState, VideoTileState};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Stylize as _;
use ratatui::text::Line;

use super::painter::Painter;
use super::screen::{Pictures, boxed, write};
use super::state::{State, shown_name};

/// The least cells of a tile in which something can be made out.
const LEAST: (u16, u16) = (12, 4);

/// Columns and rows of tiles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Grid {
    columns: u16,
    rows: u16,
}

impl Grid {
    /// The grid in which so many tiles are largest, if their pictures are as wide as a screen.
    fn of(count: u16, area: Rect) -> Self {
        let size = |grid: &Self| {
            let cell = grid.cell(0, area);
            // A cell is two pixels high, and a row of each tile is its name.
            let height = u32::from(cell.height.saturating_sub(1)).saturating_mul(2);
            u32::from(cell.width).saturating_mul(9).min(height.saturating_mul(16))
        };
        let count = count.max(1);
        let grids = (1..=count).map(|columns| Self { columns, rows: count.div_ceil(columns) });
        grids.max_by_key(size).unwrap_or(Self { columns: 1, rows: count })
    }

    fn cell(self, index: u16, area: Rect) -> Rect {
        let (columns, rows) = (self.columns.max(1), self.rows.max(1));
        let (width, height) = (area.width / columns, area.height / rows);
        let (column, row) = (index % columns, index / columns);
        let x = area.x.saturating_add(column.saturating_mul(width));
        let y = area.y.saturating_add(row.saturating_mul(height));
        Rect::new(x, y, width, height).intersection(area)
    }
}

pub(super) fn draw(
    state: &State,
    pictures: &Pictures,
    painter: &mut Painter,
    area: Rect,
    buffer: &mut Buffer,
) {
    let mut tiles = state.tiles();
    let fitting = usize::from(area.width.saturating_sub(2) / LEAST.0)
        .saturating_mul(usize::from(area.height.saturating_sub(2) / LEAST.1));
    let left_out = tiles.len().saturating_sub(fitting);
    tiles.truncate(fitting);
    let title = if left_out > 0 { format!("videos, {left_out} more") } else { "videos".to_owned() };
    let inner = boxed(&title, area, buffer);
    if tiles.is_empty() {
        let line = Line::from("nobody shows anything".dark_gray());
        let row = inner.height / 2;
        return write_centred(&line, inner, row, buffer);
    }
    let grid = Grid::of(u16::try_from(tiles.len()).unwrap_or(u16::MAX), inner);
    for (index, tile) in (0..).zip(tiles) {
        draw_tile(state, tile, pictures, painter, grid.cell(index, inner), buffer);
    }
}

fn draw_tile(
    state: &State,
    tile: &VideoTileState,
    pictures: &Pictures,
    painter: &mut Painter,
    area: Rect,
    buffer: &mut Buffer,
) {
    let picture_area = Rect { height: area.height.saturating_sub(1), ..area };
    let paused = match tile.pause_state {
        PauseState::Unpaused => None,
        PauseState::PausedByUserRequest => Some("paused"),
        PauseState::PausedForPoorConnection => Some("too much for the connection"),
    };
    match (paused, pictures.get(&tile.tile_id)) {
        (None, Some(picture)) => painter.paint(picture, picture_area, buffer),
        (None, None) => write_centred(&"…".into(), picture_area, picture_area.height / 2, buffer),
        (Some(why), _) => {
            let line = Line::from(why.yellow());
            write_centred(&line, picture_area, picture_area.height / 2, buffer);
        }
    }
    let mut name = shown_name(&tile.attendee.external_user_id).to_owned();
    if tile.is_content {
        name.push_str(" shares");
    }
    if tile.attendee.identity.attendee == state.own {
        name.push_str(" (you)");
    }
    let speaks = state.speakers.contains(&tile.attendee.identity);
    let name = if speaks { format!("▶ {name}").green() } else { name.into() };
    let mut line = Line::from(name.bold());
    if let Some(size) = tile.size {
        line.push_span(format!("  {size}").dark_gray());
    }
    write_centred(&line, area, area.height.saturating_sub(1), buffer);
}

fn write_centred(line: &Line<'_>, area: Rect, row: u16, buffer: &mut Buffer) {
    let width = u16::try_from(line.width()).unwrap_or(u16::MAX).min(area.width);
    let x = area.x.saturating_add(area.width.saturating_sub(width) / 2);
    write(line, Rect { x, width, ..area }, row, buffer);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_stand_where_they_are_largest() {
        let wide = Rect::new(0, 0, 120, 20);
        let high = Rect::new(0, 0, 40, 60);
        assert_eq!(Grid::of(1, wide), Grid { columns: 1, rows: 1 });
        assert_eq!(Grid::of(3, wide), Grid { columns: 3, rows: 1 });
        assert_eq!(Grid::of(3, high), Grid { columns: 1, rows: 3 });
        assert_eq!(Grid::of(4, Rect::new(0, 0, 80, 24)), Grid { columns: 2, rows: 2 });
    }

    #[test]
    fn no_tile_leaves_the_area() {
        let area = Rect::new(3, 2, 50, 17);
        for count in 1..12 {
            let grid = Grid::of(count, area);
            for index in 0..count {
                let cell = grid.cell(index, area);
                assert_eq!(cell.intersection(area), cell);
            }
        }
    }
}
