//! A callback that is called until its subscription is dropped.

/// Holds a callback of the application in place; dropping it takes the callback away.
///
/// ```no_run
/// # fn example(audio_video: &carillon_facade::AudioVideoFacade) {
/// let watching = audio_video.realtime_subscribe_to_mute_and_unmute_local_audio(|mute| {
///     println!("the microphone is {mute:?}");
/// });
/// drop(watching);
/// # }
/// ```
#[must_use = "the callback goes when this is dropped"]
pub struct Subscription {
    end: Option<Box<dyn FnOnce() + Send + Sync>>,
}

impl Subscription {
    pub(crate) fn new(end: impl FnOnce() + Send + Sync + 'static) -> Self {
        Self { end: Some(Box::new(end)) }
    }

    /// Leaves the callback in place for as long as the session is there.
    ///
    /// ```no_run
    /// # fn example(audio_video: &carillon_facade::AudioVideoFacade) {
    /// audio_video
    ///     .realtime_subscribe_to_receive_data_message("chat", |message| println!("{message:?}"))
    ///     .detach();
    /// # }
    /// ```
    pub fn detach(mut self) {
        self.end = None;
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        if let Some(end) = self.end.take() {
            end();
        }
    }
}

impl std::fmt::Debug for Subscription {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Subscription").finish_non_exhaustive()
    }
}
