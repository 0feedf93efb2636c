//! How pixels get from the server to here.

use x11rb::protocol::xproto::{ConnectionExt as _, ImageFormat};

use super::display::Display;
#[cfg(target_os = "linux")]
use super::segment::Segment;
use super::target::Place;
use super::trouble::Trouble;

/// Reads pixels: through memory shared with the server, or through the connection where there is none.
#[derive(Debug)]
pub(super) struct Grabber {
    #[cfg(target_os = "linux")]
    segment: Option<Segment>,
    #[cfg(target_os = "linux")]
    shares: bool,
}

impl Grabber {
    #[cfg_attr(
        not(target_os = "linux"),
        expect(unused_variables, reason = "memory is shared on Linux only")
    )]
    pub(super) fn new(display: &Display) -> Self {
        Self {
            #[cfg(target_os = "linux")]
            segment: None,
            #[cfg(target_os = "linux")]
            shares: display.extensions.shares_memory,
        }
    }

    /// Overwrites `out` with the pixels, four octets each, row by row.
    pub(super) fn grab(
        &mut self,
        display: &Display,
        place: &Place,
        out: &mut Vec<u8>,
    ) -> Result<(), Trouble> {
        out.clear();
        #[cfg(target_os = "linux")]
        if self.shares {
            match self.share(display, place) {
                Ok(segment) => match segment.grab(display, place, out) {
                    // This way a server reads no window that reaches beyond the screen. The other way it may.
                    Err(Trouble::Unseen) => {}
                    grabbed @ (Ok(()) | Err(Trouble::Closed | Trouble::Device(_))) => {
                        return grabbed;
                    }
                },
                Err(trouble) => {
                    // For instance because the server is on another machine.
                    tracing::debug!(?trouble, "the screen's server shares no memory");
                    self.shares = false;
                }
            }
        }
        let area = place.area;
        let asked = display.connection.get_image(
            ImageFormat::Z_PIXMAP,
            place.drawable,
            area.x,
            area.y,
            area.width,
            area.height,
            u32::MAX,
        )?;
        *out = asked.reply()?.data;
        Ok(())
    }

    /// Memory that is large enough.
    #[cfg(target_os = "linux")]
    fn share(&mut self, display: &Display, place: &Place) -> Result<&Segment, Trouble> {
        let octets = place.octets();
        let segment = match self.segment.take() {
            Some(segment) if segment.holds(octets) => segment,
            before => {
                before.map_or(Ok(()), |segment| segment.release(display))?;
                Segment::new(display, octets)?
            }
        };
        Ok(self.segment.insert(segment))
    }
}
