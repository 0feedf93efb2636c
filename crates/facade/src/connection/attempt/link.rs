//! The media of one attempt: the path, and the tasks that use it.

use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use carillon_frame::{Bitrate, Ssrc, VideoSize};
use carillon_rtp::Rtcp;
use carillon_rtp::rtcp::Pli;
use carillon_signaling::{Identity, Index, Modality};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use super::AttemptEnd;
use crate::audio::{VoiceFigures, VoiceStream};
use crate::camera::CameraControl;
use crate::clock;
use crate::event::AttendeeInfo;
use crate::media_link::layers::LayerName;
use crate::media_link::{MediaLink, Outlet, PathState, PathStats, local_addresses};
use crate::media_task::MediaTask;
use crate::metrics::MetricsReport;
use crate::shared::{Shared, lock};
use crate::status::MeetingSessionStatusCode as Code;
use crate::tiles::TileId;
use crate::video_receive::{Remark, VideoRoom};
use crate::video_send::{CameraNumbers, send_pictures};

/// What the media has to say.
#[derive(Clone, Copy, Debug)]
pub(super) enum LinkNews {
    /// How the path stands.
    Path(PathState),
    /// Pictures of this size come now.
    Shown(TileId, VideoSize),
}

/// A media path and all that flows over it.
pub(super) struct Link {
    pub(super) media: MediaLink,
    pub(super) room: VideoRoom,
    pub(super) state: watch::Receiver<PathState>,
    remarks: mpsc::Receiver<Remark>,
    outlet: Outlet,
    figures: Arc<Mutex<VoiceFigures>>,
    last: PathStats,
    last_frames: u64,
    last_audio: VoiceFigures,
    camera: Option<(Arc<CameraControl>, DropGuard)>,
    camera_numbers: Arc<CameraNumbers>,
    tasks: TaskTracker,
    cancel: CancellationToken,
}

impl Link {
    pub(super) async fn open(
        shared: &Arc<Shared>,
        reached_from: IpAddr,
    ) -> Result<Self, AttemptEnd> {
        let failed = |error: &dyn std::fmt::Display| AttemptEnd::lost(Code::TaskFailed, error);
        let layers = match shared.modality {
            Modality::Main => LayerName::OF_CAMERA,
            Modality::Content => LayerName::OF_CONTENT,
        };
        let addresses = local_addresses(reached_from);
        let (media, arrivals) = MediaLink::open(addresses, clock::wall_clock(), layers)
            .await
            .map_err(|error| failed(&error))?;
        let (room, remarks) = VideoRoom::new();
        let voice = VoiceStream::new(Arc::clone(&shared.audio), media.streams())
            .map_err(|error| failed(&error))?;
        let figures = Arc::default();
        let (tasks, cancel) = (TaskTracker::new(), CancellationToken::new());
        let task = MediaTask {
            shared: Arc::clone(shared),
            voice,
            outlet: media.outlet(),
            streams: media.streams(),
            engine: media.engine(),
            arrivals,
            room: room.clone(),
            state: media.state(),
            figures: Arc::clone(&figures),
        };
        tasks.spawn(task.run(cancel.clone()));
        let mut state = media.state();
        state.mark_changed();
        let outlet = media.outlet();
        Ok(Self {
            media,
            room,
            state,
            remarks,
            outlet,
            figures,
            last: PathStats::default(),
            last_frames: 0,
            last_audio: VoiceFigures::default(),
            camera: None,
            camera_numbers: Arc::new(CameraNumbers::draw()),
            tasks,
            cancel,
        })
    }

    /// The next thing to know; never, while there is no link.
    pub(super) async fn next(link: &mut Option<Self>) -> LinkNews {
        let Some(link) = link else { return std::future::pending().await };
        loop {
            tokio::select! {
                changed = link.state.changed() => match changed {
                    Ok(()) => return LinkNews::Path(*link.state.borrow_and_update()),
                    Err(_) => return LinkNews::Path(PathState::Failed),
                },
                // Without the thread that shows videos there is still the sound.
                Some(remark) = link.remarks.recv() => match remark {
                    Remark::Shown(tile, size) => return LinkNews::Shown(tile, size),
                    Remark::NeedsKeyFrame(media) => {
                        let sender = link.media.streams().voice;
                        link.outlet.send_rtcp(&Rtcp::Pli(Pli { sender, media })).await;
                    }
                },
            }
        }
    }

    /// Sends what this camera takes, or nothing.
    pub(super) fn set_camera(&mut self, shared: &Arc<Shared>, camera: Option<Arc<CameraControl>>) {
        let same = match (&self.camera, &camera) {
            (Some((held, _)), Some(camera)) => Arc::ptr_eq(held, camera),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        if same {
            return;
        }
        if let Some((held, _)) = self.camera.take() {
            held.disconnect();
        }
        let Some(camera) = camera else { return };
        shared.logger.debug(&"the camera is sent");
        let stop = self.cancel.child_token();
        let (control, outlet) = (Arc::clone(&camera), self.outlet.clone());
        let (streams, mut state) = (self.media.streams(), self.media.state());
        let (numbers, token) = (Arc::clone(&self.camera_numbers), stop.clone());
        self.tasks.spawn(async move {
            let sending = async {
                if state.wait_for(|state| *state == PathState::Connected).await.is_ok() {
                    send_pictures(control.connect(), &control, &numbers, outlet, streams).await;
                }
            };
            tokio::select! {
                () = token.cancelled() => {}
                () = sending => {}
            }
        });
        self.camera = Some((camera, stop.drop_guard()));
    }

    /// Shows the video that arrives in this stream on its owner's tile.
    pub(super) fn show(&self, shared: &Shared, index: &Index, identity: Identity, ssrc: Ssrc) {
        let source = index.sources.iter().find(|source| source.owner == identity);
        let external_user_id =
            source.map_or_else(|| "".into(), |source| Arc::clone(&source.external_user_id));
        let attendee = AttendeeInfo { identity, external_user_id };
        let (state, made) = shared.tiles().ensure(attendee, false);
        let screen = shared.tiles().screen(state.tile_id);
        if made {
            shared.tell(crate::event::SessionEvent::TileUpdated(state.clone()));
        }
        if let Some(screen) = screen
            && let Err(error) = self.room.watch(ssrc, identity, state.tile_id, screen)
        {
            shared.logger.error(&format_args!("a video cannot be shown: {error}"));
        }
    }

    /// The figures of the last second.
    pub(super) fn figures(&mut self, shared: &Shared, available: Option<Bitrate>) -> MetricsReport {
        let stats = self.media.stats();
        let last = std::mem::replace(&mut self.last, stats);
        let audio = *lock(&self.figures);
        let made_up = audio.made_up.saturating_sub(self.last_audio.made_up);
        self.last_audio = audio;
        let rate =
            |now: u64, before: u64| Bitrate::from_bps(now.saturating_sub(before).saturating_mul(8));
        let mut video = shared.camera().as_ref().map(|camera| camera.control().metrics());
        if let Some(video) = &mut video {
            let total = video.frames_encoded;
            video.frames_encoded =
                total.saturating_sub(std::mem::replace(&mut self.last_frames, total));
        }
        MetricsReport {
            current_round_trip_time: stats.round_trip,
            available_outgoing_bitrate: stats.estimate,
            available_incoming_bitrate: available,
            audio_packets_received: stats
                .audio_received
                .packets
                .saturating_sub(last.audio_received.packets),
            audio_packets_received_fraction_loss: stats.loss_received,
            // The figures are a second's.
            audio_decoder_loss: made_up.as_secs_f32().min(1.0),
            audio_packets_sent: stats.audio_sent.packets.saturating_sub(last.audio_sent.packets),
            audio_packets_sent_fraction_loss: stats.loss_sent,
            audio_upstream_round_trip_time: stats.audio_round_trip,
            audio_upstream_jitter: stats.audio_jitter,
            audio_upstream_level: audio.sent_level,
            audio_downstream_level: audio.played_level,
            audio_downstream_jitter: stats.jitter,
            audio_speaker_delay: audio.delay,
            upstream_bitrate: rate(stats.sent.octets, last.sent.octets),
            downstream_bitrate: rate(stats.received.octets, last.received.octets),
            nack_count_received: stats.nacks_received,
            nack_count_sent: stats.nacks_sent,
            video_upstream: video,
            video_downstream: self.room.metrics(),
        }
    }

    /// How many audio packets came so far.
    pub(super) const fn audio_packets(&self) -> u64 {
        self.last.audio_received.packets
    }

    /// Stops what flows, then closes the path.
    pub(super) async fn close(self, _shared: &Shared) {
        if let Some((camera, _)) = &self.camera {
            camera.disconnect();
        }
        self.cancel.cancel();
        self.tasks.close();
        self.media.close().await;
        self.tasks.wait().await;
    }
}
