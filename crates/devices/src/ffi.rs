//! Memory that the kernel or the screen's server writes.
#![expect(unsafe_code, reason = "mapping memory is a call of the system, and gives a pointer")]

use std::io;
use std::os::fd::{AsRawFd as _, BorrowedFd};
#[cfg(feature = "screen")]
use std::os::fd::{FromRawFd as _, OwnedFd};
use std::ptr::NonNull;

/// Memory shared with another side, which is unmapped when this is dropped.
///
/// It is only ever copied from: no reference lets the compiler believe that nobody else writes.
#[derive(Debug)]
pub(crate) struct Mapping {
    start: NonNull<u8>,
    octets: usize,
}

// SAFETY: the mapping belongs to the process, and every access is a copy.
unsafe impl Send for Mapping {}

impl Mapping {
    /// Maps so many octets of a file from `offset` on.
    pub(crate) fn new(file: BorrowedFd<'_>, offset: u32, octets: usize) -> io::Result<Self> {
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        let (fd, offset) = (file.as_raw_fd(), libc::off_t::from(offset));
        let any = std::ptr::null_mut();
        // SAFETY: the system chooses the place, so nothing that exists is mapped over.
        let start = unsafe { libc::mmap(any, octets, protection, libc::MAP_SHARED, fd, offset) };
        if start == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let start = NonNull::new(start.cast()).ok_or(io::ErrorKind::InvalidData)?;
        Ok(Self { start, octets })
    }

    /// Appends the first octets, as many as there are of those wanted.
    pub(crate) fn append_to(&self, wanted: usize, out: &mut Vec<u8>) {
        let octets = wanted.min(self.octets);
        let before = out.len();
        out.resize(before.saturating_add(octets), 0);
        let Some(room) = out.get_mut(before..) else { return };
        // SAFETY: both sides have `octets` octets, and memory just allocated is none that was mapped.
        unsafe { self.start.as_ptr().copy_to_nonoverlapping(room.as_mut_ptr(), octets) };
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: it was mapped by `new` with this length, and nobody has a pointer into it.
        let code = unsafe { libc::munmap(self.start.as_ptr().cast(), self.octets) };
        debug_assert_eq!(code, 0, "what is mapped can be unmapped");
    }
}

/// A file of so many octets that only exists in memory.
#[cfg(feature = "screen")]
pub(crate) fn memory_file(octets: u32) -> io::Result<OwnedFd> {
    // SAFETY: the name is a string that ends with a zero, and lives for ever.
    let fd = unsafe { libc::memfd_create(c"carillon".as_ptr(), libc::MFD_CLOEXEC) };
    if fd < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the system has just opened it for us.
    let file = unsafe { OwnedFd::from_raw_fd(fd) };
    let file = std::fs::File::from(file);
    file.set_len(octets.into())?;
    Ok(file.into())
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::os::fd::AsFd as _;

    use super::*;

    #[test]
    fn what_is_written_to_a_file_is_copied_from_its_mapping() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&[7; 5_000]).unwrap();
        let mapping = Mapping::new(file.as_fd(), 4_096, 904).unwrap();
        let mut out = vec![1];
        mapping.append_to(3, &mut out);
        assert_eq!(out, [1, 7, 7, 7]);
        mapping.append_to(usize::MAX, &mut out);
        assert_eq!(out.len(), 908);
        assert!(Mapping::new(file.as_fd(), 1, 904).is_err());
    }
}
