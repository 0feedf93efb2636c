//! One attempt: a socket, a session on it, and the media path that both agree on.

mod link;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use carillon_frame::Bitrate;
use carillon_signaling::{
    Allocation, AudioCheckIn, ClientDetails, ClientEvent, ClientOutput, ClientSession, Identity,
    Index, Join, JoinAck, Modality, NetworkAdaption, RemoteVideoUpdate, Sdp, SendLayer, SessionEnd,
    SocketCredentials, Subscribe, SubscribeAck,
};
use tokio::time::MissedTickBehavior;

use self::link::{Link, LinkNews};
use super::sections::{Changes, Sections};
use super::{Command, Connection};
use crate::active_speaker::TICK;
use crate::clock;
use crate::device_controller::{DeviceChangeEvent, StreamEnd};
use crate::event::{MeetingEvent, SessionEvent};
use crate::media_link::{CameraSection, PathState};
use crate::policy::UplinkConditions;
use crate::shared::{Shared, lock};
use crate::signaling_socket::{Incoming, SignalingSocket};
use crate::status::{MeetingSessionStatus, MeetingSessionStatusCode as Code};

/// From the answer to a secured path. The transport gives up a handshake whose last flight was lost (see the ADR on
/// the client's transport), and another connection takes a tenth of a second.
const SECURE_TIMEOUT: Duration = Duration::from_secs(6);

/// How long one step of a negotiation may take on this side.
const NEGOTIATION_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a path may be silent, after the 5 s in which that is noticed, before another is made: a blackout of twelve
/// seconds is survived without one.
const SILENCE_LIMIT: Duration = Duration::from_secs(10);

/// Ticks of the speaker detection in a second.
const TICKS_PER_SECOND: u32 = 5;

/// How an attempt ended.
#[derive(Debug)]
pub(super) enum AttemptEnd {
    /// For good.
    Over(MeetingSessionStatus),
    /// By something that may be better next time.
    Lost(MeetingSessionStatus),
}

impl AttemptEnd {
    fn lost(code: Code, detail: impl std::fmt::Display) -> Self {
        Self::Lost(MeetingSessionStatus::detailed(code, detail))
    }
}

impl From<SessionEnd> for AttemptEnd {
    fn from(end: SessionEnd) -> Self {
        let status = Code::from(end).into();
        if end.is_worth_retrying() { Self::Lost(status) } else { Self::Over(status) }
    }
}

/// A connection that is being made or stands.
pub(super) struct Attempt<'a> {
    pub(super) connection: &'a mut Connection,
    pub(super) shared: Arc<Shared>,
    pub(super) signaling: ClientSession,
    socket: SignalingSocket,
    link: Option<Link>,
    pub(super) terms: JoinAck,
    pub(super) index: Index,
    pub(super) available: Option<Bitrate>,
    sections: Sections,
    allocations: Vec<Allocation>,
    /// Whether what was offered last is not what is wanted any more.
    is_stale: bool,
    /// Whether media has flowed.
    is_up: bool,
    /// When the path has to be secured, or to answer again.
    path_due: Option<(Instant, Code)>,
    end: Option<AttemptEnd>,
    ticks: u32,
}

impl<'a> Attempt<'a> {
    /// Connects and stays connected until something ends it.
    pub(super) async fn run(connection: &'a mut Connection) -> AttemptEnd {
        let shared = Arc::clone(&connection.shared);
        let opened = tokio::select! {
            opened = open_socket(&shared) => opened,
            () = connection.stopped() => return AttemptEnd::Over(Code::Left.into()),
        };
        let socket = match opened {
            Ok(socket) => socket,
            Err(end) => return end,
        };
        let signaling = ClientSession::new(clock::epoch(), join(connection))
            .with_step_timeout(shared.configuration.connection_timeout);
        connection.attendance.handle_reconnect();
        let mut attempt = Attempt {
            connection,
            shared,
            signaling,
            socket,
            link: None,
            terms: JoinAck::default(),
            index: Index::default(),
            available: None,
            sections: Sections::default(),
            allocations: Vec::new(),
            is_stale: false,
            is_up: false,
            path_due: None,
            end: None,
            ticks: 0,
        };
        attempt.signaling.handle_open(clock::now());
        let end = attempt.serve().await;
        attempt.close().await;
        end
    }

    async fn serve(&mut self) -> AttemptEnd {
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Skip);
        loop {
            let deadline = self.drain().await;
            if let Some(end) = self.end.take() {
                return end;
            }
            if self.shared.hub.take_panicked() {
                return AttemptEnd::Over(Code::RealtimeApiFailed.into());
            }
            let path_due = self.path_due.map(|(at, _)| at);
            let due = deadline.into_iter().chain(path_due).min();
            tokio::select! {
                biased;
                incoming = self.socket.next() => match incoming {
                    Incoming::Message(message) => {
                        self.signaling.handle_message(clock::now(), &message);
                    }
                    Incoming::Closed(code) => {
                        self.shared.tell_step(MeetingEvent::SignalingDropped);
                        self.signaling.handle_close(code);
                    }
                },
                command = self.connection.next_command() => self.handle_command(command),
                news = Link::next(&mut self.link) => self.handle_link(news),
                () = sleep_until(due) => self.handle_due(),
                _ = tick.tick() => self.handle_tick(),
            }
        }
    }

    /// Does what the session wants done, and offers when it may; says when it wants to be called.
    async fn drain(&mut self) -> Option<Instant> {
        loop {
            match self.signaling.poll_output() {
                ClientOutput::Send(message) => {
                    if !self.socket.send(message).await {
                        self.signaling.handle_close(None);
                    }
                }
                ClientOutput::Event(event) => self.handle_event(event).await,
                ClientOutput::Close => {}
                ClientOutput::Timeout(deadline) => {
                    if !(self.is_stale && self.signaling.may_subscribe() && self.link.is_some()) {
                        return deadline;
                    }
                    self.is_stale = false;
                    if let Err(end) = self.subscribe().await {
                        self.end.get_or_insert(end);
                        return deadline;
                    }
                }
            }
        }
    }

    async fn handle_event(&mut self, event: ClientEvent) {
        match event {
            ClientEvent::Joined(terms) => self.terms = terms,
            ClientEvent::Index(index) => {
                self.handle_index(index);
                if self.link.is_none()
                    && let Err(end) = self.open_link().await
                {
                    self.end.get_or_insert(end);
                }
            }
            ClientEvent::Answered(ack) => {
                if let Err(end) = self.handle_answer(ack).await {
                    self.end.get_or_insert(end);
                }
            }
            ClientEvent::Ended(end) => {
                self.end.get_or_insert_with(|| end.into());
            }
            ClientEvent::Paused(groups) => self.tell_paused(&groups, true),
            ClientEvent::Resumed(groups) => self.tell_paused(&groups, false),
            ClientEvent::Bitrates(bitrates) => {
                self.available = bitrates.available.or(self.available);
                self.choose_videos();
            }
            ClientEvent::ViewOnly => {
                self.is_stale = true;
                self.tell(event);
            }
            ClientEvent::Roster(_)
            | ClientEvent::Volumes(_)
            | ClientEvent::Data(_)
            | ClientEvent::Notification(_) => self.tell(event),
        }
    }

    fn handle_command(&mut self, command: Command) {
        let now = clock::now();
        match command {
            Command::Stop => self.signaling.leave(now),
            Command::Mute(mute) => self.signaling.set_mute(now, mute),
            Command::Data(data) => {
                if !self.signaling.send_data(now, data) {
                    self.shared.logger.warn(&"a message was lost: not connected");
                }
            }
            Command::CameraChanged => {
                self.adapt_camera();
                self.is_stale = true;
            }
            Command::VideosChanged => self.choose_videos(),
        }
    }

    fn handle_index(&mut self, index: Index) {
        let before = std::mem::replace(&mut self.index, index);
        self.tell_availability(&before);
        self.adapt_camera();
        self.choose_videos();
    }

    /// Lets the policy choose which videos to receive, and does what follows.
    fn choose_videos(&mut self) {
        if self.shared.modality == Modality::Content {
            return;
        }
        let mut choices = match self.shared.receives_video.load(Ordering::Relaxed) {
            true => lock(&self.shared.downlink).choose(&self.index.sources, self.available),
            false => Vec::new(),
        };
        let limit = usize::try_from(self.terms.video_subscription_limit).unwrap_or(usize::MAX);
        choices.truncate(limit);
        let Changes { needs_offer, switched, forgotten, gone } = self.sections.choose(&choices);
        self.is_stale |= needs_offer;
        if let Some(link) = &self.link {
            forgotten.into_iter().for_each(|ssrc| link.room.forget(ssrc));
        }
        gone.into_iter().for_each(|identity| self.remove_tile_of(identity));
        let now = clock::now();
        if !switched.is_empty() {
            let update = RemoteVideoUpdate { updated: switched, removed: Vec::new() };
            self.signaling.update_remote_videos(now, update);
        }
        self.apply_pauses();
        self.tell_sources();
    }

    fn apply_pauses(&mut self) {
        let now = clock::now();
        let (stop, flow) = self.sections.pause(&lock(&self.shared.paused));
        if !stop.is_empty() {
            self.signaling.pause(now, stop);
        }
        if !flow.is_empty() {
            self.signaling.resume(now, flow);
        }
    }

    /// Lets the policy say how the camera is sent.
    pub(super) fn adapt_camera(&self) {
        let camera = self.shared.camera().as_ref().map(crate::camera::Camera::control);
        let Some(camera) = camera else { return };
        let own = self.shared.identity();
        let features = self.shared.configuration.meeting_features;
        let max_resolution = match self.shared.modality {
            Modality::Main => features.video_max_resolution,
            Modality::Content => features.content_max_resolution,
        };
        let conditions = UplinkConditions {
            publishers: self.other_cameras(own).saturating_add(1),
            max_resolution,
            available: self.link.as_ref().and_then(|link| link.media.stats().estimate),
            speaks: lock(&self.shared.speakers).prioritizes(own),
        };
        camera.set_parameters(lock(&self.shared.uplink).choose(&conditions));
    }

    fn other_cameras(&self, own: Identity) -> usize {
        let mut owners: Vec<Identity> =
            self.index.sources.iter().map(|source| source.owner).collect();
        owners.sort_unstable();
        owners.dedup();
        let is_camera = |owner: &&Identity| owner.modality == Modality::Main && **owner != own;
        owners.iter().filter(is_camera).count()
    }

    async fn open_link(&mut self) -> Result<(), AttemptEnd> {
        let link = Link::open(&self.shared, self.socket.local_ip()).await?;
        self.link = Some(link);
        self.is_stale = true;
        Ok(())
    }

    async fn subscribe(&mut self) -> Result<(), AttemptEnd> {
        let Some(link) = &mut self.link else { return Ok(()) };
        let camera = self.shared.camera().as_ref().map(crate::camera::Camera::control);
        let parameters = camera.as_ref().and_then(|camera| camera.parameters());
        let section = match parameters {
            Some(_) => CameraSection::Sending,
            None => CameraSection::Inactive,
        };
        let receiving = self.sections.receiving();
        let offer = in_time(link.media.offer(section, &receiving), Code::TaskFailed).await?;
        link.set_camera(&self.shared, camera.filter(|_| parameters.is_some()));
        let allocation = self.allocations.first();
        let send_layers = parameters.iter().map(|parameters| SendLayer {
            stream_id: allocation.map(|allocation| allocation.stream_id),
            group_id: allocation.map(|allocation| allocation.group_id),
            framerate: Some(parameters.max_framerate),
            max_bitrate: parameters.bitrate,
            average_bitrate: None,
        });
        let host = self.shared.configuration.urls.audio_host_url.clone();
        let subscribe = Subscribe {
            offer: Sdp::Plain(offer),
            audio: Some(AudioCheckIn { host, mute: self.shared.mute() }),
            send_layers: send_layers.collect(),
            // The first section of video is the camera's.
            receive: std::iter::once(None).chain(self.sections.streams()).collect(),
            video_subscriptions: Vec::new(),
        };
        self.signaling.subscribe(clock::now(), subscribe);
        Ok(())
    }

    async fn handle_answer(&mut self, ack: SubscribeAck) -> Result<(), AttemptEnd> {
        let Sdp::Plain(answer) = ack.answer else {
            return Err(AttemptEnd::lost(Code::IncompatibleSdp, "the answer is compressed"));
        };
        let Some(link) = &mut self.link else { return Ok(()) };
        self.allocations = ack.allocations;
        in_time(link.media.apply_answer(answer), Code::IncompatibleSdp).await?;
        for (number, section) in self.sections.list.iter_mut().enumerate() {
            let mid = link.media.receive_mid(number).await;
            section.mid = mid.and_then(|mid| mid.parse().ok());
        }
        if !self.is_up {
            let due = clock::now() + SECURE_TIMEOUT;
            self.path_due.get_or_insert((due, Code::TaskFailed));
        }
        for section in &mut self.sections.list {
            let track = ack.tracks.iter().find(|track| Some(&track.mid) == section.mid.as_ref());
            let ssrc = track.map(|track| track.ssrc);
            let Some(choice) = section.choice else { continue };
            if let Some(ssrc) = ssrc.filter(|ssrc| section.ssrc != Some(*ssrc)) {
                link.show(&self.shared, &self.index, choice.attendee, ssrc);
            }
            section.ssrc = ssrc;
        }
        self.apply_pauses();
        self.tell_sources();
        Ok(())
    }

    fn handle_link(&mut self, news: LinkNews) {
        match news {
            LinkNews::Path(PathState::Connected) => {
                self.path_due = None;
                if !std::mem::replace(&mut self.is_up, true) {
                    self.connection.handle_started();
                }
            }
            LinkNews::Path(PathState::Disconnected) => {
                self.shared.tell_step(MeetingEvent::ReceivingAudioDropped);
                let due = clock::now() + SILENCE_LIMIT;
                self.path_due.get_or_insert((due, Code::ConnectionHealthReconnect));
            }
            LinkNews::Path(PathState::Failed) => {
                let end =
                    AttemptEnd::lost(Code::ConnectionHealthReconnect, "the media path failed");
                self.end.get_or_insert(end);
            }
            LinkNews::Path(PathState::Connecting) => {}
            LinkNews::Shown(tile, size) => self.shared.update_tile(tile, |tile| {
                tile.size = Some(size);
                tile.active = true;
            }),
        }
    }

    fn handle_due(&mut self) {
        let now = clock::now();
        self.signaling.handle_timeout(now);
        if let Some((_, code)) = self.path_due.take_if(|(at, _)| *at <= now) {
            self.end.get_or_insert(AttemptEnd::lost(code, "the media path does not answer"));
        }
    }

    fn handle_tick(&mut self) {
        self.tell_speakers();
        self.ticks = self.ticks.wrapping_add(1);
        if self.ticks.is_multiple_of(TICKS_PER_SECOND) {
            self.adapt_camera();
            self.stop_ended_camera();
            if let Some(link) = &mut self.link {
                let figures = link.figures(&self.shared, self.available);
                let audio_packets = link.audio_packets();
                self.tell_figures(figures, audio_packets);
            }
        }
    }

    /// A source of pictures that has no more of them is a camera turned off.
    fn stop_ended_camera(&mut self) {
        let ended = self.shared.camera().as_ref().is_some_and(|c| c.control().has_ended());
        if ended && self.shared.modality == Modality::Content {
            self.signaling.leave(clock::now());
        } else if ended {
            *self.shared.camera() = None;
            let ended = DeviceChangeEvent::VideoInputStreamEnded(StreamEnd::Finished);
            self.shared.tell(SessionEvent::Device(ended));
            let local = self.shared.tiles().local();
            if let Some(tile) = local {
                self.shared.remove_tile(tile.tile_id);
            }
            self.is_stale = true;
        }
    }

    /// Why a chosen video does not arrive is that the server has no section for it.
    pub(super) fn is_refused(&self, owner: Identity) -> bool {
        let sections = &self.sections.list;
        let section = sections.iter().find(|s| s.choice.is_some_and(|c| c.attendee == owner));
        section.is_some_and(|section| section.mid.is_some() && section.ssrc.is_none())
    }

    pub(super) fn is_chosen(&self, owner: Identity) -> bool {
        self.sections.list.iter().any(|s| s.choice.is_some_and(|c| c.attendee == owner))
    }

    async fn close(self) {
        if let Some(link) = self.link {
            link.close(&self.shared).await;
        }
        self.socket.close().await;
    }
}

async fn open_socket(shared: &Shared) -> Result<SignalingSocket, AttemptEnd> {
    let configuration = &shared.configuration;
    let token = configuration.credentials.join_token.clone();
    let credentials = SocketCredentials { token, modality: shared.modality };
    let opening = SignalingSocket::open(&configuration.urls.signaling_url, &credentials);
    match tokio::time::timeout(configuration.connection_timeout, opening).await {
        Ok(Ok(socket)) => Ok(socket),
        Ok(Err(tokio_tungstenite::tungstenite::Error::Url(error))) => Err(AttemptEnd::Over(
            MeetingSessionStatus::detailed(Code::SignalingRequestFailed, error),
        )),
        Ok(Err(error)) => Err(AttemptEnd::lost(Code::SignalingChannelClosedUnexpectedly, error)),
        Err(_) => Err(AttemptEnd::lost(Code::TaskFailed, "the server does not answer")),
    }
}

fn join(connection: &Connection) -> Join {
    let application = connection.shared.configuration.application_metadata.clone();
    let (app_name, app_version) =
        application.map(|application| (application.app_name, application.app_version)).unzip();
    let client = ClientDetails {
        app_name,
        app_version,
        platform_name: Some("native".to_owned()),
        platform_version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        client_source: Some("carillon-facade".to_owned()),
        sdk_version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        os_name: Some(std::env::consts::OS.to_owned()),
        ..ClientDetails::default()
    };
    Join {
        audio_session_id: Some(connection.object),
        client,
        adaption: Some(NetworkAdaption::Client),
        supported_adaptions: vec![NetworkAdaption::Client],
        wants_compressed_sdp: false,
        ..Join::default()
    }
}

/// Waits for a step of the negotiation, which is work and no waiting: whatever takes long has gone wrong.
async fn in_time<T>(
    step: impl Future<Output = webrtc::error::Result<T>>,
    code: Code,
) -> Result<T, AttemptEnd> {
    match tokio::time::timeout(NEGOTIATION_TIMEOUT, step).await {
        Ok(done) => done.map_err(|error| AttemptEnd::lost(code, error)),
        Err(_) => Err(AttemptEnd::lost(code, "the negotiation does not end")),
    }
}

async fn sleep_until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due.into()).await,
        None => std::future::pending().await,
    }
}
