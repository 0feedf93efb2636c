//! What the application's handles and a session's tasks have in common.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use carillon_signaling::{Identity, Modality, Mute};

use crate::active_speaker::{ActiveSpeakerDetector, DefaultActiveSpeakerPolicy, SpeakerChanges};
use crate::audio::AudioIo;
use crate::camera::Camera;
use crate::capture::CaptureSlot;
use crate::clock;
use crate::configuration::MeetingSessionConfiguration;
use crate::event::{AttendeeInfo, MeetingEvent, RemoteVideoSource, SessionEvent};
use crate::ingestion::Journal;
use crate::logger::Logger;
use crate::metrics::MetricsReport;
use crate::observer::EventHub;
use crate::policy::{
    AllHighestVideoBandwidthPolicy, DefaultSimulcastUplinkPolicy, NScaleVideoUplinkBandwidthPolicy,
    VideoDownlinkBandwidthPolicy, VideoUplinkBandwidthPolicy,
};
use crate::speaker_scores::ScoreBoard;
use crate::tiles::{TileBoard, TileId, VideoTileState};

/// One side of an attendee in a meeting: the attendee, or the content share.
pub(crate) struct Shared {
    pub(crate) configuration: MeetingSessionConfiguration,
    pub(crate) modality: Modality,
    pub(crate) logger: Arc<dyn Logger>,
    pub(crate) hub: Arc<EventHub>,
    pub(crate) audio: Arc<AudioIo>,
    pub(crate) can_unmute: AtomicBool,
    camera: Mutex<Option<Camera>>,
    pub(crate) capture: CaptureSlot,
    tiles: Mutex<TileBoard>,
    pub(crate) downlink: Mutex<Box<dyn VideoDownlinkBandwidthPolicy>>,
    pub(crate) uplink: Mutex<Box<dyn VideoUplinkBandwidthPolicy>>,
    pub(crate) speakers: Mutex<ActiveSpeakerDetector>,
    pub(crate) scores: ScoreBoard,
    /// Whether videos of others are received at all.
    pub(crate) receives_video: AtomicBool,
    pub(crate) paused: Mutex<BTreeSet<Identity>>,
    pub(crate) sources: Mutex<Vec<RemoteVideoSource>>,
    pub(crate) metrics: Mutex<MetricsReport>,
    pub(crate) journal: Arc<Journal>,
}

impl Shared {
    pub(crate) fn new(
        configuration: MeetingSessionConfiguration,
        modality: Modality,
        logger: Arc<dyn Logger>,
        hub: Arc<EventHub>,
    ) -> Self {
        let uplink: Box<dyn VideoUplinkBandwidthPolicy> =
            match (modality, configuration.enable_simulcast) {
                (Modality::Main, true) => Box::new(DefaultSimulcastUplinkPolicy::default()),
                (Modality::Main, false) | (Modality::Content, _) => {
                    Box::new(NScaleVideoUplinkBandwidthPolicy::default())
                }
            };
        let detector = ActiveSpeakerDetector::new(
            Box::new(DefaultActiveSpeakerPolicy::default()),
            SpeakerChanges::default(),
        );
        let is_collected = configuration.urls.event_ingestion_url.is_some();
        // A content share reports nothing: its attendee does.
        let journal = Arc::new(Journal::new(is_collected && modality == Modality::Main));
        Self {
            configuration,
            modality,
            logger,
            hub,
            audio: Arc::new(AudioIo::new()),
            can_unmute: AtomicBool::new(true),
            camera: Mutex::new(None),
            capture: CaptureSlot::default(),
            tiles: Mutex::default(),
            downlink: Mutex::new(Box::new(AllHighestVideoBandwidthPolicy)),
            uplink: Mutex::new(uplink),
            speakers: Mutex::new(detector),
            scores: ScoreBoard::default(),
            receives_video: AtomicBool::new(true),
            paused: Mutex::default(),
            sources: Mutex::default(),
            metrics: Mutex::default(),
            journal,
        }
    }

    /// Who this side is in the meeting.
    pub(crate) fn identity(&self) -> Identity {
        let attendee = self.configuration.credentials.attendee_id;
        Identity { attendee, modality: self.modality }
    }

    pub(crate) fn attendee(&self) -> AttendeeInfo {
        let external_user_id = Arc::clone(&self.configuration.credentials.external_user_id);
        AttendeeInfo { identity: self.identity(), external_user_id }
    }

    pub(crate) fn mute(&self) -> Mute {
        if self.audio.is_muted() { Mute::Muted } else { Mute::Unmuted }
    }

    pub(crate) fn may_unmute(&self) -> bool {
        self.can_unmute.load(Ordering::Relaxed)
    }

    /// Tells the application; a content share has nothing to tell but its life.
    pub(crate) fn tell(&self, event: SessionEvent) {
        if self.modality == Modality::Main {
            self.hub.publish(event);
        }
    }

    pub(crate) fn tell_step(&self, event: MeetingEvent) {
        self.journal.record(&event, clock::wall_time());
        self.tell(SessionEvent::Meeting(event));
    }

    pub(crate) fn camera(&self) -> MutexGuard<'_, Option<Camera>> {
        lock(&self.camera)
    }

    pub(crate) fn tiles(&self) -> MutexGuard<'_, TileBoard> {
        lock(&self.tiles)
    }

    /// Changes a tile, and tells the application if that made a difference.
    pub(crate) fn update_tile(&self, tile: TileId, change: impl FnOnce(&mut VideoTileState)) {
        let changed = self.tiles().update(tile, change);
        if let Some(state) = changed {
            self.tell(SessionEvent::TileUpdated(state));
        }
    }

    pub(crate) fn remove_tile(&self, tile: TileId) {
        let removed = self.tiles().remove(tile);
        if removed {
            self.tell(SessionEvent::TileRemoved(tile));
        }
    }
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("identity", &self.identity()).finish_non_exhaustive()
    }
}

/// Locks a mutex whose holder cannot have left things half done: every change is one assignment.
pub(crate) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
