//! Pictures as they are captured, encoded and shown: planar YUV with quartered colour (I420).

use std::sync::Arc;

use crate::MediaTime;

/// How large a picture is, in pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct VideoSize {
    /// From left to right.
    pub width: u32,
    /// From top to bottom.
    pub height: u32,
}

impl VideoSize {
    /// The longest side of a picture that is made or read: 8K. More lets a stranger's header ask for gigabytes.
    pub const MAX_SIDE: u32 = 8_192;

    /// A size of so many pixels.
    #[must_use]
    pub const fn new(width: u32, height: u32) -> Self {
        Self { width, height }
    }

    /// How many columns and rows the colour planes have: half as many, rounded up.
    #[must_use]
    pub const fn chroma(self) -> Self {
        Self { width: self.width.div_ceil(2), height: self.height.div_ceil(2) }
    }

    /// How many pixels there are.
    #[must_use]
    pub const fn pixels(self) -> u64 {
        self.width as u64 * self.height as u64
    }

    /// Whether a picture can have this size: one pixel at least, and no side beyond [`Self::MAX_SIDE`].
    #[must_use]
    pub const fn is_valid(self) -> bool {
        self.width > 0
            && self.height > 0
            && self.width <= Self::MAX_SIDE
            && self.height <= Self::MAX_SIDE
    }

    /// How many octets a picture of this size takes in I420: at most 8,192 x 8,192 x 1.5, which any `usize` holds.
    fn octets(self) -> usize {
        let octets = self.pixels().saturating_add(self.chroma().pixels().saturating_mul(2));
        usize::try_from(octets).unwrap_or(usize::MAX)
    }
}

impl std::fmt::Display for VideoSize {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}x{}", self.width, self.height)
    }
}

/// One picture in I420: a plane of luma, then two planes of colour difference with a quarter of its samples each.
///
/// Values are those of video range, BT.601, as WebRTC clients exchange them.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    size: VideoSize,
    octets: Vec<u8>,
}

/// The three planes of a picture, rows packed without padding.
#[derive(Clone, Copy, Debug)]
pub struct Planes<'a> {
    /// Luma, one octet a pixel.
    pub y: &'a [u8],
    /// Blue difference, one octet for four pixels.
    pub u: &'a [u8],
    /// Red difference, one octet for four pixels.
    pub v: &'a [u8],
}

/// The three planes of a picture, to be overwritten in place.
#[derive(Debug)]
pub struct PlanesMut<'a> {
    /// Luma, one octet a pixel.
    pub y: &'a mut [u8],
    /// Blue difference, one octet for four pixels.
    pub u: &'a mut [u8],
    /// Red difference, one octet for four pixels.
    pub v: &'a mut [u8],
}

impl Picture {
    /// A black picture; nothing if no picture can have that size.
    #[must_use]
    pub fn black(size: VideoSize) -> Option<Self> {
        let mut picture =
            size.is_valid().then(|| Self { size, octets: vec![128; size.octets()] })?;
        picture.planes_mut().y.fill(16);
        Some(picture)
    }

    /// How large it is.
    #[must_use]
    pub const fn size(&self) -> VideoSize {
        self.size
    }

    /// The planes, to be read.
    #[must_use]
    pub fn planes(&self) -> Planes<'_> {
        let (y, colours) = self.octets.split_at(self.luma_octets());
        let (u, v) = colours.split_at(colours.len() / 2);
        Planes { y, u, v }
    }

    /// The planes, to be overwritten.
    #[must_use]
    pub fn planes_mut(&mut self) -> PlanesMut<'_> {
        let luma = self.luma_octets();
        let (y, colours) = self.octets.split_at_mut(luma);
        let (u, v) = colours.split_at_mut(colours.len() / 2);
        PlanesMut { y, u, v }
    }

    /// Takes another size, with contents that mean nothing; false if no picture can have it.
    pub fn resize(&mut self, size: VideoSize) -> bool {
        if size.is_valid() {
            self.size = size;
            self.octets.resize(size.octets(), 0);
        }
        size.is_valid()
    }

    fn luma_octets(&self) -> usize {
        // No more than there are, by construction.
        usize::try_from(self.size.pixels())
            .map_or(self.octets.len(), |luma| luma.min(self.octets.len()))
    }
}

impl std::fmt::Debug for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Picture").field("size", &self.size).finish_non_exhaustive()
    }
}

/// A picture at its time; copies share the pixels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VideoFrame {
    /// The pixels.
    pub picture: Arc<Picture>,
    /// When it was captured, by the 90 kHz clock of its stream.
    pub timestamp: MediaTime,
}

/// Pictures that are used again once nobody else holds them, so that a running stream allocates nothing.
#[derive(Debug, Default)]
pub struct PicturePool {
    pictures: Vec<Arc<Picture>>,
}

/// How many pictures a pool keeps: one being written, one being shown, and a few on the way.
///
/// More would keep 1.4 MB each at 720p for nothing; with fewer a slow viewer makes the pool allocate.
const MAX_POOLED: usize = 6;

impl PicturePool {
    /// Makes a picture by writing it; nothing if it cannot have that size.
    ///
    /// # Errors
    /// That with which `write` gives up.
    pub fn make<E>(
        &mut self,
        size: VideoSize,
        write: impl FnOnce(&mut Picture) -> Result<(), E>,
    ) -> Result<Option<Arc<Picture>>, E> {
        let free = self.pictures.iter().position(|picture| Arc::strong_count(picture) == 1);
        let mut shared = match free {
            Some(index) => self.pictures.swap_remove(index),
            None => match Picture::black(size) {
                Some(picture) => Arc::new(picture),
                None => return Ok(None),
            },
        };
        let Some(picture) = Arc::get_mut(&mut shared) else { return Ok(None) };
        if !picture.resize(size) {
            return Ok(None);
        }
        write(picture)?;
        if self.pictures.len() < MAX_POOLED {
            self.pictures.push(Arc::clone(&shared));
        }
        Ok(Some(shared))
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    fn made(pool: &mut PicturePool, size: VideoSize) -> Option<Arc<Picture>> {
        pool.make(size, |_| Ok::<_, Infallible>(())).unwrap()
    }

    #[test]
    fn planes_of_odd_sizes_round_up() {
        let picture = Picture::black(VideoSize::new(5, 3)).unwrap();
        let planes = picture.planes();
        assert_eq!((planes.y.len(), planes.u.len(), planes.v.len()), (15, 6, 6));
        assert!(planes.y.iter().all(|y| *y == 16) && planes.v.iter().all(|v| *v == 128));
    }

    #[test]
    fn impossible_sizes_make_no_picture() {
        assert!(Picture::black(VideoSize::new(0, 3)).is_none());
        assert!(Picture::black(VideoSize::new(8_193, 3)).is_none());
        assert!(made(&mut PicturePool::default(), VideoSize::new(1, u32::MAX)).is_none());
    }

    #[test]
    fn a_pool_uses_a_picture_again_once_nobody_holds_it() {
        let mut pool = PicturePool::default();
        let size = VideoSize::new(16, 16);
        let first = made(&mut pool, size).unwrap();
        let second = made(&mut pool, size).unwrap();
        assert!(!Arc::ptr_eq(&first, &second));
        let address = Arc::as_ptr(&first);
        drop(first);
        let third = made(&mut pool, VideoSize::new(8, 8)).unwrap();
        assert_eq!(Arc::as_ptr(&third), address);
        assert_eq!(third.planes().y.len(), 64);
    }
}
