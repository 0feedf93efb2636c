//! The colour that tells senders apart.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "shares of colour are between 0 and 1, so what becomes an octet is 0 to 255"
)]

use carillon_frame::Picture;

/// A colour of the rainbow, in degrees: 0 is red, 120 green, 240 blue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Hue(u16);

/// How strong and how bright a hue is painted, of 1: far from grey, and within what video can show.
const SATURATION: f32 = 0.75;
const VALUE: f32 = 0.85;

/// How far a colour must be from grey to be one, in steps of colour difference.
const LEAST_CHROMA: u32 = 24;

/// How far a sample may be from the commonest colour to count as the same.
const SAME_COLOUR: u8 = 12;

impl Hue {
    /// A hue of so many degrees, around the circle.
    #[must_use]
    pub const fn new(degrees: u16) -> Self {
        Self(degrees % 360)
    }

    /// The degrees: 0 to 359.
    #[must_use]
    pub const fn degrees(self) -> u16 {
        self.0
    }

    /// How many degrees lie between two hues, by the shorter way around: 0 to 180.
    #[must_use]
    pub const fn distance(self, other: Self) -> u16 {
        let apart = self.0.abs_diff(other.0);
        if apart > 180 { 360_u16.saturating_sub(apart) } else { apart }
    }

    /// As luma and colour differences of video range, BT.601.
    fn yuv(self) -> [u8; 3] {
        let sector = f32::from(self.0) / 60.0;
        let share = |shift: f32| {
            let k = (shift + sector) % 6.0;
            VALUE - VALUE * SATURATION * k.min(4.0 - k).clamp(0.0, 1.0)
        };
        let (r, g, b) = (share(5.0), share(3.0), share(1.0));
        let y = 0.299 * r + 0.587 * g + 0.114 * b;
        let u = 128.0 + 224.0 * 0.5 * (b - y) / (1.0 - 0.114);
        let v = 128.0 + 224.0 * 0.5 * (r - y) / (1.0 - 0.299);
        [(16.0 + 219.0 * y) as u8, u as u8, v as u8]
    }
}

/// Fills the picture with a hue.
pub(super) fn paint(picture: &mut Picture, hue: Hue) {
    let [y, u, v] = hue.yuv();
    let planes = picture.planes_mut();
    planes.y.fill(y);
    planes.u.fill(u);
    planes.v.fill(v);
}

/// The hue that most of the picture has; nothing if that is grey.
#[must_use]
pub fn dominant_colour(picture: &Picture) -> Option<Hue> {
    let (u, v) = commonest_chroma(picture)?;
    let from_grey =
        u32::from(u.abs_diff(128)).pow(2).saturating_add(u32::from(v.abs_diff(128)).pow(2));
    if from_grey < LEAST_CHROMA.pow(2) {
        return None;
    }
    (0..360).map(Hue::new).min_by_key(|hue| {
        let [_, its_u, its_v] = hue.yuv();
        u32::from(its_u.abs_diff(u)).pow(2).saturating_add(u32::from(its_v.abs_diff(v)).pow(2))
    })
}

/// The average of the colour differences around those that occur most.
fn commonest_chroma(picture: &Picture) -> Option<(u8, u8)> {
    let planes = picture.planes();
    let samples = || planes.u.iter().copied().zip(planes.v.iter().copied());
    // Eight neighbouring values along each axis count as one.
    let mut counts = [0_u32; 32 * 32];
    for (u, v) in samples() {
        let cell = usize::from(u >> 3).saturating_mul(32).saturating_add(usize::from(v >> 3));
        if let Some(count) = counts.get_mut(cell) {
            *count = count.saturating_add(1);
        }
    }
    let (cell, _) = (0_u16..).zip(counts).max_by_key(|(_, count)| *count)?;
    let middle =
        |cells: u16| u8::try_from(cells.saturating_mul(8).saturating_add(4)).unwrap_or(u8::MAX);
    let (u, v) = (middle(cell / 32), middle(cell % 32));
    let (mut sum_u, mut sum_v, mut count) = (0_u64, 0_u64, 0_u64);
    for (its_u, its_v) in samples() {
        if its_u.abs_diff(u) <= SAME_COLOUR && its_v.abs_diff(v) <= SAME_COLOUR {
            sum_u = sum_u.saturating_add(u64::from(its_u));
            sum_v = sum_v.saturating_add(u64::from(its_v));
            count = count.saturating_add(1);
        }
    }
    let average = |sum: u64| u8::try_from(sum.checked_div(count)?).ok();
    Some((average(sum_u)?, average(sum_v)?))
}
