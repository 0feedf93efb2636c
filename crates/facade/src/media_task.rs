//! Media of one connection: every 20 ms sound goes out and is played, and what arrives goes where it belongs.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use carillon_frame::FRAME_DURATION;
use tokio::sync::{mpsc, watch};
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use crate::audio::{VoiceFigures, VoiceStream};
use crate::clock;
use crate::device_controller::{DeviceChangeEvent, StreamEnd};
use crate::event::SessionEvent;
use crate::media_link::{Arrived, LocalStreams, Outlet, PathState, SharedEngine, codecs};
use crate::shared::{Shared, lock};
use crate::video_receive::VideoRoom;

/// Between two looks at the loss that the other side reports: reports come once a second.
const ADAPT_INTERVAL: Duration = Duration::from_secs(1);

/// What the task works on.
pub(crate) struct MediaTask {
    pub(crate) shared: Arc<Shared>,
    pub(crate) voice: VoiceStream,
    pub(crate) outlet: Outlet,
    pub(crate) streams: LocalStreams,
    pub(crate) engine: SharedEngine,
    pub(crate) arrivals: mpsc::Receiver<Arrived>,
    pub(crate) room: VideoRoom,
    pub(crate) state: watch::Receiver<PathState>,
    pub(crate) figures: Arc<Mutex<VoiceFigures>>,
}

impl MediaTask {
    /// Runs until it is cancelled or the path closes.
    pub(crate) async fn run(mut self, cancel: CancellationToken) {
        tokio::select! {
            () = cancel.cancelled() => {}
            () = self.flow() => {}
        }
    }

    async fn flow(&mut self) {
        if self.state.wait_for(|state| *state == PathState::Connected).await.is_err() {
            return;
        }
        let mut frames = tokio::time::interval(FRAME_DURATION);
        // Late frames are caught up with, or the stream's clock would fall behind the world's.
        frames.set_missed_tick_behavior(MissedTickBehavior::Burst);
        let mut adapt = tokio::time::interval(ADAPT_INTERVAL);
        loop {
            tokio::select! {
                biased;
                arrived = self.arrivals.recv() => match arrived {
                    Some(arrived) => self.handle_arrival(arrived),
                    None => return,
                },
                _ = frames.tick() => if !self.pass_frame().await {
                    return;
                },
                _ = adapt.tick() => {
                    let loss = lock(&self.engine).stats().loss_sent;
                    self.voice.adapt(loss);
                }
            }
        }
    }

    fn handle_arrival(&mut self, arrived: Arrived) {
        match arrived {
            Arrived::Media(packet) if codecs::is_audio(packet.payload_type) => {
                self.voice.handle_packet(&packet);
            }
            Arrived::Media(packet) => self.room.handle_packet(packet),
            Arrived::KeyFrameWanted(media) => {
                if let Some(layer) = self.streams.layer_of(media)
                    && let Some(camera) = &*self.shared.camera()
                {
                    camera.control().request_key_frame(layer);
                }
            }
        }
    }

    /// Sends and plays 20 ms; false once the path is closed.
    async fn pass_frame(&mut self) -> bool {
        self.voice.play(clock::now());
        *lock(&self.figures) = self.voice.figures();
        let packet = self.voice.next_packet();
        if self.shared.audio.take_ended() {
            let ended = DeviceChangeEvent::AudioInputStreamEnded(StreamEnd::Finished);
            self.shared.tell(SessionEvent::Device(ended));
        }
        match packet {
            Some(packet) => self.outlet.send_voice(packet).await,
            None => true,
        }
    }
}
