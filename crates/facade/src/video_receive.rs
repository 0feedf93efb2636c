//! Everybody else's pictures: put together and decoded by one thread of the session.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread;
use std::time::Instant;

use carillon_frame::{Ssrc, VideoSize};
#[cfg(feature = "h264")]
use carillon_media::h264::H264Decoder;
use carillon_media::pipeline::video_receive::{
    VideoPacket, VideoReceive, VideoReceiveConfig, VideoReceiveOutput,
};
use carillon_signaling::Identity;
use tokio::sync::mpsc;

use crate::clock;
use crate::media_link::MediaPacket;
use crate::metrics::VideoReceiveMetrics;
use crate::shared::lock;
use crate::tiles::{Screen, TileId};

/// How many packets wait for the thread: half a second of 25 videos. When it is full the newest is lost, as the network
/// might have lost it.
const WAITING_PACKETS: usize = 2_048;

/// How many remarks wait for the session; when they do not fit, the thread makes the same ones again.
const WAITING_REMARKS: usize = 256;

/// What the thread has to say.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Remark {
    /// Pictures of this size come now.
    Shown(TileId, VideoSize),
    /// The sender of this stream has to make a key frame.
    NeedsKeyFrame(Ssrc),
}

enum Order {
    Packet(MediaPacket),
    Watch { ssrc: Ssrc, identity: Identity, tile: TileId, screen: Arc<Screen> },
    Forget(Ssrc),
}

type SharedMetrics = Arc<Mutex<BTreeMap<Identity, VideoReceiveMetrics>>>;

/// The thread that receives videos: it starts with the first of them, since many sessions only listen, and ends when this
/// is dropped.
#[derive(Clone, Debug)]
pub(crate) struct VideoRoom {
    orders: Arc<OnceLock<SyncSender<Order>>>,
    remarks: mpsc::Sender<Remark>,
    metrics: SharedMetrics,
}

impl std::fmt::Debug for Order {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Order")
    }
}

impl VideoRoom {
    /// A room without videos; what it has to say comes out of the channel.
    pub(crate) fn new() -> (Self, mpsc::Receiver<Remark>) {
        let (remarks, heard) = mpsc::channel(WAITING_REMARKS);
        (Self { orders: Arc::default(), remarks, metrics: SharedMetrics::default() }, heard)
    }

    pub(crate) fn handle_packet(&self, packet: MediaPacket) {
        // A thread that does not keep up loses packets and asks for a key frame by itself.
        if let Some(orders) = self.orders.get() {
            drop(orders.try_send(Order::Packet(packet)));
        }
    }

    /// Shows what arrives in this stream.
    ///
    /// # Errors
    /// When the system has no thread left.
    pub(crate) fn watch(
        &self,
        ssrc: Ssrc,
        identity: Identity,
        tile: TileId,
        screen: Arc<Screen>,
    ) -> std::io::Result<()> {
        if self.orders.get().is_none() {
            let orders = self.start()?;
            // Whoever else has just started a thread keeps it, and this one ends.
            drop(self.orders.set(orders));
        }
        self.order(Order::Watch { ssrc, identity, tile, screen });
        Ok(())
    }

    pub(crate) fn forget(&self, ssrc: Ssrc) {
        self.order(Order::Forget(ssrc));
    }

    pub(crate) fn metrics(&self) -> BTreeMap<Identity, VideoReceiveMetrics> {
        lock(&self.metrics).clone()
    }

    fn start(&self) -> std::io::Result<SyncSender<Order>> {
        let (orders, waiting) = sync_channel(WAITING_PACKETS);
        let (remarks, metrics) = (self.remarks.clone(), Arc::clone(&self.metrics));
        thread::Builder::new()
            .name("carillon-video".to_owned())
            .spawn(move || Room { videos: BTreeMap::new(), remarks, metrics }.run(&waiting))?;
        Ok(orders)
    }

    /// Waits until the thread takes it, which is as long as it decodes one picture at the most.
    fn order(&self, order: Order) {
        if self.orders.get().is_some_and(|orders| orders.send(order).is_err()) {
            tracing::warn!("the thread that shows videos is gone");
        }
    }
}

/// One received stream.
struct Video {
    identity: Identity,
    tile: TileId,
    screen: Arc<Screen>,
    /// The same packets twice, if somebody wants pictures as they were encoded.
    decoded: Option<VideoReceive>,
    encoded: Option<VideoReceive>,
}

struct Room {
    videos: BTreeMap<Ssrc, Video>,
    remarks: mpsc::Sender<Remark>,
    metrics: SharedMetrics,
}

impl Room {
    fn run(mut self, orders: &Receiver<Order>) {
        let mut due: Option<Instant> = None;
        loop {
            let received = match due {
                Some(due) => orders.recv_timeout(due.saturating_duration_since(clock::now())),
                None => orders.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            match received {
                Ok(Order::Packet(packet)) => self.handle_packet(&packet),
                Ok(Order::Watch { ssrc, identity, tile, screen }) => {
                    self.videos.insert(ssrc, Video::new(identity, tile, screen));
                }
                Ok(Order::Forget(ssrc)) => {
                    if let Some(video) = self.videos.remove(&ssrc) {
                        lock(&self.metrics).remove(&video.identity);
                    }
                }
                Err(RecvTimeoutError::Timeout) => {
                    let now = clock::now();
                    self.videos.values_mut().for_each(|video| video.handle_timeout(now));
                }
                Err(RecvTimeoutError::Disconnected) => return,
            }
            due = self.drain();
        }
    }

    fn handle_packet(&mut self, packet: &MediaPacket) {
        if let Some(video) = self.videos.get_mut(&packet.ssrc) {
            video.handle_packet(packet);
        }
    }

    fn drain(&mut self) -> Option<Instant> {
        let mut due: Option<Instant> = None;
        for (ssrc, video) in &mut self.videos {
            let next = video.drain(*ssrc, &self.remarks);
            due = due.into_iter().chain(next).min();
            let figures = video.metrics();
            lock(&self.metrics).insert(video.identity, figures);
        }
        due
    }
}

impl Video {
    fn new(identity: Identity, tile: TileId, screen: Arc<Screen>) -> Self {
        let decoded = decoder();
        Self { identity, tile, screen, decoded, encoded: None }
    }

    fn handle_packet(&mut self, packet: &MediaPacket) {
        if self.encoded.is_none() && self.screen.wants_encoded() {
            self.encoded = Some(VideoReceive::encoded(VideoReceiveConfig::default()));
        }
        let view = VideoPacket {
            seq: packet.seq,
            timestamp: packet.timestamp,
            marker: packet.marker,
            payload: &packet.payload,
        };
        for receive in self.decoded.iter_mut().chain(&mut self.encoded) {
            receive.handle_packet(packet.at, view);
        }
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.decoded.iter_mut().chain(&mut self.encoded).for_each(|r| r.handle_timeout(now));
    }

    /// Shows what is ready; says when to call again.
    fn drain(&mut self, ssrc: Ssrc, remarks: &mpsc::Sender<Remark>) -> Option<Instant> {
        let mut due: Option<Instant> = None;
        for receive in self.decoded.iter_mut().chain(&mut self.encoded) {
            loop {
                let remark = match receive.poll_output() {
                    VideoReceiveOutput::Picture(frame) => match self.screen.show(&frame) {
                        Some(size) => Remark::Shown(self.tile, size),
                        None => continue,
                    },
                    VideoReceiveOutput::Encoded(picture) => {
                        self.screen.take_encoded(&picture);
                        continue;
                    }
                    VideoReceiveOutput::RequestKeyFrame => Remark::NeedsKeyFrame(ssrc),
                    VideoReceiveOutput::Timeout(next) => {
                        due = due.into_iter().chain(next).min();
                        break;
                    }
                };
                if remarks.try_send(remark).is_err() {
                    tracing::trace!("a remark on a video was dropped");
                }
            }
        }
        due
    }

    fn metrics(&self) -> VideoReceiveMetrics {
        let stats = self.decoded.as_ref().or(self.encoded.as_ref()).map(VideoReceive::stats);
        stats.map_or_else(VideoReceiveMetrics::default, |stats| VideoReceiveMetrics {
            frames_decoded: stats.frames,
            size: stats.size,
            key_frames_requested: stats.key_frame_requests,
            freezes: stats.freezes,
        })
    }
}

#[cfg(feature = "h264")]
fn decoder() -> Option<VideoReceive> {
    let decoder = H264Decoder::new()
        .inspect_err(|error| tracing::error!(%error, "pictures cannot be decoded"))
        .ok()?;
    Some(VideoReceive::decoded(VideoReceiveConfig::default(), decoder))
}

#[cfg(not(feature = "h264"))]
const fn decoder() -> Option<VideoReceive> {
    None
}
