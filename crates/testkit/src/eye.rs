//! Judges what is seen: which colour, and which picture by its counter.

use crate::picture::{CELLS, COUNTER_PERIOD, Colour, Picture, STRIP_PARTS, cells_of};

/// How far a mean may lie from a colour, summed over the three planes: half of what separates the nearest two.
const COLOUR_TOLERANCE: u32 = 60;

/// How much brighter the white cell must be than the black one for the counter to be read.
const LEAST_CONTRAST: u32 = 80;

/// What an eye saw in a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The colour of the middle, if it is one of the known.
    pub colour: Option<Colour>,
    /// The number of the picture, if its cells are readable and agree with their check bits.
    pub counter: Option<u16>,
}

/// Looks at a picture of any size.
#[must_use]
pub fn see(picture: &Picture) -> Seen {
    Seen { colour: colour_of(picture), counter: counter_of(picture) }
}

fn colour_of(picture: &Picture) -> Option<Colour> {
    let Picture { width, height, .. } = *picture;
    let middle =
        |width: usize, height: usize| (width / 4..width * 3 / 4, height / 4..height * 3 / 4);
    let planes = [
        (&picture.y, width, height),
        (&picture.u, width / 2, height / 2),
        (&picture.v, width / 2, height / 2),
    ];
    let means = planes.map(|(plane, width, height)| {
        let (columns, rows) = middle(width, height);
        mean(plane, width, columns, rows)
    });
    let distance = |colour: &Colour| -> u32 {
        colour
            .yuv()
            .into_iter()
            .zip(means)
            .map(|(known, seen)| u32::from(known).abs_diff(seen))
            .sum()
    };
    let nearest = Colour::ALL.into_iter().min_by_key(distance)?;
    (distance(&nearest) <= COLOUR_TOLERANCE).then_some(nearest)
}

fn counter_of(picture: &Picture) -> Option<u16> {
    let strip = picture.height / STRIP_PARTS;
    let rows = strip / 4..(strip * 3).div_ceil(4);
    let brightness: [u32; CELLS] = std::array::from_fn(|cell| {
        let left = (4 * cell + 1) * picture.width / (4 * CELLS);
        let right = (4 * cell + 3) * picture.width / (4 * CELLS);
        mean(&picture.y, picture.width, left..right, rows.clone())
    });
    let [white, black, bits @ ..] = brightness;
    if white < black.saturating_add(LEAST_CONTRAST) {
        return None;
    }
    let threshold = u32::midpoint(white, black);
    let bits = bits.iter().fold(0_u16, |bits, cell| bits << 1 | u16::from(*cell > threshold));
    let counter = bits >> 2;
    let seen = brightness.map(|cell| cell > threshold);
    (counter < COUNTER_PERIOD && seen == cells_of(counter)).then_some(counter)
}

/// The mean of a rectangle; 0 of an empty one.
fn mean(
    plane: &[u8],
    width: usize,
    columns: std::ops::Range<usize>,
    rows: std::ops::Range<usize>,
) -> u32 {
    let rows = plane.chunks_exact(width.max(1)).take(rows.end).skip(rows.start);
    let pixels = rows.flat_map(|row| row.get(columns.clone()).unwrap_or(&[]));
    let (sum, count) = pixels.fold((0_u32, 0_u32), |(sum, count), pixel| {
        (sum.saturating_add(u32::from(*pixel)), count + 1)
    });
    sum.checked_div(count).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::Rng as _;

    use super::*;
    use crate::rng::seeded;

    #[test]
    fn every_colour_and_counter_is_told_even_through_noise() {
        let mut rng = seeded(7);
        for (colour, counter) in Colour::ALL.into_iter().zip([0, 1, 29, 512, 2_047, 4_094, 4_095]) {
            let mut picture = Picture::test_card(320, 240, colour, counter);
            for plane in [&mut picture.y, &mut picture.u, &mut picture.v] {
                for pixel in plane.iter_mut() {
                    *pixel = pixel.saturating_add(rng.random_range(0..20)).saturating_sub(10);
                }
            }
            let seen = see(&picture);
            assert_eq!(seen, Seen { colour: Some(colour), counter: Some(counter) });
        }
    }

    #[test]
    fn a_picture_of_nothing_shows_nothing() {
        let mut picture = Picture::test_card(320, 240, Colour::Red, 5);
        picture.y.fill(16);
        picture.u.fill(128);
        picture.v.fill(128);
        assert_eq!(see(&picture), Seen { colour: None, counter: None });
    }

    #[test]
    fn the_block_moves_from_picture_to_picture() {
        let card = |counter| Picture::test_card(320, 240, Colour::Red, counter);
        let lane = 240 * 7 / 8 * 320;
        assert_ne!(card(1).y[lane..], card(2).y[lane..]);
    }

    proptest! {
        #[test]
        fn any_planes_are_judged_without_panic(
            width in 0_usize..40,
            height in 0_usize..40,
            bytes in prop::collection::vec(any::<u8>(), 0..800),
        ) {
            let (u, v) = (bytes.clone(), bytes.clone());
            let seen = see(&Picture { width, height, y: bytes, u, v });
            prop_assert!(seen.counter.is_none_or(|counter| counter < COUNTER_PERIOD));
        }

        #[test]
        fn the_counter_survives_any_readable_size(
            width in 64_usize..700,
            height in 64_usize..500,
            counter in 0..COUNTER_PERIOD,
        ) {
            let seen = see(&Picture::test_card(width, height, Colour::Blue, counter));
            prop_assert_eq!(seen.counter, Some(counter));
        }
    }
}
