//! The microphone, the roster and messages.

use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use carillon_signaling::{Identity, MAX_DATA_BYTES, Mute, SentData, SignalStrength, Topic};

use super::AudioVideoFacade;
use crate::connection::Command;
use crate::error::SendDataError;
use crate::event::{AttendeeInfo, DataMessage, SessionEvent, TranscriptEvent, VolumeUpdate};
use crate::subscription::Subscription;

/// What became of an attendee's presence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AttendeePresence {
    /// The attendee came.
    Joined,
    /// The attendee left.
    Left,
    /// The attendee's connection was lost.
    Dropped,
}

/// Talking: the microphone and messages.
impl AudioVideoFacade {
    /// Closes the microphone: silence is sent.
    ///
    /// ```no_run
    /// # fn example(audio_video: &carillon_facade::AudioVideoFacade) {
    /// audio_video.realtime_mute_local_audio();
    /// assert!(audio_video.realtime_is_local_audio_muted());
    /// # }
    /// ```
    pub fn realtime_mute_local_audio(&self) {
        self.set_mute(Mute::Muted);
    }

    /// Opens the microphone; false if the application does not allow it at the moment.
    ///
    /// ```no_run
    /// # fn example(audio_video: &carillon_facade::AudioVideoFacade) {
    /// if !audio_video.realtime_unmute_local_audio() {
    ///     println!("wait until you are asked");
    /// }
    /// # }
    /// ```
    pub fn realtime_unmute_local_audio(&self) -> bool {
        let allowed = self.realtime_can_unmute_local_audio();
        if allowed {
            self.set_mute(Mute::Unmuted);
        }
        allowed
    }

    /// Whether the microphone is closed.
    ///
    /// ```no_run
    /// # fn example(audio_video: &carillon_facade::AudioVideoFacade) {
    /// let icon = if audio_video.realtime_is_local_audio_muted() { "off" } else { "on" };
    /// # }
    /// ```
    #[must_use]
    pub fn realtime_is_local_audio_muted(&self) -> bool {
        self.side.shared.audio.is_muted()
    }

    /// Allows the attendee to open the microphone, or does not.
    ///
    /// ```no_run
    /// # fn example(audio_video: &carillon_facade::AudioVideoFacade) {
    /// audio_video.realtime_mute_local_audio();
    /// audio_video.realtime_set_can_unmute_local_audio(false);
    /// assert!(!audio_video.realtime_unmute_local_audio());
    /// # }
    /// ```
    pub fn realtime_set_can_unmute_local_audio(&self, can_unmute: bool) {
        let shared = &self.side.shared;
        if shared.can_unmute.swap(can_unmute, Ordering::Relaxed) != can_unmute {
            shared.tell(SessionEvent::LocalCanUnmuteChanged(can_unmute));
        }
    }

    /// Whether the attendee may open the microphone.
    ///
    /// ```no_run
    /// # fn example(audio_video: &carillon_facade::AudioVideoFacade) {
    /// let shows_button = audio_video.realtime_can_unmute_local_audio();
    /// # }
    /// ```
    #[must_use]
    pub fn realtime_can_unmute_local_audio(&self) -> bool {
        self.side.shared.may_unmute()
    }

    /// Sends a message to everybody who is there, and for `lifetime` to everybody who comes.
    ///
    /// ```no_run
    /// # fn example(audio_video: &carillon_facade::AudioVideoFacade) -> Result<(), carillon_facade::SendDataError> {
    /// use std::time::Duration;
    ///
    /// audio_video.realtime_send_data_message("chat", "hello", Some(Duration::from_secs(60)))?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`SendDataError`] says what is wrong with it, or that there is no session to send it over.
    pub fn realtime_send_data_message(
        &self,
        topic: &str,
        data: impl Into<Bytes>,
        lifetime: Option<Duration>,
    ) -> Result<(), SendDataError> {
        let topic: Topic = topic.parse().map_err(|_| SendDataError::InvalidTopic)?;
        let data = data.into();
        if data.len() > MAX_DATA_BYTES {
            return Err(SendDataError::TooLong { bytes: data.len() });
        }
        let sent = self.side.command(Command::Data(SentData { topic, data, lifetime }));
        if sent { Ok(()) } else { Err(SendDataError::NotRunning) }
    }

    fn set_mute(&self, mute: Mute) {
        let shared = &self.side.shared;
        let muted = mute == Mute::Muted;
        if shared.audio.is_muted() != muted {
            shared.audio.set_muted(muted);
            self.side.command(Command::Mute(mute));
            shared.tell(SessionEvent::LocalMuteChanged(mute));
        }
    }
}

/// Being called back about one thing, until the subscription is dropped.
impl AudioVideoFacade {
    /// Calls back when an attendee comes, leaves or is lost.
    ///
    /// ```no_run
    /// # fn example(audio_video: &carillon_facade::AudioVideoFacade) {
    /// let roster = audio_video.realtime_subscribe_to_attendee_id_presence(|attendee, presence| {
    ///     println!("{}: {presence:?}", attendee.external_user_id);
    /// });
    /// # }
    /// ```
    pub fn realtime_subscribe_to_attendee_id_presence(
        &self,
        callback: impl Fn(&AttendeeInfo, AttendeePresence) + Send + Sync + 'static,
    ) -> Subscription {
        self.subscribe(move |event| {
            if let SessionEvent::AttendeeJoined(who) = event {
                callback(who, AttendeePresence::Joined);
            } else if let SessionEvent::AttendeeLeft(who) = event {
                callback(who, AttendeePresence::Left);
            } else if let SessionEvent::AttendeeDropped(who) = event {
                callback(who, AttendeePresence::Dropped);
            }
        })
    }

    /// Calls back when one attendee's volume, mute or signal strength changes; what did not change is `None`.
    ///
    /// ```no_run
    /// # fn example(audio_video: &carillon_facade::AudioVideoFacade, speaker: &carillon_facade::AttendeeInfo) {
    /// let meter = audio_video.realtime_subscribe_to_volume_indicator(speaker.identity, |update| {
    ///     if let Some(volume) = update.volume {
    ///         println!("{:3.0} %", volume * 100.0);
    ///     }
    /// });
    /// # }
    /// ```
    pub fn realtime_subscribe_to_volume_indicator(
        &self,
        attendee: Identity,
        callback: impl Fn(&VolumeUpdate) + Send + Sync + 'static,
    ) -> Subscription {
        self.subscribe(move |event| {
            if let SessionEvent::VolumeChanged(update) = event
                && update.attendee.identity == attendee
            {
                callback(update);
            }
        })
    }

    /// Calls back when the own sound reaches the server better or worse.
    ///
    /// ```no_run
    /// # fn example(audio_video: &carillon_facade::AudioVideoFacade) {
    /// let bars = audio_video
    ///     .realtime_subscribe_to_local_signal_strength_change(|strength| println!("{strength:?}"));
    /// # }
    /// ```
    pub fn realtime_subscribe_to_local_signal_strength_change(
        &self,
        callback: impl Fn(SignalStrength) + Send + Sync + 'static,
    ) -> Subscription {
        let own = self.side.shared.identity();
        self.realtime_subscribe_to_volume_indicator(own, move |update| {
            if let Some(strength) = update.signal_strength {
                callback(strength);
            }
        })
    }

    /// Calls back when the own microphone is closed or opened.
    ///
    /// ```no_run
    /// # fn example(audio_video: &carillon_facade::AudioVideoFacade) {
    /// let button = audio_video
    ///     .realtime_subscribe_to_mute_and_unmute_local_audio(|mute| println!("{mute:?}"));
    /// # }
    /// ```
    pub fn realtime_subscribe_to_mute_and_unmute_local_audio(
        &self,
        callback: impl Fn(Mute) + Send + Sync + 'static,
    ) -> Subscription {
        self.subscribe(move |event| {
            if let SessionEvent::LocalMuteChanged(mute) = event {
                callback(*mute);
            }
        })
    }

    /// Calls back when the attendee may, or may no longer, open the own microphone.
    ///
    /// ```no_run
    /// # fn example(audio_video: &carillon_facade::AudioVideoFacade) {
    /// let button = audio_video
    ///     .realtime_subscribe_to_set_can_unmute_local_audio(|may| println!("may speak: {may}"));
    /// # }
    /// ```
    pub fn realtime_subscribe_to_set_can_unmute_local_audio(
        &self,
        callback: impl Fn(bool) + Send + Sync + 'static,
    ) -> Subscription {
        self.subscribe(move |event| {
            if let SessionEvent::LocalCanUnmuteChanged(can_unmute) = event {
                callback(*can_unmute);
            }
        })
    }

    /// Calls back with the messages of one topic. Anybody may send on any topic: check the sender.
    ///
    /// ```no_run
    /// # fn example(audio_video: &carillon_facade::AudioVideoFacade) {
    /// let chat = audio_video.realtime_subscribe_to_receive_data_message("chat", |message| {
    ///     println!("{}", message.text().unwrap_or("(no text)"));
    /// });
    /// # }
    /// ```
    pub fn realtime_subscribe_to_receive_data_message(
        &self,
        topic: impl Into<String>,
        callback: impl Fn(&DataMessage) + Send + Sync + 'static,
    ) -> Subscription {
        let topic = topic.into();
        self.subscribe(move |event| {
            if let SessionEvent::DataMessage(message) = event
                && message.topic.as_str() == topic
            {
                callback(message);
            }
        })
    }

    /// Calls back with what is spoken, written down by the server, while a transcription runs.
    ///
    /// ```no_run
    /// # fn example(audio_video: &carillon_facade::AudioVideoFacade) {
    /// use carillon_facade::TranscriptEvent;
    ///
    /// let captions = audio_video.subscribe_to_transcript_event(|event| match event {
    ///     TranscriptEvent::Transcript(transcript) => {
    ///         for said in transcript.results.iter().filter_map(|result| result.alternatives.first()) {
    ///             println!("{}", said.transcript);
    ///         }
    ///     }
    ///     TranscriptEvent::Status(status) => println!("transcription {:?}", status.kind),
    /// });
    /// # }
    /// ```
    pub fn subscribe_to_transcript_event(
        &self,
        callback: impl Fn(&TranscriptEvent) + Send + Sync + 'static,
    ) -> Subscription {
        self.subscribe(move |event| {
            if let SessionEvent::Transcript(event) = event {
                callback(event);
            }
        })
    }

    fn subscribe(&self, callback: impl Fn(&SessionEvent) + Send + Sync + 'static) -> Subscription {
        self.side.shared.hub.subscribe(callback)
    }
}
