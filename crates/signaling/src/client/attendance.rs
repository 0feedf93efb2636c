//! Who is in the meeting and how they are heard, as a client puts it together from what it is told.

use std::collections::BTreeMap;
use std::sync::Arc;

use carillon_frame::AudioLevel;

use crate::id::AudioStreamId;
use crate::identity::Identity;
use crate::roster::{Mute, RosterEntry};
use crate::volume::{AudioState, SignalStrength};

/// Attenuation at and below which somebody is as loud as can be shown: the browser client's scale.
const LOUDEST_DB: f32 = 14.0;

/// How many decibels its scale covers below that.
const RANGE_DB: f32 = 28.0;

/// Somebody came or went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Presence {
    /// The attendee is there.
    Joined {
        /// Who.
        identity: Identity,
        /// The application's own name for the attendee.
        external_user_id: Arc<str>,
    },
    /// The attendee left.
    Left {
        /// Who.
        identity: Identity,
        /// The application's own name for the attendee.
        external_user_id: Arc<str>,
    },
    /// The attendee's connection was lost.
    Dropped {
        /// Who.
        identity: Identity,
        /// The application's own name for the attendee.
        external_user_id: Arc<str>,
    },
}

/// How somebody is heard changed; what did not change is left out.
#[derive(Clone, Debug, PartialEq)]
pub struct VolumeChange {
    /// Who.
    pub identity: Identity,
    /// The application's own name for the attendee.
    pub external_user_id: Arc<str>,
    /// How loud: 0 is silence, 1 is as loud as can be shown.
    pub volume: Option<f32>,
    /// Whether the microphone is open.
    pub mute: Option<Mute>,
    /// How well the attendee's sound reaches the server.
    pub signal: Option<SignalStrength>,
}

#[derive(Debug)]
struct Attendee {
    stream: AudioStreamId,
    external_user_id: Arc<str>,
    mute: Option<Mute>,
    volume: f32,
    signal: SignalStrength,
}

impl Attendee {
    fn change(&self, identity: Identity) -> VolumeChange {
        let external_user_id = Arc::clone(&self.external_user_id);
        VolumeChange { identity, external_user_id, volume: None, mute: None, signal: None }
    }

    fn set_mute(&mut self, identity: Identity, mute: Mute) -> Option<VolumeChange> {
        if self.mute.replace(mute) == Some(mute) {
            return None;
        }
        let mut change = self.change(identity);
        change.mute = Some(mute);
        if mute == Mute::Muted && self.volume > 0.0 {
            self.volume = 0.0;
            change.volume = Some(0.0);
        }
        Some(change)
    }

    fn hear(&mut self, identity: Identity, volume: f32, signal: SignalStrength) -> VolumeChange {
        let volume = if self.mute == Some(Mute::Muted) { 0.0 } else { volume };
        let mut change = self.change(identity);
        // Both come from the same table of whole decibels, so equality is meant.
        if volume.to_bits() != self.volume.to_bits() {
            change.volume = Some(volume);
            self.volume = volume;
        }
        if signal != self.signal {
            change.signal = Some(signal);
            self.signal = signal;
        }
        change
    }
}

/// Everybody a client knows to be there. It outlives single sockets: the first list after coming back is complete, and
/// who is missing from it is gone.
#[derive(Debug, Default)]
pub struct Attendance {
    present: BTreeMap<Identity, Attendee>,
    /// Whether the next list is the whole roster.
    expects_all: bool,
}

impl Attendance {
    /// Takes note that the client came back on another socket.
    pub const fn handle_reconnect(&mut self) {
        self.expects_all = true;
    }

    /// Whether somebody is there.
    #[must_use]
    pub fn is_present(&self, identity: Identity) -> bool {
        self.present.contains_key(&identity)
    }

    /// The application's own name for somebody who is there.
    #[must_use]
    pub fn external_user_id(&self, identity: Identity) -> Option<Arc<str>> {
        self.present.get(&identity).map(|attendee| Arc::clone(&attendee.external_user_id))
    }

    /// How many attendees are there, content shares included.
    #[must_use]
    pub fn count(&self) -> usize {
        self.present.len()
    }

    /// Takes a list of what happened; tells who came or went, and whose microphone changed.
    pub fn handle_roster(
        &mut self,
        entries: Vec<RosterEntry>,
    ) -> (Vec<Presence>, Vec<VolumeChange>) {
        let (mut presences, mut changes) = (Vec::new(), Vec::new());
        if std::mem::take(&mut self.expects_all) {
            presences.extend(self.remove_missing(&entries));
        }
        for entry in entries {
            match entry {
                RosterEntry::Present { stream_id, identity, external_user_id, mute } => {
                    presences.extend(self.add(stream_id, identity, &external_user_id));
                    changes.extend(self.set_mute(stream_id, mute));
                }
                RosterEntry::Mute { stream_id, mute } => {
                    changes.extend(self.set_mute(stream_id, mute));
                }
                RosterEntry::Left { stream_id } => {
                    presences.extend(self.remove(stream_id).map(left));
                }
                RosterEntry::Dropped { stream_id } => {
                    presences.extend(self.remove(stream_id).map(|(identity, external_user_id)| {
                        Presence::Dropped { identity, external_user_id }
                    }));
                }
            }
        }
        (presences, changes)
    }

    /// Takes a snapshot of who is heard; whoever it does not list is silent and well received.
    pub fn handle_volumes(&mut self, states: &[AudioState]) -> Vec<VolumeChange> {
        let mut changes = Vec::new();
        for (identity, attendee) in &mut self.present {
            let state = states.iter().find(|state| state.stream_id == attendee.stream);
            let volume = state.map_or(0.0, |state| volume_of(state.volume));
            let signal = state.map_or(SignalStrength::Good, |state| state.signal);
            let change = attendee.hear(*identity, volume, signal);
            if change.volume.is_some() || change.signal.is_some() {
                changes.push(change);
            }
        }
        changes
    }

    /// Adds a presence; one with a higher number of somebody who is there takes its place unseen.
    fn add(
        &mut self,
        stream: AudioStreamId,
        identity: Identity,
        name: &Arc<str>,
    ) -> Option<Presence> {
        if let Some(known) = self.present.get_mut(&identity) {
            known.stream = known.stream.max(stream);
            return None;
        }
        let attendee = Attendee {
            stream,
            external_user_id: Arc::clone(name),
            mute: None,
            volume: 0.0,
            signal: SignalStrength::Good,
        };
        self.present.insert(identity, attendee);
        Some(Presence::Joined { identity, external_user_id: Arc::clone(name) })
    }

    fn set_mute(&mut self, stream: AudioStreamId, mute: Mute) -> Option<VolumeChange> {
        let mut present = self.present.iter_mut();
        let (identity, attendee) = present.find(|(_, attendee)| attendee.stream == stream)?;
        attendee.set_mute(*identity, mute)
    }

    /// Removes a presence, unless a later one of the same attendee has taken its place.
    fn remove(&mut self, stream: AudioStreamId) -> Option<(Identity, Arc<str>)> {
        let mut present = self.present.iter();
        let (identity, _) = present.find(|(_, attendee)| attendee.stream == stream)?;
        let identity = *identity;
        let attendee = self.present.remove(&identity)?;
        Some((identity, attendee.external_user_id))
    }

    fn remove_missing(&mut self, entries: &[RosterEntry]) -> Vec<Presence> {
        let listed = |identity: &Identity| {
            entries.iter().any(|entry| match entry {
                RosterEntry::Present { identity: there, .. } => there == identity,
                RosterEntry::Mute { .. }
                | RosterEntry::Left { .. }
                | RosterEntry::Dropped { .. } => false,
            })
        };
        let missing: Vec<Identity> =
            self.present.keys().copied().filter(|identity| !listed(identity)).collect();
        let removed = missing.into_iter().filter_map(|identity| {
            let attendee = self.present.remove(&identity)?;
            Some(left((identity, attendee.external_user_id)))
        });
        removed.collect()
    }
}

fn left((identity, external_user_id): (Identity, Arc<str>)) -> Presence {
    Presence::Left { identity, external_user_id }
}

fn volume_of(level: AudioLevel) -> f32 {
    let attenuation = f32::from(level.attenuation_db());
    (1.0 - (attenuation - LOUDEST_DB) / RANGE_DB).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use carillon_types::AttendeeId;

    use super::*;

    const ADA: Identity = Identity::main(AttendeeId::from_random(1));
    const BOB: Identity = Identity::main(AttendeeId::from_random(2));

    fn stream(number: u32) -> AudioStreamId {
        AudioStreamId::new(number).unwrap()
    }

    fn present(number: u32, identity: Identity, mute: Mute) -> RosterEntry {
        let external_user_id = "name".into();
        RosterEntry::Present { stream_id: stream(number), identity, external_user_id, mute }
    }

    fn joined(identity: Identity) -> Presence {
        Presence::Joined { identity, external_user_id: "name".into() }
    }

    fn heard(number: u32, attenuation: u8, signal: SignalStrength) -> AudioState {
        let volume = AudioLevel::from_attenuation_db(attenuation);
        AudioState { stream_id: stream(number), volume, signal }
    }

    #[test]
    fn a_later_presence_takes_the_place_of_an_earlier_unseen() {
        let mut attendance = Attendance::default();
        let (came, _) = attendance.handle_roster(vec![present(3, ADA, Mute::Unmuted)]);
        assert_eq!(came, [joined(ADA)]);
        let again =
            vec![present(5, ADA, Mute::Unmuted), RosterEntry::Left { stream_id: stream(3) }];
        assert_eq!(attendance.handle_roster(again).0, []);
        assert!(attendance.is_present(ADA));
        let (gone, _) =
            attendance.handle_roster(vec![RosterEntry::Dropped { stream_id: stream(5) }]);
        assert_eq!(gone, [Presence::Dropped { identity: ADA, external_user_id: "name".into() }]);
    }

    #[test]
    fn who_is_missing_after_coming_back_has_left() {
        let mut attendance = Attendance::default();
        attendance
            .handle_roster(vec![present(1, ADA, Mute::Unmuted), present(2, BOB, Mute::Muted)]);
        attendance.handle_reconnect();
        let (gone, _) = attendance.handle_roster(vec![present(7, ADA, Mute::Unmuted)]);
        assert_eq!(gone, [Presence::Left { identity: BOB, external_user_id: "name".into() }]);
        assert_eq!(attendance.count(), 1);
    }

    #[test]
    fn volumes_follow_the_browsers_scale_and_only_changes_are_told() {
        let mut attendance = Attendance::default();
        let (_, mutes) = attendance
            .handle_roster(vec![present(1, ADA, Mute::Unmuted), present(2, BOB, Mute::Muted)]);
        assert_eq!(
            mutes.iter().map(|c| c.mute.unwrap()).collect::<Vec<_>>(),
            [Mute::Unmuted, Mute::Muted]
        );
        let loud = [heard(1, 28, SignalStrength::Good), heard(2, 10, SignalStrength::Weak)];
        let changes = attendance.handle_volumes(&loud);
        assert_eq!(changes.len(), 2);
        assert_eq!((changes[0].volume, changes[0].signal), (Some(0.5), None));
        // Somebody muted is silent, whatever is said.
        assert_eq!((changes[1].volume, changes[1].signal), (None, Some(SignalStrength::Weak)));
        assert_eq!(attendance.handle_volumes(&loud), []);
        let silence = attendance.handle_volumes(&[]);
        assert_eq!((silence[0].volume, silence[1].signal), (Some(0.0), Some(SignalStrength::Good)));
    }
}
