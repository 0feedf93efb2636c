//! What an application implements to be called when something happens; every method may be left out.
//!
//! Observers are called on the session's own task, and of devices on the thread that watches them: they should return at
//! once, and hand longer work on.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

#[cfg(feature = "devices")]
use carillon_devices::DeviceId;
#[cfg(feature = "camera")]
use carillon_devices::camera::CameraInfo;
#[cfg(feature = "devices")]
use carillon_devices::catalog::DeviceInfo;
use carillon_signaling::Mute;
use tokio::sync::broadcast;

use crate::device_controller::{DeviceChangeEvent, StreamEnd};
use crate::event::{
    AttendeeInfo, ConnectionHealth, ContentShareEvent, DataMessage, MeetingEvent,
    RemoteVideoSource, SessionEvent, SessionEvents, TranscriptEvent, VolumeUpdate, WAITING_EVENTS,
};
use crate::metrics::MetricsReport;
use crate::policy::SimulcastLayers;
use crate::status::MeetingSessionStatus;
use crate::subscription::Subscription;
use crate::tiles::{TileId, VideoTileState};

/// Is told how a session and its videos do.
#[expect(unused_variables, reason = "the defaults do nothing with what they are told")]
pub trait AudioVideoObserver: Send + Sync {
    /// The session connects, or connects again.
    fn audio_video_did_start_connecting(&self, reconnecting: bool) {}
    /// The session is up.
    fn audio_video_did_start(&self) {}
    /// The session ended.
    fn audio_video_did_stop(&self, status: &MeetingSessionStatus) {}
    /// A tile appeared or changed.
    fn video_tile_did_update(&self, tile: &VideoTileState) {}
    /// A tile is gone.
    fn video_tile_was_removed(&self, tile: TileId) {}
    /// Whether there are videos of others, and room for another, changed.
    fn video_availability_did_change(&self, remote_available: bool, can_start_local: bool) {}
    /// Figures arrived.
    fn metrics_did_receive(&self, report: &MetricsReport) {}
    /// The connection got better or worse.
    fn connection_health_did_change(&self, health: ConnectionHealth) {}
    /// Sound suffers.
    fn connection_did_become_poor(&self) {}
    /// Sound suffers while there is video: offer to turn it off.
    fn connection_did_suggest_stop_video(&self) {}
    /// The connection recovered.
    fn connection_did_become_good(&self) {}
    /// The camera's video is not wanted any more.
    fn video_send_did_become_unavailable(&self) {}
    /// Which layers of the own video are sent changed.
    fn encoding_simulcast_layers_did_change(&self, layers: SimulcastLayers) {}
    /// Which videos could be received changed.
    fn remote_video_sources_did_change(&self, sources: &[RemoteVideoSource]) {}
}

/// Is told who is there and what they say.
#[expect(unused_variables, reason = "the defaults do nothing with what they are told")]
pub trait RealtimeObserver: Send + Sync {
    /// An attendee came.
    fn attendee_did_join(&self, attendee: &AttendeeInfo) {}
    /// An attendee left.
    fn attendee_did_leave(&self, attendee: &AttendeeInfo) {}
    /// An attendee's connection was lost.
    fn attendee_did_drop(&self, attendee: &AttendeeInfo) {}
    /// How an attendee is heard changed.
    fn volume_did_change(&self, update: &VolumeUpdate) {}
    /// The own microphone was closed or opened.
    fn local_mute_did_change(&self, mute: Mute) {}
    /// Whether the attendee may open the own microphone changed.
    fn local_can_unmute_did_change(&self, can_unmute: bool) {}
    /// A message arrived.
    fn data_message_did_receive(&self, message: &DataMessage) {}
    /// Something that was said was written down, or writing down began or ended.
    fn transcript_event_did_receive(&self, event: &TranscriptEvent) {}
    /// Who speaks changed; loudest first.
    fn active_speakers_did_change(&self, speakers: &[AttendeeInfo]) {}
}

/// Is told what becomes of the own content share.
#[expect(unused_variables, reason = "the defaults do nothing with what they are told")]
pub trait ContentShareObserver: Send + Sync {
    /// It shows in the meeting.
    fn content_share_did_start(&self) {}
    /// It ended.
    fn content_share_did_stop(&self, status: &MeetingSessionStatus) {}
    /// It is held back.
    fn content_share_did_pause(&self) {}
    /// It goes on.
    fn content_share_did_unpause(&self) {}
}

/// Is told of devices that come and go, and of sources that end.
#[expect(unused_variables, reason = "the defaults do nothing with what they are told")]
pub trait DeviceChangeObserver: Send + Sync {
    /// Which microphones there are, or which of them the system prefers, changed.
    #[cfg(feature = "devices")]
    fn audio_inputs_changed(&self, devices: &[DeviceInfo]) {}
    /// Which speakers there are, or which of them the system prefers, changed.
    #[cfg(feature = "devices")]
    fn audio_outputs_changed(&self, devices: &[DeviceInfo]) {}
    /// Which cameras there are changed.
    #[cfg(feature = "camera")]
    fn video_inputs_changed(&self, devices: &[CameraInfo]) {}
    /// The own sound comes from another microphone now.
    #[cfg(feature = "devices")]
    fn audio_input_moved(&self, device: &DeviceId) {}
    /// The meeting is played through another speaker now.
    #[cfg(feature = "devices")]
    fn audio_output_moved(&self, device: &DeviceId) {}
    /// The own sound ended: silence is sent.
    fn audio_input_stream_ended(&self, end: &StreamEnd) {}
    /// The speaker plays no more.
    #[cfg(feature = "devices")]
    fn audio_output_stream_ended(&self, end: &StreamEnd) {}
    /// The own pictures ended.
    fn video_input_stream_ended(&self, end: &StreamEnd) {}
}

/// Is told the steps in the life of a session.
pub trait EventObserver: Send + Sync {
    /// A step was taken.
    fn event_did_receive(&self, event: &MeetingEvent);
}

/// Names an observer, to remove it by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ObserverId(u64);

/// An observer of any kind.
pub(crate) enum Observer {
    AudioVideo(Arc<dyn AudioVideoObserver>),
    Realtime(Arc<dyn RealtimeObserver>),
    ContentShare(Arc<dyn ContentShareObserver>),
    Event(Arc<dyn EventObserver>),
    Device(Arc<dyn DeviceChangeObserver>),
    /// A callback, which picks its events itself.
    Callback(Box<dyn Fn(&SessionEvent) + Send + Sync>),
}

impl Observer {
    fn tell(&self, event: &SessionEvent) {
        match self {
            Self::AudioVideo(observer) => tell_audio_video(&**observer, event),
            Self::Realtime(observer) => tell_realtime(&**observer, event),
            Self::ContentShare(observer) => tell_content_share(&**observer, event),
            Self::Event(observer) => {
                if let SessionEvent::Meeting(event) = event {
                    observer.event_did_receive(event);
                }
            }
            Self::Device(observer) => {
                if let SessionEvent::Device(change) = event {
                    tell_device(&**observer, change);
                }
            }
            Self::Callback(callback) => callback(event),
        }
    }
}

/// Where events go out to observers and streams.
pub(crate) struct EventHub {
    observers: Mutex<Vec<(ObserverId, Arc<Observer>)>>,
    next: AtomicU64,
    stream: broadcast::Sender<SessionEvent>,
    panicked: AtomicBool,
}

impl EventHub {
    pub(crate) fn new() -> Self {
        Self {
            observers: Mutex::default(),
            next: AtomicU64::new(1),
            stream: broadcast::Sender::new(WAITING_EVENTS),
            panicked: AtomicBool::new(false),
        }
    }

    pub(crate) fn add(&self, observer: Observer) -> ObserverId {
        let id = ObserverId(self.next.fetch_add(1, Ordering::Relaxed));
        self.lock().push((id, Arc::new(observer)));
        id
    }

    pub(crate) fn remove(&self, id: ObserverId) {
        self.lock().retain(|(known, _)| *known != id);
    }

    /// Calls a callback with every event until the subscription goes.
    pub(crate) fn subscribe(
        self: &Arc<Self>,
        callback: impl Fn(&SessionEvent) + Send + Sync + 'static,
    ) -> Subscription {
        let id = self.add(Observer::Callback(Box::new(callback)));
        let hub = Arc::downgrade(self);
        Subscription::new(move || {
            if let Some(hub) = hub.upgrade() {
                hub.remove(id);
            }
        })
    }

    pub(crate) fn stream(&self) -> SessionEvents {
        SessionEvents::new(self.stream.subscribe())
    }

    /// Tells everybody. An observer that panics is taken out, and ends the session, as half an application is none.
    pub(crate) fn publish(&self, event: SessionEvent) {
        let observers = self.lock().clone();
        for (id, observer) in observers {
            if !self.call(|| observer.tell(&event)) {
                self.remove(id);
            }
        }
        // Without a stream nobody is left to be told.
        drop(self.stream.send(event));
    }

    /// Calls into the application; false if it panicked, which ends the session.
    pub(crate) fn call(&self, callback: impl FnOnce()) -> bool {
        let returned = catch_unwind(AssertUnwindSafe(callback)).is_ok();
        if !returned {
            self.panicked.store(true, Ordering::Relaxed);
        }
        returned
    }

    /// Whether an observer panicked since the last call.
    pub(crate) fn take_panicked(&self) -> bool {
        self.panicked.swap(false, Ordering::Relaxed)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<(ObserverId, Arc<Observer>)>> {
        self.observers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for EventHub {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EventHub").field("observers", &self.lock().len()).finish_non_exhaustive()
    }
}

fn tell_audio_video(observer: &dyn AudioVideoObserver, event: &SessionEvent) {
    match event {
        SessionEvent::StartedConnecting { reconnecting } => {
            observer.audio_video_did_start_connecting(*reconnecting);
        }
        SessionEvent::Started => observer.audio_video_did_start(),
        SessionEvent::Stopped(status) => observer.audio_video_did_stop(status),
        SessionEvent::TileUpdated(tile) => observer.video_tile_did_update(tile),
        SessionEvent::TileRemoved(tile) => observer.video_tile_was_removed(*tile),
        SessionEvent::RemoteVideoSourcesChanged(sources) => {
            observer.remote_video_sources_did_change(sources);
        }
        SessionEvent::VideoAvailabilityChanged {
            remote_video_available,
            can_start_local_video,
        } => {
            observer.video_availability_did_change(*remote_video_available, *can_start_local_video);
        }
        SessionEvent::EncodingSimulcastLayersChanged(layers) => {
            observer.encoding_simulcast_layers_did_change(*layers);
        }
        SessionEvent::VideoSendBecameUnavailable => observer.video_send_did_become_unavailable(),
        SessionEvent::ConnectionHealthChanged(health) => tell_health(observer, *health),
        SessionEvent::Metrics(report) => observer.metrics_did_receive(report),
        SessionEvent::SignalingConnected
        | SessionEvent::AttendeeJoined(_)
        | SessionEvent::AttendeeLeft(_)
        | SessionEvent::AttendeeDropped(_)
        | SessionEvent::VolumeChanged(_)
        | SessionEvent::LocalMuteChanged(_)
        | SessionEvent::LocalCanUnmuteChanged(_)
        | SessionEvent::DataMessage(_)
        | SessionEvent::Transcript(_)
        | SessionEvent::ActiveSpeakersChanged(_)
        | SessionEvent::ContentShare(_)
        | SessionEvent::Device(_)
        | SessionEvent::Meeting(_) => {}
    }
}

fn tell_health(observer: &dyn AudioVideoObserver, health: ConnectionHealth) {
    observer.connection_health_did_change(health);
    match health {
        ConnectionHealth::Good => observer.connection_did_become_good(),
        ConnectionHealth::Poor => observer.connection_did_become_poor(),
        ConnectionHealth::SuggestStopVideo => observer.connection_did_suggest_stop_video(),
    }
}

fn tell_realtime(observer: &dyn RealtimeObserver, event: &SessionEvent) {
    match event {
        SessionEvent::AttendeeJoined(attendee) => observer.attendee_did_join(attendee),
        SessionEvent::AttendeeLeft(attendee) => observer.attendee_did_leave(attendee),
        SessionEvent::AttendeeDropped(attendee) => observer.attendee_did_drop(attendee),
        SessionEvent::VolumeChanged(update) => observer.volume_did_change(update),
        SessionEvent::LocalMuteChanged(mute) => observer.local_mute_did_change(*mute),
        SessionEvent::LocalCanUnmuteChanged(can_unmute) => {
            observer.local_can_unmute_did_change(*can_unmute);
        }
        SessionEvent::DataMessage(message) => observer.data_message_did_receive(message),
        SessionEvent::Transcript(event) => observer.transcript_event_did_receive(event),
        SessionEvent::ActiveSpeakersChanged(speakers) => {
            observer.active_speakers_did_change(speakers);
        }
        SessionEvent::StartedConnecting { .. }
        | SessionEvent::SignalingConnected
        | SessionEvent::Started
        | SessionEvent::Stopped(_)
        | SessionEvent::TileUpdated(_)
        | SessionEvent::TileRemoved(_)
        | SessionEvent::RemoteVideoSourcesChanged(_)
        | SessionEvent::VideoAvailabilityChanged { .. }
        | SessionEvent::EncodingSimulcastLayersChanged(_)
        | SessionEvent::VideoSendBecameUnavailable
        | SessionEvent::ConnectionHealthChanged(_)
        | SessionEvent::ContentShare(_)
        | SessionEvent::Device(_)
        | SessionEvent::Metrics(_)
        | SessionEvent::Meeting(_) => {}
    }
}

fn tell_content_share(observer: &dyn ContentShareObserver, event: &SessionEvent) {
    let SessionEvent::ContentShare(event) = event else { return };
    match event {
        ContentShareEvent::Started => observer.content_share_did_start(),
        ContentShareEvent::Stopped(status) => observer.content_share_did_stop(status),
        ContentShareEvent::Paused => observer.content_share_did_pause(),
        ContentShareEvent::Unpaused => observer.content_share_did_unpause(),
    }
}

fn tell_device(observer: &dyn DeviceChangeObserver, change: &DeviceChangeEvent) {
    match change {
        #[cfg(feature = "devices")]
        DeviceChangeEvent::AudioInputsChanged(devices) => observer.audio_inputs_changed(devices),
        #[cfg(feature = "devices")]
        DeviceChangeEvent::AudioOutputsChanged(devices) => observer.audio_outputs_changed(devices),
        #[cfg(feature = "camera")]
        DeviceChangeEvent::VideoInputsChanged(devices) => observer.video_inputs_changed(devices),
        #[cfg(feature = "devices")]
        DeviceChangeEvent::AudioInputMoved(device) => observer.audio_input_moved(device),
        #[cfg(feature = "devices")]
        DeviceChangeEvent::AudioOutputMoved(device) => observer.audio_output_moved(device),
        DeviceChangeEvent::AudioInputStreamEnded(end) => observer.audio_input_stream_ended(end),
        #[cfg(feature = "devices")]
        DeviceChangeEvent::AudioOutputStreamEnded(end) => observer.audio_output_stream_ended(end),
        DeviceChangeEvent::VideoInputStreamEnded(end) => observer.video_input_stream_ended(end),
    }
}
