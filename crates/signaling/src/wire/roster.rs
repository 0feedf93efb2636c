//! Who is there and who is heard ↔ their messages.

use carillon_frame::AudioLevel;

use super::{
    WireError,
    checks::{muted, required},
};
use crate::{
    id::AudioStreamId,
    proto,
    roster::{Mute, RosterEntry},
    volume::{AudioState, SignalStrength},
};

pub(super) fn roster(frame: proto::AudioStreamIdInfoFrame) -> Result<Vec<RosterEntry>, WireError> {
    frame.streams.into_iter().map(entry).collect()
}

pub(super) fn roster_frame(entries: &[RosterEntry]) -> proto::AudioStreamIdInfoFrame {
    proto::AudioStreamIdInfoFrame { streams: entries.iter().map(entry_frame).collect() }
}

fn entry(frame: proto::AudioStreamIdInfo) -> Result<RosterEntry, WireError> {
    let stream_id = audio_stream_id(frame.audio_stream_id)?;
    let mute = frame.muted.map(muted);
    Ok(match (frame.attendee_id.filter(|id| !id.is_empty()), mute) {
        (Some(id), mute) => RosterEntry::Present {
            stream_id,
            identity: id.parse().map_err(|_| WireError::Illegal("attendee_id"))?,
            external_user_id: frame.external_user_id.unwrap_or(id).into(),
            mute: required(mute, "muted")?,
        },
        (None, Some(mute)) => RosterEntry::Mute { stream_id, mute },
        (None, None) if frame.dropped == Some(true) => RosterEntry::Dropped { stream_id },
        (None, None) => RosterEntry::Left { stream_id },
    })
}

fn entry_frame(entry: &RosterEntry) -> proto::AudioStreamIdInfo {
    let of = |stream_id: &AudioStreamId| proto::AudioStreamIdInfo {
        audio_stream_id: Some(stream_id.get()),
        ..proto::AudioStreamIdInfo::default()
    };
    match entry {
        RosterEntry::Present { stream_id, identity, external_user_id, mute } => {
            proto::AudioStreamIdInfo {
                attendee_id: Some(identity.to_string()),
                external_user_id: Some(external_user_id.to_string()),
                muted: Some(*mute == Mute::Muted),
                ..of(stream_id)
            }
        }
        RosterEntry::Mute { stream_id, mute } => {
            proto::AudioStreamIdInfo { muted: Some(*mute == Mute::Muted), ..of(stream_id) }
        }
        RosterEntry::Left { stream_id } => {
            proto::AudioStreamIdInfo { dropped: Some(false), ..of(stream_id) }
        }
        RosterEntry::Dropped { stream_id } => {
            proto::AudioStreamIdInfo { dropped: Some(true), ..of(stream_id) }
        }
    }
}

pub(super) fn audio_states(
    frame: &proto::AudioMetadataFrame,
) -> Result<Vec<AudioState>, WireError> {
    frame.attendee_states.iter().map(audio_state).collect()
}

pub(super) fn audio_states_frame(states: &[AudioState]) -> proto::AudioMetadataFrame {
    let frame = |state: &AudioState| proto::AudioAttendeeState {
        audio_stream_id: Some(state.stream_id.get()),
        volume: Some(state.volume.attenuation_db().into()),
        muted: None,
        signal_strength: Some(match state.signal {
            SignalStrength::None => 0,
            SignalStrength::Weak => 1,
            SignalStrength::Good => 2,
        }),
    };
    proto::AudioMetadataFrame { attendee_states: states.iter().map(frame).collect() }
}

fn audio_state(frame: &proto::AudioAttendeeState) -> Result<AudioState, WireError> {
    let attenuation = required(frame.volume, "volume")?;
    Ok(AudioState {
        stream_id: audio_stream_id(frame.audio_stream_id)?,
        volume: AudioLevel::from_attenuation_db(u8::try_from(attenuation).unwrap_or(u8::MAX)),
        signal: match required(frame.signal_strength, "signal_strength")? {
            0 => SignalStrength::None,
            1 => SignalStrength::Weak,
            _ => SignalStrength::Good,
        },
    })
}

fn audio_stream_id(number: Option<u32>) -> Result<AudioStreamId, WireError> {
    AudioStreamId::new(number.unwrap_or_default()).ok_or(WireError::Illegal("audio_stream_id"))
}
