//! The way media takes: one peer connection of the `webrtc` crate, which connects, encrypts and negotiates.
//!
//! It has one section for the voice, one for the camera, and one for each received video. Sections are never given up:
//! one that is not needed is inactive, and the next video takes it again.

pub(crate) mod codecs;
mod interceptor;
pub(crate) mod layers;
mod rtp_engine;

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use carillon_frame::{Bitrate, ClockRate, Ssrc};
use carillon_rtp::{Rtcp, write_compound};
use rand::Rng as _;
use rtc::interceptor::{Registry, Slot};
use rtc::media_stream::MediaStreamTrack;
use rtc::rtcp::raw_packet::RawPacket;
use rtc::rtp;
use rtc::rtp_transceiver::rtp_sender::{
    RTCRtpCodec, RTCRtpCodingParameters, RTCRtpEncodingParameters, RTCRtpRtxParameters,
    RtpCodecKind,
};
use tokio::sync::{mpsc, watch};
use webrtc::error::{Error, Result};
use webrtc::media_stream::track_local::TrackLocal;
use webrtc::media_stream::track_local::static_rtp::TrackLocalStaticRTP;
use webrtc::peer_connection::{
    PeerConnection, PeerConnectionBuilder, PeerConnectionEventHandler, RTCConfigurationBuilder,
    RTCIceGatheringState, RTCPeerConnectionState, RTCSessionDescription, SettingEngineBuilder,
    SrtpProtectionProfile,
};
use webrtc::rtp_transceiver::{
    RTCRtpTransceiverDirection as Direction, RTCRtpTransceiverInit, RtpTransceiver,
};

use self::interceptor::EngineStage;
pub(crate) use self::interceptor::SharedEngine;
use self::layers::{LayerName, LayerStream, as_single};
pub(crate) use self::rtp_engine::{Arrived, MediaPacket, PathStats, WallClock};
use self::rtp_engine::{RtpEngine, SendStream};

/// How many arrivals wait for the session: half a second of 25 videos. When it is full the newest is dropped.
const ARRIVALS: usize = 2_048;

/// Between two connectivity checks of a pair, and how often a pair is checked before it is given up: 5 s in all.
///
/// The usual 200 ms make a connection take 400 ms, which anybody notices.
const CHECK_INTERVAL: Duration = Duration::from_millis(20);
const CHECKS: u16 = 250;

/// Without an answer to a check the path counts as disconnected after the first, and as failed after both.
const DISCONNECTED_AFTER: Duration = Duration::from_secs(5);
const FAILED_AFTER: Duration = Duration::from_secs(25);
const KEEP_ALIVE: Duration = Duration::from_secs(2);

/// How the path stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PathState {
    /// Nothing flows yet.
    Connecting,
    /// Media flows.
    Connected,
    /// The other side does not answer at the moment.
    Disconnected,
    /// It will not answer any more.
    Failed,
}

/// What the camera's section is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CameraSection {
    /// One stream is sent.
    Sending,
    /// A stream is sent for each simulcast layer.
    SendingLayers,
    Inactive,
}

/// The streams that a link sends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LocalStreams {
    pub(crate) voice: Ssrc,
    /// One for each layer, in the order of [`LayerName::ALL`]; a picture without layers is sent in the first.
    pub(crate) camera: [LayerStream; LayerName::ALL.len()],
}

impl LocalStreams {
    /// Draws their numbers at random.
    pub(crate) fn draw() -> Self {
        let mut rng = rand::rng();
        let mut ssrc = || Ssrc(rng.random_range(1..=u32::MAX));
        let camera = LayerName::ALL.map(|name| LayerStream { name, media: ssrc(), repair: ssrc() });
        Self { voice: ssrc(), camera }
    }

    /// The layer that is sent in this stream.
    pub(crate) fn layer_of(self, media: Ssrc) -> Option<LayerName> {
        self.camera.iter().find(|stream| stream.media == media).map(|stream| stream.name)
    }

    /// The stream in which a layer is sent.
    pub(crate) fn media_of(self, layer: LayerName) -> Option<Ssrc> {
        self.camera.iter().find(|stream| stream.name == layer).map(|stream| stream.media)
    }
}

/// A peer connection to the meeting's server.
pub(crate) struct MediaLink {
    connection: Arc<dyn PeerConnection>,
    engine: SharedEngine,
    streams: LocalStreams,
    voice: Arc<TrackLocalStaticRTP>,
    camera: Arc<TrackLocalStaticRTP>,
    camera_section: Arc<dyn RtpTransceiver>,
    receive_sections: Vec<Arc<dyn RtpTransceiver>>,
    state: watch::Receiver<PathState>,
    gathered: watch::Receiver<bool>,
}

impl MediaLink {
    /// Opens sockets on `addresses`; what arrives later comes out of the channel. A camera has these layers, if any.
    ///
    /// # Errors
    /// When no socket could be opened.
    pub(crate) async fn open(
        addresses: Vec<String>,
        clock: WallClock,
        layers: &[LayerName],
    ) -> Result<(Self, mpsc::Receiver<Arrived>)> {
        let streams = LocalStreams::draw();
        let engine = Arc::new(Mutex::new(RtpEngine::new(clock, &send_streams(streams))));
        let (arrived, arrivals) = mpsc::channel(ARRIVALS);
        let stage = EngineStage::new(Arc::clone(&engine), arrived);
        let (state_sender, state) = watch::channel(PathState::Connecting);
        let (gathered_sender, gathered) = watch::channel(false);
        let handler = Handler { state: state_sender, gathered: gathered_sender };
        let building = PeerConnectionBuilder::new()
            .with_configuration(RTCConfigurationBuilder::default().build())
            .with_media_engine(codecs::media_engine()?)
            .with_setting_engine(settings())
            .with_interceptor_registry(Registry::new().with(Slot::Custom(1), stage))
            .with_handler(Arc::new(handler))
            .with_udp_addrs(addresses)
            .build();
        // Boxed, since opening sockets takes 20 kB of state that nobody needs afterwards.
        let connection: Arc<dyn PeerConnection> = Arc::new(Box::pin(building).await?);
        let voice = encoding(codecs::opus(), streams.voice, None);
        let voice = track("voice", RtpCodecKind::Audio, vec![voice]);
        let camera = streams.camera.iter().filter(|stream| layers.contains(&stream.name));
        let camera = camera.map(|stream| encoding(codecs::h264(), stream.media, Some(*stream)));
        let camera = track("camera", RtpCodecKind::Video, camera.collect());
        add_sender(&connection, Arc::clone(&voice)).await?;
        let camera_section = add_sender(&connection, Arc::clone(&camera)).await?;
        camera_section.set_direction(Direction::Inactive).await?;
        let receive_sections = Vec::new();
        let link = Self {
            connection,
            engine,
            streams,
            voice,
            camera,
            camera_section,
            receive_sections,
            state,
            gathered,
        };
        Ok((link, arrivals))
    }

    /// An offer for the camera and `receiving` videos: section `i` of those receives exactly if `receiving[i]`.
    ///
    /// # Errors
    /// When the connection is closed.
    pub(crate) async fn offer(
        &mut self,
        camera: CameraSection,
        receiving: &[bool],
    ) -> Result<String> {
        let direction = match camera {
            CameraSection::Sending | CameraSection::SendingLayers => Direction::Sendrecv,
            CameraSection::Inactive => Direction::Inactive,
        };
        self.camera_section.set_direction(direction).await?;
        while self.receive_sections.len() < receiving.len() {
            let init = RTCRtpTransceiverInit {
                direction: Direction::Recvonly,
                streams: Vec::new(),
                send_encodings: Vec::new(),
            };
            let section =
                self.connection.add_transceiver_from_kind(RtpCodecKind::Video, Some(init)).await?;
            self.receive_sections.push(section);
        }
        let wanted = receiving.iter().copied().chain(std::iter::repeat(false));
        for (section, wanted) in self.receive_sections.iter().zip(wanted) {
            let direction = if wanted { Direction::Recvonly } else { Direction::Inactive };
            section.set_direction(direction).await?;
        }
        let offer = self.connection.create_offer(None).await?;
        self.connection.set_local_description(offer).await?;
        // Fails only when the connection is gone, and then there is no description either.
        drop(self.gathered.wait_for(|gathered| *gathered).await);
        let description = self.connection.local_description().await;
        let description = description.ok_or(Error::ErrConnectionClosed)?;
        let mid = self.camera_section.mid().await?;
        let [stream, ..] = self.streams.camera;
        // The crate always offers layers, since it can neither add nor take away any later.
        let (sdp, mid) = match camera {
            CameraSection::SendingLayers => (description.sdp, mid),
            CameraSection::Sending | CameraSection::Inactive => {
                (as_single(&description.sdp, stream), None)
            }
        };
        self.with_engine(|engine| engine.set_layers_section(mid));
        Ok(sdp)
    }

    /// Applies the answer to the last offer.
    ///
    /// # Errors
    /// When the answer does not fit the offer.
    pub(crate) async fn apply_answer(&self, sdp: String) -> Result<()> {
        let answer = RTCSessionDescription::answer(sdp)?;
        self.connection.set_remote_description(answer).await
    }

    /// The tag of the receive section of this index.
    pub(crate) async fn receive_mid(&self, index: usize) -> Option<String> {
        self.receive_sections.get(index)?.mid().await.ok().flatten()
    }

    pub(crate) const fn streams(&self) -> LocalStreams {
        self.streams
    }

    /// How the path stands, to be watched.
    pub(crate) fn state(&self) -> watch::Receiver<PathState> {
        self.state.clone()
    }

    /// Where packets are handed in.
    pub(crate) fn outlet(&self) -> Outlet {
        Outlet { voice: Arc::clone(&self.voice), camera: Arc::clone(&self.camera) }
    }

    pub(crate) fn engine(&self) -> SharedEngine {
        Arc::clone(&self.engine)
    }

    pub(crate) fn stats(&self) -> PathStats {
        self.with_engine(|engine| engine.stats())
    }

    /// Says how much would be sent if the path took it.
    pub(crate) fn set_goal(&self, goal: Bitrate) {
        self.with_engine(|engine| engine.set_goal(goal));
    }

    fn with_engine<T>(&self, act: impl FnOnce(&mut RtpEngine) -> T) -> T {
        act(&mut self.engine.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Says goodbye and closes the sockets.
    pub(crate) async fn close(&self) {
        if let Err(error) = self.connection.close().await {
            tracing::debug!(%error, "the media path did not close cleanly");
        }
    }
}

impl std::fmt::Debug for MediaLink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MediaLink").field("streams", &self.streams).finish_non_exhaustive()
    }
}

/// Where packets leave; any number of tasks may hold one.
#[derive(Clone)]
pub(crate) struct Outlet {
    voice: Arc<TrackLocalStaticRTP>,
    camera: Arc<TrackLocalStaticRTP>,
}

impl Outlet {
    /// Sends a packet of the voice; false once the path is closed.
    pub(crate) async fn send_voice(&self, packet: rtp::Packet) -> bool {
        self.voice.write_rtp(packet).await.is_ok()
    }

    /// Sends a packet of the camera; false once the path is closed.
    pub(crate) async fn send_camera(&self, packet: rtp::Packet) -> bool {
        self.camera.write_rtp(packet).await.is_ok()
    }

    /// Reports or asks something of the other side; false once the path is closed.
    pub(crate) async fn send_rtcp(&self, packet: &Rtcp) -> bool {
        let mut bytes = Vec::new();
        write_compound(std::slice::from_ref(packet), &mut bytes);
        let raw: Box<dyn rtc::rtcp::Packet> = Box::new(RawPacket(Bytes::from(bytes)));
        self.voice.write_rtcp(vec![raw]).await.is_ok()
    }
}

impl std::fmt::Debug for Outlet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outlet").finish_non_exhaustive()
    }
}

/// The addresses to listen on for a server that was reached from this one.
///
/// A server on this machine needs no more than that, and one elsewhere may be reached over any interface.
pub(crate) fn local_addresses(reached_from: IpAddr) -> Vec<String> {
    match reached_from {
        IpAddr::V4(ip) if ip.is_loopback() => vec![format!("{ip}:0")],
        IpAddr::V4(_) => vec!["0.0.0.0:0".to_owned()],
        IpAddr::V6(ip) if ip.is_loopback() => vec![format!("[{ip}]:0"), "127.0.0.1:0".to_owned()],
        IpAddr::V6(_) => vec!["[::]:0".to_owned(), "0.0.0.0:0".to_owned()],
    }
}

struct Handler {
    state: watch::Sender<PathState>,
    gathered: watch::Sender<bool>,
}

#[async_trait::async_trait]
impl PeerConnectionEventHandler for Handler {
    async fn on_ice_gathering_state_change(&self, state: RTCIceGatheringState) {
        self.gathered.send_replace(state == RTCIceGatheringState::Complete);
    }

    async fn on_connection_state_change(&self, state: RTCPeerConnectionState) {
        let state = match state {
            RTCPeerConnectionState::Connected => PathState::Connected,
            RTCPeerConnectionState::Disconnected => PathState::Disconnected,
            RTCPeerConnectionState::Failed | RTCPeerConnectionState::Closed => PathState::Failed,
            RTCPeerConnectionState::Unspecified
            | RTCPeerConnectionState::New
            | RTCPeerConnectionState::Connecting
            | _ => return,
        };
        self.state.send_replace(state);
    }
}

fn settings() -> webrtc::peer_connection::SettingEngine {
    let mut settings = SettingEngineBuilder::default()
        .with_include_loopback_candidate(true)
        .with_multicast_dns_mode(rtc::ice::mdns::MulticastDnsMode::Disabled)
        .with_ice_connection_attempts(Some(CHECK_INTERVAL), Some(CHECKS))
        .with_srtp_protection_profiles(vec![
            SrtpProtectionProfile::Srtp_Aead_Aes_128_Gcm,
            SrtpProtectionProfile::Srtp_Aes128_Cm_Hmac_Sha1_80,
        ]);
    settings =
        settings.with_ice_timeouts(Some(DISCONNECTED_AFTER), Some(FAILED_AFTER), Some(KEEP_ALIVE));
    settings.build()
}

fn send_streams(streams: LocalStreams) -> Vec<SendStream> {
    let voice =
        SendStream { ssrc: streams.voice, clock: ClockRate::OPUS, repair: None, layer: None };
    let camera = streams.camera.iter().map(|stream| SendStream {
        ssrc: stream.media,
        clock: ClockRate::VIDEO,
        repair: Some(stream.repair),
        layer: Some(stream.name),
    });
    std::iter::once(voice).chain(camera).collect()
}

fn encoding(
    codec: RTCRtpCodec,
    ssrc: Ssrc,
    layer: Option<LayerStream>,
) -> RTCRtpEncodingParameters {
    let rtp_coding_parameters = RTCRtpCodingParameters {
        rid: layer.map(|layer| layer.name.rid().to_owned()).unwrap_or_default(),
        ssrc: Some(ssrc.0),
        rtx: layer.map(|layer| RTCRtpRtxParameters { ssrc: layer.repair.0 }),
        fec: None,
    };
    RTCRtpEncodingParameters { rtp_coding_parameters, codec, ..Default::default() }
}

fn track(
    name: &str,
    kind: RtpCodecKind,
    encodings: Vec<RTCRtpEncodingParameters>,
) -> Arc<TrackLocalStaticRTP> {
    let name = name.to_owned();
    let track = MediaStreamTrack::new(name.clone(), name.clone(), name, kind, encodings);
    Arc::new(TrackLocalStaticRTP::new(track))
}

async fn add_sender(
    connection: &Arc<dyn PeerConnection>,
    track: Arc<TrackLocalStaticRTP>,
) -> Result<Arc<dyn RtpTransceiver>> {
    let track: Arc<dyn TrackLocal> = track;
    connection
        .add_transceiver_from_track(
            track,
            Some(RTCRtpTransceiverInit {
                direction: Direction::Sendrecv,
                streams: Vec::new(),
                send_encodings: Vec::new(),
            }),
        )
        .await
}
