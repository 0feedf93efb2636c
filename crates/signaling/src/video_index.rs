//! Which videos one meeting has, and the snapshot of them that each client is given.

use std::{collections::BTreeMap, sync::Arc};

use carillon_frame::{Bitrate, VideoSize};
use carillon_types::AttendeeId;

use crate::{
    id::{GroupId, StreamId},
    identity::{Identity, Modality},
    numbering::FirstNumber,
    subscribe::SendLayer,
};

/// A format of video that clients can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum VideoCodec {
    /// VP8.
    Vp8,
    /// H.264, baseline profile.
    H264Baseline,
    /// H.264, constrained baseline profile.
    H264ConstrainedBaseline,
    /// H.264, main profile.
    H264Main,
    /// H.264, high profile.
    H264High,
    /// H.264, constrained high profile.
    H264ConstrainedHigh,
    /// VP9, profile 0.
    Vp9,
    /// AV1, main profile.
    Av1,
}

/// What one layer of a video is like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VideoLayer {
    /// The most it will use; clients call the layer highest that has most. Zero is a layer that is switched off.
    pub max_bitrate: Bitrate,
    /// What it uses at the moment; zero if unknown.
    pub average_bitrate: Bitrate,
    /// Frames per second, if known.
    pub framerate: Option<u32>,
    /// The size of its pictures, if known.
    pub size: Option<VideoSize>,
}

impl From<SendLayer> for VideoLayer {
    fn from(layer: SendLayer) -> Self {
        Self {
            max_bitrate: layer.max_bitrate,
            average_bitrate: layer.average_bitrate.unwrap_or_default(),
            framerate: layer.framerate,
            size: None,
        }
    }
}

/// One layer that can be subscribed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VideoSource {
    /// The layer.
    pub stream_id: StreamId,
    /// All layers of this publishing session.
    pub group_id: GroupId,
    /// Whose video it is.
    pub owner: Identity,
    /// The application's own name for the owner.
    pub external_user_id: Arc<str>,
    /// What it is like.
    pub layer: VideoLayer,
}

/// Every video that one client can subscribe to, as a snapshot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Index {
    /// Whether the client may not start its camera because there are enough.
    pub at_capacity: bool,
    /// The layers.
    pub sources: Vec<VideoSource>,
    /// Layers that the server does not forward to this client because its path is too narrow.
    pub paused: Vec<StreamId>,
    /// How many attendees the meeting has; zero if unknown.
    pub participants: u32,
    /// The codecs that every receiver can decode; empty is no constraint.
    pub receive_codecs: Vec<VideoCodec>,
}

/// Whether something happened that clients must be told.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Each client needs a new snapshot.
    Changed,
    /// Every client knows it all.
    Unchanged,
}

impl Change {
    fn when_different<T: PartialEq>(held: &mut T, new: T) -> Self {
        if *held == new {
            return Self::Unchanged;
        }
        *held = new;
        Self::Changed
    }
}

/// The names that one publishing session was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publication {
    /// All its layers.
    pub group_id: GroupId,
    /// Each layer, in the order in which they were published.
    pub stream_ids: Vec<StreamId>,
}

/// All videos of one meeting.
///
/// Ids are never given out twice: of two groups of one owner, clients keep the higher.
#[derive(Debug)]
pub struct VideoIndex {
    next_stream: StreamId,
    next_group: GroupId,
    published: BTreeMap<Identity, Published>,
    camera_limit: usize,
    participants: u32,
    receive_codecs: Vec<VideoCodec>,
}

#[derive(Debug)]
struct Published {
    group_id: GroupId,
    external_user_id: Arc<str>,
    layers: Vec<(StreamId, VideoLayer)>,
}

impl VideoIndex {
    /// Makes the index of a meeting without video, in which everybody may turn a camera on.
    #[must_use]
    pub const fn new() -> Self {
        Self::with_camera_limit(usize::MAX)
    }

    /// Makes the index of a meeting without video, in which so many cameras may be on at once.
    #[must_use]
    pub const fn with_camera_limit(camera_limit: usize) -> Self {
        Self {
            next_stream: StreamId::FIRST,
            next_group: GroupId::FIRST,
            published: BTreeMap::new(),
            camera_limit,
            participants: 0,
            receive_codecs: Vec::new(),
        }
    }

    /// Numbers streams and groups from there on, in a meeting that may have run before.
    #[must_use]
    pub const fn numbered_from(mut self, first: FirstNumber) -> Self {
        self.next_stream = StreamId::starting_at(first);
        self.next_group = GroupId::starting_at(first);
        self
    }

    /// Where a later life of the meeting has to start, as far as videos go.
    #[must_use]
    pub fn numbered_until(&self) -> FirstNumber {
        FirstNumber::from(self.next_stream).max(self.next_group.into())
    }

    /// Begins a publishing session of an attendee, in place of an earlier one, and names it and its layers.
    pub fn publish(
        &mut self,
        owner: Identity,
        external_user_id: Arc<str>,
        layers: &[VideoLayer],
    ) -> Publication {
        let group_id = self.next_group;
        self.next_group = group_id.next();
        let layers: Vec<_> = layers.iter().map(|layer| (self.take_stream_id(), *layer)).collect();
        let stream_ids = layers.iter().map(|(id, _)| *id).collect();
        self.published.insert(owner, Published { group_id, external_user_id, layers });
        Publication { group_id, stream_ids }
    }

    /// Notes what the layers of a running session are like. Layers keep their ids by position; ones that were not there
    /// before get their own.
    pub fn update(&mut self, owner: Identity, layers: &[VideoLayer]) -> Change {
        let Some(published) = self.published.get(&owner) else {
            return Change::Unchanged;
        };
        let known: Vec<_> = published.layers.iter().map(|(id, _)| *id).collect();
        let mut ids = known.into_iter();
        let named = layers
            .iter()
            .map(|layer| (ids.next().unwrap_or_else(|| self.take_stream_id()), *layer))
            .collect();
        self.published.get_mut(&owner).map_or(Change::Unchanged, |published| {
            Change::when_different(&mut published.layers, named)
        })
    }

    /// Ends a publishing session.
    pub fn unpublish(&mut self, owner: Identity) -> Change {
        match self.published.remove(&owner) {
            Some(_) => Change::Changed,
            None => Change::Unchanged,
        }
    }

    /// Notes how many attendees the meeting has.
    pub fn set_participants(&mut self, participants: u32) -> Change {
        Change::when_different(&mut self.participants, participants)
    }

    /// Notes what every receiver can decode.
    pub fn set_receive_codecs(&mut self, codecs: Vec<VideoCodec>) -> Change {
        Change::when_different(&mut self.receive_codecs, codecs)
    }

    /// What an attendee is told: everything but its own camera and its own content, which some browsers would subscribe to
    /// and show, and layers that are switched off, which they would choose and get no picture from.
    #[must_use]
    pub fn snapshot_for(&self, receiver: AttendeeId) -> Index {
        let others = || self.published.iter().filter(|(owner, _)| owner.attendee != receiver);
        let cameras = others().filter(|(owner, _)| owner.modality == Modality::Main).count();
        Index {
            at_capacity: cameras >= self.camera_limit,
            sources: others().flat_map(|(owner, published)| published.sources(*owner)).collect(),
            paused: Vec::new(),
            participants: self.participants,
            receive_codecs: self.receive_codecs.clone(),
        }
    }

    /// The session of an attendee that is running, if one is.
    #[must_use]
    pub fn publication(&self, owner: Identity) -> Option<Publication> {
        let Published { group_id, layers, .. } = self.published.get(&owner)?;
        let stream_ids = layers.iter().map(|(id, _)| *id).collect();
        Some(Publication { group_id: *group_id, stream_ids })
    }

    /// Whose video a stream is, and which of its layers by position.
    #[must_use]
    pub fn locate(&self, stream_id: StreamId) -> Option<(Identity, usize)> {
        self.published.iter().find_map(|(owner, published)| {
            let layer = published.layers.iter().position(|(id, _)| *id == stream_id)?;
            Some((*owner, layer))
        })
    }

    /// Whose video a stream is, and what the stream is like.
    #[must_use]
    pub fn describe(&self, stream_id: StreamId) -> Option<(Identity, VideoLayer)> {
        let (owner, place) = self.locate(stream_id)?;
        let (_, layer) = self.published.get(&owner)?.layers.get(place)?;
        Some((owner, *layer))
    }

    /// How much everything may use that a receiver could be shown, each video in its best layer.
    #[must_use]
    pub fn bitrate_for(&self, receiver: AttendeeId) -> Bitrate {
        let others = self.published.iter().filter(|(owner, _)| owner.attendee != receiver);
        let best = others.filter_map(|(_, published)| {
            published.layers.iter().map(|(_, layer)| layer.max_bitrate).max()
        });
        best.fold(Bitrate::default(), Bitrate::saturating_add)
    }

    /// The publishing session that a stream belongs to.
    #[must_use]
    pub fn group_of(&self, stream_id: StreamId) -> Option<GroupId> {
        let (owner, _) = self.locate(stream_id)?;
        Some(self.published.get(&owner)?.group_id)
    }

    fn take_stream_id(&mut self) -> StreamId {
        let id = self.next_stream;
        self.next_stream = id.next();
        id
    }
}

impl Default for VideoIndex {
    fn default() -> Self {
        Self::new()
    }
}

impl Published {
    fn sources(&self, owner: Identity) -> impl Iterator<Item = VideoSource> {
        let live = self.layers.iter().filter(|(_, layer)| layer.max_bitrate > Bitrate::default());
        live.map(move |(stream_id, layer)| VideoSource {
            stream_id: *stream_id,
            group_id: self.group_id,
            owner,
            external_user_id: Arc::clone(&self.external_user_id),
            layer: *layer,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAYERS: [VideoLayer; 2] = [layer(300), layer(1200)];

    #[test]
    fn what_a_receiver_could_be_shown_counts_each_video_once_at_its_best_and_not_the_own() {
        let mut index = VideoIndex::with_camera_limit(25);
        let [ada, bob, eve] = [1, 2, 3].map(AttendeeId::from_random);
        index.publish(Identity::main(ada), "ada".into(), &[layer(300), layer(1_200)]);
        index.publish(Identity::content(bob), "bob".into(), &[layer(1_000)]);
        assert_eq!(index.bitrate_for(eve).kbps(), 2_200);
        assert_eq!(index.bitrate_for(bob).kbps(), 1_200);
    }

    #[test]
    fn own_streams_are_left_out_of_own_index() {
        let mut index = VideoIndex::new();
        index.publish(camera(1), "ada".into(), &LAYERS);
        index.publish(Identity::content(attendee(1)), "ada".into(), &LAYERS);
        index.publish(camera(2), "bob".into(), &LAYERS);
        let own = index.snapshot_for(attendee(1));
        assert_eq!(owners(&own), [camera(2), camera(2)]);
        let other = index.snapshot_for(attendee(3));
        assert_eq!(other.sources.len(), 6);
    }

    #[test]
    fn ids_only_grow_over_publishing_sessions() {
        let mut index = VideoIndex::new();
        let first = index.publish(camera(1), "ada".into(), &LAYERS);
        assert_eq!(index.unpublish(camera(1)), Change::Changed);
        let second = index.publish(camera(1), "ada".into(), &LAYERS);
        let third = index.publish(camera(1), "ada".into(), &LAYERS);
        assert!(first.group_id < second.group_id && second.group_id < third.group_id);
        assert!(first.stream_ids.iter().max() < second.stream_ids.iter().min());
        assert_eq!(index.snapshot_for(attendee(2)).sources.len(), 2, "one live group an owner");
    }

    #[test]
    fn layers_that_are_switched_off_are_not_listed_but_keep_their_ids() {
        let mut index = VideoIndex::new();
        let published = index.publish(camera(1), "ada".into(), &LAYERS);
        assert_eq!(index.update(camera(1), &[layer(300), layer(0)]), Change::Changed);
        let listed = index.snapshot_for(attendee(2)).sources;
        assert_eq!(listed.len(), 1);
        assert_eq!(listed[0].stream_id, published.stream_ids[0]);
        assert_eq!(index.update(camera(1), &LAYERS), Change::Changed);
        assert_eq!(index.publication(camera(1)), Some(published));
    }

    #[test]
    fn added_layers_get_ids_of_their_own() {
        let mut index = VideoIndex::new();
        let first = index.publish(camera(1), "ada".into(), &LAYERS[..1]);
        index.publish(camera(2), "bob".into(), &LAYERS);
        assert_eq!(index.update(camera(1), &LAYERS), Change::Changed);
        let grown = index.publication(camera(1)).unwrap();
        assert_eq!(grown.stream_ids[0], first.stream_ids[0]);
        assert_eq!(grown.stream_ids[1].get(), 4);
        assert_eq!(index.locate(grown.stream_ids[1]), Some((camera(1), 1)));
    }

    #[test]
    fn what_every_client_knows_is_no_change() {
        let mut index = VideoIndex::new();
        index.publish(camera(1), "ada".into(), &LAYERS);
        assert_eq!(index.update(camera(1), &LAYERS), Change::Unchanged);
        assert_eq!(index.update(camera(2), &LAYERS), Change::Unchanged);
        assert_eq!(index.unpublish(camera(2)), Change::Unchanged);
        assert_eq!(index.set_participants(2), Change::Changed);
        assert_eq!(index.set_participants(2), Change::Unchanged);
        assert_eq!(index.set_receive_codecs(vec![VideoCodec::Vp8]), Change::Changed);
        assert_eq!(index.set_receive_codecs(vec![VideoCodec::Vp8]), Change::Unchanged);
    }

    #[test]
    fn camera_limit_stops_others_but_not_those_who_are_on() {
        let mut index = VideoIndex::with_camera_limit(1);
        index.publish(Identity::content(attendee(3)), "eve".into(), &LAYERS);
        assert!(!index.snapshot_for(attendee(2)).at_capacity, "a content share is no camera");
        index.publish(camera(1), "ada".into(), &LAYERS);
        assert!(index.snapshot_for(attendee(2)).at_capacity);
        assert!(!index.snapshot_for(attendee(1)).at_capacity);
    }

    fn owners(index: &Index) -> Vec<Identity> {
        index.sources.iter().map(|source| source.owner).collect()
    }

    fn camera(n: u128) -> Identity {
        Identity::main(attendee(n))
    }

    fn attendee(n: u128) -> AttendeeId {
        AttendeeId::from_random(n)
    }

    const fn layer(kbps: u32) -> VideoLayer {
        VideoLayer {
            max_bitrate: Bitrate::from_kbps(kbps),
            average_bitrate: Bitrate::from_bps(0),
            framerate: Some(15),
            size: None,
        }
    }
}
