//! Memory that the screen's server writes pixels into.

use std::os::fd::AsFd as _;

use x11rb::connection::Connection as _;
use x11rb::protocol::shm::{self, ConnectionExt as _};
use x11rb::protocol::xproto::ImageFormat;

use super::display::Display;
use super::target::Place;
use super::trouble::Trouble;
use crate::DeviceError;
use crate::ffi::{Mapping, memory_file};

/// Memory shared with the server, which lets go of it at the end of the connection.
#[derive(Debug)]
pub(super) struct Segment {
    id: shm::Seg,
    octets: u32,
    mapping: Mapping,
}

impl Segment {
    pub(super) fn new(display: &Display, octets: u32) -> Result<Self, Trouble> {
        let failed = |error: std::io::Error| DeviceError::Other { detail: error.to_string() };
        let file = memory_file(octets).map_err(failed)?;
        let length = usize::try_from(octets).unwrap_or(usize::MAX);
        let mapping = Mapping::new(file.as_fd(), 0, length).map_err(failed)?;
        let id = display.connection.generate_id()?;
        display.connection.shm_attach_fd(id, file, false)?.check()?;
        Ok(Self { id, octets, mapping })
    }

    pub(super) const fn holds(&self, octets: u32) -> bool {
        self.octets >= octets
    }

    /// Appends the pixels of a place, which must fit.
    pub(super) fn grab(
        &self,
        display: &Display,
        place: &Place,
        out: &mut Vec<u8>,
    ) -> Result<(), Trouble> {
        let area = place.area;
        let asked = display.connection.shm_get_image(
            place.drawable,
            area.x,
            area.y,
            area.width,
            area.height,
            u32::MAX,
            ImageFormat::Z_PIXMAP.into(),
            self.id,
            0,
        )?;
        // Once this is answered, they are written.
        asked.reply()?;
        self.mapping.append_to(usize::try_from(place.octets()).unwrap_or(usize::MAX), out);
        Ok(())
    }

    /// Lets the server let go of it.
    pub(super) fn release(self, display: &Display) -> Result<(), Trouble> {
        display.connection.shm_detach(self.id)?;
        Ok(())
    }
}
