//! Calls of Video4Linux, and what they are given (`linux/videodev2.h`).
#![expect(unsafe_code, reason = "device calls are given untyped pointers")]

use std::io;
use std::os::fd::{AsRawFd as _, BorrowedFd};
use std::ptr::from_mut;
use std::time::Duration;

use libc::{_IOR, _IOW, _IOWR, Ioctl};

/// The letter of all these calls.
const V: u32 = b'V' as u32;

/// The kind of buffers that are for pictures out of a camera.
const CAPTURE: u32 = 1;
/// Buffers that the kernel has and a program maps.
const MMAP: u32 = 1;
/// Both halves of a picture at once.
const PROGRESSIVE: u32 = 1;

/// Of a device: gives pictures, and gives them through buffers; the second word of abilities holds.
pub(super) const CAN_CAPTURE: u32 = 1;
pub(super) const CAN_STREAM: u32 = 0x0400_0000;
pub(super) const HAS_OWN_ABILITIES: u32 = 0x8000_0000;

/// Of a buffer: the picture in it is damaged.
pub(super) const DAMAGED: u32 = 0x40;

/// Of a list of sizes or intervals: each stands for itself.
pub(super) const DISCRETE: u32 = 1;

#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Capability {
    pub(super) driver: [u8; 16],
    pub(super) card: [u8; 32],
    pub(super) bus: [u8; 32],
    pub(super) version: u32,
    pub(super) all: u32,
    pub(super) own: u32,
    reserved: [u32; 3],
}

#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct FormatName {
    pub(super) index: u32,
    kind: u32,
    flags: u32,
    description: [u8; 32],
    pub(super) code: [u8; 4],
    bus_code: u32,
    reserved: [u32; 3],
}

#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct FrameSize {
    pub(super) index: u32,
    pub(super) code: [u8; 4],
    pub(super) kind: u32,
    /// Width and height, or the least, the most and the step of both.
    pub(super) sides: [u32; 6],
    pub(super) reserved: [u32; 2],
}

#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct FrameInterval {
    pub(super) index: u32,
    pub(super) code: [u8; 4],
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) kind: u32,
    /// Numerator and denominator, of one, or of the least, the most and the step.
    pub(super) parts: [u32; 6],
    pub(super) reserved: [u32; 2],
}

/// The place of a picture's format among those of other kinds, which are larger, and hold pointers.
#[repr(C)]
#[cfg_attr(target_pointer_width = "64", repr(align(8)))]
#[derive(Clone, Copy, Debug)]
pub(super) struct Pixels {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) code: [u8; 4],
    field: u32,
    pub(super) stride: u32,
    octets: u32,
    /// Colour space, flags and the like, which are left to the driver.
    rest: [u32; 6],
    others: [u32; 38],
}

#[repr(C)]
#[derive(Clone, Copy, Debug)]
struct FormatCall {
    kind: u32,
    pixels: Pixels,
}

#[repr(C)]
#[derive(Clone, Copy, Debug)]
struct ParameterCall {
    kind: u32,
    abilities: u32,
    mode: u32,
    interval: [u32; 2],
    others: [u32; 46],
}

#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
struct BufferRequest {
    count: u32,
    kind: u32,
    memory: u32,
    abilities: u32,
    flags: u32,
}

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub(super) struct Buffer {
    pub(super) index: u32,
    kind: u32,
    pub(super) used: u32,
    pub(super) flags: u32,
    field: u32,
    time: libc::timeval,
    timecode: [u32; 4],
    sequence: u32,
    memory: u32,
    pub(super) place: Place,
    pub(super) length: u32,
    pub(super) reserved: [u32; 2],
}

/// Where a buffer is, in as much room as a pointer has.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Place {
    pub(super) offset: u32,
    #[cfg(target_pointer_width = "64")]
    rest: u32,
}

impl Buffer {
    pub(super) fn new(index: u32) -> Self {
        Self {
            index,
            kind: CAPTURE,
            used: 0,
            flags: 0,
            field: 0,
            time: libc::timeval { tv_sec: 0, tv_usec: 0 },
            timecode: [0; 4],
            sequence: 0,
            memory: MMAP,
            place: Place::default(),
            length: 0,
            reserved: [0; 2],
        }
    }
}

const QUERY_CAPABILITY: Ioctl = _IOR::<Capability>(V, 0);
const ENUM_FORMATS: Ioctl = _IOWR::<FormatName>(V, 2);
const SET_FORMAT: Ioctl = _IOWR::<FormatCall>(V, 5);
const REQUEST_BUFFERS: Ioctl = _IOWR::<BufferRequest>(V, 8);
const QUERY_BUFFER: Ioctl = _IOWR::<Buffer>(V, 9);
const QUEUE_BUFFER: Ioctl = _IOWR::<Buffer>(V, 15);
const DEQUEUE_BUFFER: Ioctl = _IOWR::<Buffer>(V, 17);
const STREAM_ON: Ioctl = _IOW::<u32>(V, 18);
const STREAM_OFF: Ioctl = _IOW::<u32>(V, 19);
const SET_PARAMETERS: Ioctl = _IOWR::<ParameterCall>(V, 22);
const ENUM_SIZES: Ioctl = _IOWR::<FrameSize>(V, 74);
const ENUM_INTERVALS: Ioctl = _IOWR::<FrameInterval>(V, 75);

/// What the device is.
pub(super) fn capability(device: BorrowedFd<'_>) -> io::Result<Capability> {
    let mut capability = Capability::default();
    call(device, QUERY_CAPABILITY, &mut capability)?;
    Ok(capability)
}

/// One of its formats; an invalid argument behind the last.
pub(super) fn format_name(device: BorrowedFd<'_>, index: u32) -> io::Result<FormatName> {
    let mut name = FormatName { index, kind: CAPTURE, ..FormatName::default() };
    call(device, ENUM_FORMATS, &mut name)?;
    Ok(name)
}

/// One of the sizes of a format.
pub(super) fn size(device: BorrowedFd<'_>, code: [u8; 4], index: u32) -> io::Result<FrameSize> {
    let mut size = FrameSize { index, code, ..FrameSize::default() };
    call(device, ENUM_SIZES, &mut size)?;
    Ok(size)
}

/// One of the intervals of a format and size, which are given.
pub(super) fn interval(
    device: BorrowedFd<'_>,
    mut asked: FrameInterval,
    index: u32,
) -> io::Result<FrameInterval> {
    asked.index = index;
    call(device, ENUM_INTERVALS, &mut asked)?;
    Ok(asked)
}

/// Asks for a format and size; the answer is what it will be.
pub(super) fn set_format(
    device: BorrowedFd<'_>,
    code: [u8; 4],
    (width, height): (u32, u32),
) -> io::Result<Pixels> {
    let pixels = Pixels {
        width,
        height,
        code,
        field: PROGRESSIVE,
        stride: 0,
        octets: 0,
        rest: [0; 6],
        others: [0; 38],
    };
    let mut format = FormatCall { kind: CAPTURE, pixels };
    call(device, SET_FORMAT, &mut format)?;
    Ok(format.pixels)
}

/// Asks for an interval.
pub(super) fn set_interval(device: BorrowedFd<'_>, interval: [u32; 2]) -> io::Result<()> {
    let mut parameters =
        ParameterCall { kind: CAPTURE, abilities: 0, mode: 0, interval, others: [0; 46] };
    call(device, SET_PARAMETERS, &mut parameters)
}

/// Asks for so many buffers; the answer is how many there are.
pub(super) fn request_buffers(device: BorrowedFd<'_>, count: u32) -> io::Result<u32> {
    let mut request =
        BufferRequest { count, kind: CAPTURE, memory: MMAP, ..BufferRequest::default() };
    call(device, REQUEST_BUFFERS, &mut request)?;
    Ok(request.count)
}

/// Where a buffer is, and how long.
pub(super) fn buffer(device: BorrowedFd<'_>, index: u32) -> io::Result<Buffer> {
    let mut buffer = Buffer::new(index);
    call(device, QUERY_BUFFER, &mut buffer)?;
    Ok(buffer)
}

/// Lets a picture be written into a buffer.
pub(super) fn queue(device: BorrowedFd<'_>, index: u32) -> io::Result<()> {
    call(device, QUEUE_BUFFER, &mut Buffer::new(index))
}

/// The buffer with the oldest picture; would block if there is none.
pub(super) fn dequeue(device: BorrowedFd<'_>) -> io::Result<Buffer> {
    let mut buffer = Buffer::new(0);
    call(device, DEQUEUE_BUFFER, &mut buffer)?;
    Ok(buffer)
}

/// Lets pictures come, or ends them.
pub(super) fn set_streaming(device: BorrowedFd<'_>, on: bool) -> io::Result<()> {
    let mut kind = CAPTURE;
    call(device, if on { STREAM_ON } else { STREAM_OFF }, &mut kind)
}

/// What waiting for a picture came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Readiness {
    Ready,
    /// The device says that waiting is of no use.
    Failed,
    NotYet,
}

/// Waits for a picture.
pub(super) fn wait(device: BorrowedFd<'_>, patience: Duration) -> io::Result<Readiness> {
    let millis = libc::c_int::try_from(patience.as_millis()).unwrap_or(libc::c_int::MAX);
    let mut asked = libc::pollfd { fd: device.as_raw_fd(), events: libc::POLLIN, revents: 0 };
    // SAFETY: it is one entry, which outlives the call.
    let ready = unsafe { libc::poll(from_mut(&mut asked), 1, millis) };
    if ready < 0 {
        let error = io::Error::last_os_error();
        let is_harmless = error.kind() == io::ErrorKind::Interrupted;
        return if is_harmless { Ok(Readiness::NotYet) } else { Err(error) };
    }
    let failed = libc::POLLERR | libc::POLLHUP | libc::POLLNVAL;
    Ok(match asked.revents {
        0 => Readiness::NotYet,
        events if events & failed != 0 => Readiness::Failed,
        _ => Readiness::Ready,
    })
}

/// Makes a call, once more where a signal broke it off.
fn call<T: Copy>(device: BorrowedFd<'_>, number: Ioctl, value: &mut T) -> io::Result<()> {
    loop {
        // SAFETY: the number of each call says how large its value is, which is the size of `T` by construction, and
        // the kernel neither reads nor writes beyond. With mapped buffers no value holds a pointer.
        let code = unsafe { libc::ioctl(device.as_raw_fd(), number, from_mut(value)) };
        if code >= 0 {
            return Ok(());
        }
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
}

#[cfg(test)]
#[cfg(all(target_arch = "x86_64", target_pointer_width = "64"))]
mod tests {
    use std::mem::offset_of;

    use super::*;

    // What a C compiler makes of the header of Linux 6.1.

    #[test]
    fn numbers_are_those_of_the_kernels_header() {
        // They hold the sizes.
        let asked = [QUERY_CAPABILITY, ENUM_FORMATS, ENUM_SIZES, ENUM_INTERVALS];
        assert_eq!(asked, [0x8068_5600, 0xc040_5602, 0xc02c_564a, 0xc034_564b]);
        let set = [SET_FORMAT, SET_PARAMETERS, STREAM_ON, STREAM_OFF];
        assert_eq!(set, [0xc0d0_5605, 0xc0cc_5616, 0x4004_5612, 0x4004_5613]);
        let buffers = [REQUEST_BUFFERS, QUERY_BUFFER, QUEUE_BUFFER, DEQUEUE_BUFFER];
        assert_eq!(buffers, [0xc014_5608, 0xc058_5609, 0xc058_560f, 0xc058_5611]);
    }

    #[test]
    fn places_are_those_of_the_kernels_header() {
        let listed = [
            offset_of!(Capability, all),
            offset_of!(FormatName, code),
            offset_of!(FrameSize, sides),
            offset_of!(FrameInterval, parts),
        ];
        assert_eq!(listed, [84, 44, 12, 20]);
        let set = [
            offset_of!(FormatCall, pixels),
            offset_of!(Pixels, stride),
            offset_of!(Pixels, rest),
            offset_of!(ParameterCall, interval),
        ];
        assert_eq!(set, [8, 16, 24, 12]);
        let buffer = [
            offset_of!(Buffer, used),
            offset_of!(Buffer, time),
            offset_of!(Buffer, timecode),
            offset_of!(Buffer, memory),
            offset_of!(Buffer, place),
            offset_of!(Buffer, length),
        ];
        assert_eq!(buffer, [8, 24, 40, 60, 64, 72]);
    }
}
