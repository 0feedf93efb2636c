//! Which videos there are to show, and where they are shown.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use carillon_frame::{EncodedVideo, EncodedVideoSink, VideoFrame, VideoSink, VideoSize};
use carillon_signaling::{Identity, Modality};

use crate::containment::contained;
use crate::event::AttendeeInfo;
use crate::shared::lock;

/// Names a tile for as long as it exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TileId(pub u32);

impl std::fmt::Display for TileId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// Whether a tile's video flows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum PauseState {
    /// It does.
    #[default]
    Unpaused,
    /// The application paused it.
    PausedByUserRequest,
    /// The path is too narrow for it.
    PausedForPoorConnection,
}

/// A tile: one video to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VideoTileState {
    /// The tile.
    pub tile_id: TileId,
    /// Whose video it is.
    pub attendee: AttendeeInfo,
    /// Whether it is the own camera.
    pub local_tile: bool,
    /// Whether it is shared content.
    pub is_content: bool,
    /// Whether a picture has come.
    pub active: bool,
    /// Whether the video flows.
    pub pause_state: PauseState,
    /// How large its pictures are.
    pub size: Option<VideoSize>,
}

/// Names a sink bound to a tile, to unbind it by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SinkId(u64);

/// What a tile's pictures go to.
pub enum VideoSurface {
    /// Each picture, decoded.
    Pictures(Box<dyn VideoSink>),
    /// Each picture, as it was encoded.
    Encoded(Box<dyn EncodedVideoSink>),
}

impl std::fmt::Debug for VideoSurface {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Pictures(_) => "Pictures",
            Self::Encoded(_) => "Encoded",
        })
    }
}

/// Where one tile's pictures arrive: the latest is kept, and every one goes to the surfaces bound.
#[derive(Default)]
pub(crate) struct Screen {
    latest: Mutex<Option<VideoFrame>>,
    surfaces: Mutex<Vec<(SinkId, VideoSurface)>>,
}

impl Screen {
    /// Shows a picture; tells its size if it is another than before.
    pub(crate) fn show(&self, frame: &VideoFrame) -> Option<VideoSize> {
        self.hand_out(|surface| match surface {
            VideoSurface::Pictures(sink) => sink.show(frame),
            VideoSurface::Encoded(_) => {}
        });
        let size = frame.picture.size();
        let previous = lock(&self.latest).replace(frame.clone());
        (previous.map(|frame| frame.picture.size()) != Some(size)).then_some(size)
    }

    pub(crate) fn take_encoded(&self, picture: &EncodedVideo) {
        self.hand_out(|surface| match surface {
            VideoSurface::Encoded(sink) => sink.take(picture),
            VideoSurface::Pictures(_) => {}
        });
    }

    /// Gives something to every surface; one that panics is taken off.
    fn hand_out(&self, mut give: impl FnMut(&mut VideoSurface)) {
        lock(&self.surfaces)
            .retain_mut(|(_, surface)| contained("a video surface", || give(surface)).is_some());
    }

    pub(crate) fn latest(&self) -> Option<VideoFrame> {
        lock(&self.latest).clone()
    }

    /// Whether somebody wants pictures as they were encoded.
    pub(crate) fn wants_encoded(&self) -> bool {
        let surfaces = lock(&self.surfaces);
        surfaces.iter().any(|(_, surface)| matches!(surface, VideoSurface::Encoded(_)))
    }
}

impl std::fmt::Debug for Screen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Screen")
            .field("surfaces", &lock(&self.surfaces).len())
            .finish_non_exhaustive()
    }
}

#[derive(Debug)]
struct Tile {
    state: VideoTileState,
    screen: Arc<Screen>,
}

/// All tiles of a session; an attendee has one at most, and one for a content share.
#[derive(Debug, Default)]
pub(crate) struct TileBoard {
    tiles: BTreeMap<TileId, Tile>,
    made: u32,
    surfaces: u64,
}

impl TileBoard {
    /// The tile of this video, made if there is none; and whether it was made.
    pub(crate) fn ensure(
        &mut self,
        attendee: AttendeeInfo,
        local_tile: bool,
    ) -> (VideoTileState, bool) {
        if let Some(tile) = self.tile_of(attendee.identity, local_tile) {
            return (tile.state.clone(), false);
        }
        self.made = self.made.wrapping_add(1);
        let tile_id = TileId(self.made);
        let is_content = attendee.identity.modality == Modality::Content;
        let state = VideoTileState {
            tile_id,
            attendee,
            local_tile,
            is_content,
            active: false,
            pause_state: PauseState::Unpaused,
            size: None,
        };
        self.tiles.insert(tile_id, Tile { state: state.clone(), screen: Arc::default() });
        (state, true)
    }

    pub(crate) fn remove(&mut self, tile: TileId) -> bool {
        self.tiles.remove(&tile).is_some()
    }

    /// Changes a tile; gives its state if that is another now.
    pub(crate) fn update(
        &mut self,
        tile: TileId,
        change: impl FnOnce(&mut VideoTileState),
    ) -> Option<VideoTileState> {
        let state = &mut self.tiles.get_mut(&tile)?.state;
        let before = state.clone();
        change(state);
        (*state != before).then(|| state.clone())
    }

    pub(crate) fn state(&self, tile: TileId) -> Option<VideoTileState> {
        self.tiles.get(&tile).map(|tile| tile.state.clone())
    }

    pub(crate) fn screen(&self, tile: TileId) -> Option<Arc<Screen>> {
        self.tiles.get(&tile).map(|tile| Arc::clone(&tile.screen))
    }

    pub(crate) fn all(&self) -> Vec<VideoTileState> {
        self.tiles.values().map(|tile| tile.state.clone()).collect()
    }

    /// The tile of somebody else's video.
    pub(crate) fn remote(&self, identity: Identity) -> Option<VideoTileState> {
        self.tile_of(identity, false).map(|tile| tile.state.clone())
    }

    pub(crate) fn local(&self) -> Option<VideoTileState> {
        self.tiles.values().find(|tile| tile.state.local_tile).map(|tile| tile.state.clone())
    }

    /// Binds a surface to a tile; nothing if there is no such tile.
    pub(crate) fn bind(&mut self, tile: TileId, surface: VideoSurface) -> Option<SinkId> {
        self.surfaces = self.surfaces.saturating_add(1);
        let id = SinkId(self.surfaces);
        lock(&self.tiles.get(&tile)?.screen.surfaces).push((id, surface));
        Some(id)
    }

    /// Takes a surface off its tile; false if it is on none.
    pub(crate) fn unbind(&mut self, surface: SinkId) -> bool {
        let mut screens = self.tiles.values().map(|tile| &tile.screen);
        screens.any(|screen| {
            let mut surfaces = lock(&screen.surfaces);
            let before = surfaces.len();
            surfaces.retain(|(id, _)| *id != surface);
            surfaces.len() < before
        })
    }

    fn tile_of(&self, identity: Identity, local_tile: bool) -> Option<&Tile> {
        self.tiles.values().find(|tile| {
            tile.state.attendee.identity == identity && tile.state.local_tile == local_tile
        })
    }
}

#[cfg(test)]
mod tests {
    use carillon_frame::{MediaTime, Picture};
    use carillon_types::AttendeeId;

    use super::*;

    fn attendee(number: u128) -> AttendeeInfo {
        let identity = Identity::main(AttendeeId::from_random(number));
        AttendeeInfo { identity, external_user_id: "name".into() }
    }

    fn frame(width: u32) -> VideoFrame {
        let picture = Picture::black(VideoSize::new(width, 8)).unwrap();
        VideoFrame { picture: picture.into(), timestamp: MediaTime(0) }
    }

    struct Count(Arc<Mutex<u32>>);

    impl VideoSink for Count {
        fn show(&mut self, _frame: &VideoFrame) {
            *self.0.lock().unwrap() += 1;
        }
    }

    #[test]
    fn an_attendee_has_one_tile_and_the_own_camera_another() {
        let mut board = TileBoard::default();
        let (first, made) = board.ensure(attendee(1), false);
        assert!(made && !board.ensure(attendee(1), false).1);
        let (local, made) = board.ensure(attendee(1), true);
        assert!(made && local.tile_id != first.tile_id);
        assert_eq!(board.local().unwrap().tile_id, local.tile_id);
        assert!(board.remove(first.tile_id) && board.remote(attendee(1).identity).is_none());
    }

    #[test]
    fn pictures_reach_bound_surfaces_and_the_latest_is_kept() {
        let mut board = TileBoard::default();
        let (tile, _) = board.ensure(attendee(1), false);
        let shown = Arc::default();
        let surface = VideoSurface::Pictures(Box::new(Count(Arc::clone(&shown))));
        let surface = board.bind(tile.tile_id, surface).unwrap();
        let screen = board.screen(tile.tile_id).unwrap();
        assert_eq!(screen.show(&frame(16)), Some(VideoSize::new(16, 8)));
        assert_eq!(screen.show(&frame(16)), None);
        assert!(board.unbind(surface) && !board.unbind(surface));
        screen.show(&frame(32));
        assert_eq!(*shown.lock().unwrap(), 2);
        assert_eq!(screen.latest().unwrap().picture.size().width, 32);
    }
}
