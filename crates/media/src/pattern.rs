//! A moving picture that machines can read: which picture it is, and whose.

mod counter;
mod hue;

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use carillon_frame::{
    Captured, ClockRate, MediaTime, Picture, PicturePool, VideoFrame, VideoSize, VideoSource,
};

pub use counter::read_counter;
pub use hue::{Hue, dominant_colour};

/// A made-up camera: a strip that counts pictures, a flat area in the sender's colour, and something that moves.
///
/// [`read_counter`] and [`dominant_colour`] read it back after encoding and scaling.
#[derive(Debug)]
pub struct TestPattern {
    size: VideoSize,
    hue: Hue,
    pool: PicturePool,
    counter: u16,
}

impl TestPattern {
    /// Makes a pattern of that size in that colour; nothing if no picture can have the size.
    #[must_use]
    pub fn new(size: VideoSize, hue: Hue) -> Option<Self> {
        size.is_valid().then(|| Self { size, hue, pool: PicturePool::default(), counter: 0 })
    }

    /// The number of the next picture, which goes on at 0 after 65,535.
    #[must_use]
    pub const fn counter(&self) -> u16 {
        self.counter
    }

    /// Draws the next picture.
    #[expect(clippy::missing_panics_doc, reason = "a valid size, checked when made, never panics")]
    pub fn draw(&mut self) -> Arc<Picture> {
        let (counter, hue) = (self.counter, self.hue);
        self.counter = counter.wrapping_add(1);
        let drawn = self.pool.make(self.size, |picture| {
            hue::paint(picture, hue);
            paint_motion(picture, counter);
            counter::paint(picture, counter);
            Ok::<_, Infallible>(())
        });
        let Ok(drawn) = drawn;
        drawn.expect("the size was found valid when the pattern was made")
    }
}

impl VideoSource for TestPattern {
    fn next_frame(&mut self, elapsed: Duration) -> Captured<VideoFrame> {
        let timestamp = MediaTime(ClockRate::VIDEO.ticks_in(elapsed));
        Captured::Frame(VideoFrame { picture: self.draw(), timestamp })
    }
}

/// A sawtooth of brightness that runs along the bottom quarter, as a passer-by for the encoder to follow.
fn paint_motion(picture: &mut Picture, counter: u16) {
    let VideoSize { width, height } = picture.size();
    let top = height.saturating_sub(height / 4);
    let shift = u32::from(counter).saturating_mul(4);
    let rows = picture.planes_mut().y.chunks_exact_mut((width as usize).max(1));
    for row in rows.skip(top as usize) {
        for (x, luma) in (0_u32..).zip(row) {
            let phase = x.saturating_add(shift) / 2 % 128;
            *luma = u8::try_from(phase.saturating_add(48)).unwrap_or(u8::MAX);
        }
    }
}

#[cfg(test)]
mod tests;
