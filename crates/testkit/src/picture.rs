//! Pictures to send: a plain colour that can be named, a frame counter that can be read, and something that moves.

/// The colours test pictures are made of, far enough apart to survive any codec.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Colour {
    /// Pure red.
    Red,
    /// Pure green.
    Green,
    /// Pure blue.
    Blue,
    /// Red and green.
    Yellow,
    /// Green and blue.
    Cyan,
    /// Red and blue.
    Magenta,
    /// Half bright.
    Grey,
}

impl Colour {
    /// All colours.
    pub const ALL: [Self; 7] =
        [Self::Red, Self::Green, Self::Blue, Self::Yellow, Self::Cyan, Self::Magenta, Self::Grey];

    /// The colour as Y, Cb and Cr of BT.601 in limited range.
    #[must_use]
    pub const fn yuv(self) -> [u8; 3] {
        match self {
            Self::Red => [81, 90, 240],
            Self::Green => [145, 54, 34],
            Self::Blue => [41, 240, 110],
            Self::Yellow => [210, 16, 146],
            Self::Cyan => [170, 166, 16],
            Self::Magenta => [106, 202, 222],
            Self::Grey => [126, 128, 128],
        }
    }

    /// The colour's name in lower case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Red => "red",
            Self::Green => "green",
            Self::Blue => "blue",
            Self::Yellow => "yellow",
            Self::Cyan => "cyan",
            Self::Magenta => "magenta",
            Self::Grey => "grey",
        }
    }
}

impl std::str::FromStr for Colour {
    type Err = UnknownColour;

    fn from_str(name: &str) -> Result<Self, UnknownColour> {
        Self::ALL.into_iter().find(|colour| colour.name() == name).ok_or(UnknownColour)
    }
}

/// The name is none of [`Colour::ALL`]: choose one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown colour")]
pub struct UnknownColour;

/// How many cells the counter's strip has: one white, one black, twelve bits of the counter with the highest first,
/// and two bits that say how many of the twelve are set, modulo four.
pub(crate) const CELLS: usize = 16;

/// The counter's strip and the moving block's lane each take one part in so many of the height, at the top and at the bottom.
pub(crate) const STRIP_PARTS: usize = 8;

/// How many pictures the counter tells apart.
pub const COUNTER_PERIOD: u16 = 1 << 12;

const WHITE: u8 = 235;
const BLACK: u8 = 16;

/// A picture in I420: full luma, then both chroma planes at half width and height.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// How many pixels wide: even.
    pub width: usize,
    /// How many pixels high: even.
    pub height: usize,
    /// The luma plane, by rows.
    pub y: Vec<u8>,
    /// The Cb plane, by rows.
    pub u: Vec<u8>,
    /// The Cr plane, by rows.
    pub v: Vec<u8>,
}

impl Picture {
    /// Paints the picture number `counter`: the counter at the top, the colour in the middle, a moving block at the bottom.
    ///
    /// Odd sizes are rounded down to even ones; below 64 by 64 the counter cannot be read.
    #[must_use]
    pub fn test_card(width: usize, height: usize, colour: Colour, counter: u16) -> Self {
        let (width, height) = (width & !1, height & !1);
        let [y, u, v] = colour.yuv();
        let chroma = (width / 2) * (height / 2);
        let mut picture = Self {
            width,
            height,
            y: vec![y; width * height],
            u: vec![u; chroma],
            v: vec![v; chroma],
        };
        let strip = height / STRIP_PARTS;
        // Without colour, so that the cells are black and white to whoever sees RGB.
        for plane in [&mut picture.u, &mut picture.v] {
            plane.iter_mut().take(width / 2 * (strip / 2)).for_each(|pixel| *pixel = 128);
        }
        for (cell, set) in cells_of(counter).into_iter().enumerate() {
            let columns = cell * width / CELLS..(cell + 1) * width / CELLS;
            picture.paint(columns, 0..strip, if set { WHITE } else { BLACK });
        }
        let block = width / STRIP_PARTS;
        let left = usize::from(counter) * 4 % (width - block).max(1);
        picture.paint(left..left + block, height - strip..height, WHITE);
        picture
    }

    fn paint(&mut self, columns: std::ops::Range<usize>, rows: std::ops::Range<usize>, luma: u8) {
        for row in self.y.chunks_exact_mut(self.width.max(1)).take(rows.end).skip(rows.start) {
            row.iter_mut().take(columns.end).skip(columns.start).for_each(|pixel| *pixel = luma);
        }
    }
}

/// Which cells are white for a counter.
pub(crate) fn cells_of(counter: u16) -> [bool; CELLS] {
    let counter = counter % COUNTER_PERIOD;
    let check = counter.count_ones() % 4;
    let bits = (u32::from(counter) << 2) | check;
    std::array::from_fn(|cell| match cell {
        0 => true,
        1 => false,
        cell => bits >> (CELLS - 1 - cell) & 1 == 1,
    })
}
