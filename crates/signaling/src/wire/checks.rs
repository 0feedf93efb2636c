//! What has to hold for a field before it becomes a word.

use carillon_frame::Bitrate;

use super::WireError;
use crate::{
    id::{GroupId, Mid, StreamId},
    roster::Mute,
};

/// Entries of a list of streams or sections. An offer has one a video section, stopped ones included: ten times the 25
/// videos that a client receives at most. More would cost a lookup each.
pub(super) const MAX_STREAMS: usize = 256;

/// Bytes of the audio host and of an external user id, both of which the server gave out itself.
pub(super) const MAX_NAME_BYTES: usize = 2048;

/// The value of a field that has to be there.
pub(super) fn required<T>(value: Option<T>, field: &'static str) -> Result<T, WireError> {
    value.ok_or(WireError::Missing(field))
}

/// Lets a list or text through that is not too long.
pub(super) fn at_most(length: usize, limit: usize, field: &'static str) -> Result<(), WireError> {
    if length > limit { Err(WireError::TooLong { field, length, limit }) } else { Ok(()) }
}

pub(super) fn stream_id(number: Option<u32>) -> Result<StreamId, WireError> {
    StreamId::new(number.unwrap_or_default()).ok_or(WireError::Illegal("stream_id"))
}

pub(super) fn stream_ids(numbers: &[u32]) -> Result<Vec<StreamId>, WireError> {
    numbers.iter().map(|number| stream_id(Some(*number))).collect()
}

pub(super) fn group_id(number: Option<u32>) -> Result<GroupId, WireError> {
    GroupId::new(number.unwrap_or_default()).ok_or(WireError::Illegal("group_id"))
}

pub(super) fn mid(text: &str) -> Result<Mid, WireError> {
    text.parse().map_err(|_| WireError::Illegal("mid"))
}

/// Writes a bitrate in kilobits so that little is not taken for nothing.
pub(super) fn kbps(bitrate: Bitrate) -> u32 {
    bitrate.kbps().max(u32::from(bitrate > Bitrate::default()))
}

/// Writes a bitrate in bits, as large as the field can hold.
pub(super) fn bps(bitrate: Bitrate) -> u32 {
    u32::try_from(bitrate.bps()).unwrap_or(u32::MAX)
}

/// Reads the flag that says whether somebody is muted.
pub(super) const fn muted(flag: bool) -> Mute {
    if flag { Mute::Muted } else { Mute::Unmuted }
}
