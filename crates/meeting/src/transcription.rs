//! What turns speech into text: an engine that the operator brings, as a meeting sees it.

use std::{fmt, time::Instant};

use carillon_frame::AudioFrame;
use carillon_signaling::{Epoch, MessageSender, Transcript};
use carillon_types::{TranscriptionConfiguration, TranscriptionTurn};

/// Turns the speech of any number of meetings into text.
pub trait TranscriptionEngine: fmt::Debug + Send + Sync {
    /// Begins to listen to a meeting, whose instants relate to the wall clock as `epoch` says.
    ///
    /// # Errors
    /// Why the engine cannot work like this; the meeting's clients and the operator are told.
    fn begin(
        &self,
        epoch: Epoch,
        configuration: &TranscriptionConfiguration,
    ) -> Result<Box<dyn Transcriber>, EngineRefusal>;
}

/// Listens to one meeting.
///
/// It is called on the thread that mixes: it must neither wait nor work long, so an engine that does hands the sound on
/// to a thread of its own and tells later what came of it.
pub trait Transcriber: fmt::Debug + Send {
    /// Takes 20 ms of one voice, after loss and jitter were made up for.
    fn hear(&mut self, now: Instant, speaker: &MessageSender, frame: &AudioFrame);

    /// Tells what there is to tell since the last call, which comes every 20 ms.
    fn poll(&mut self, now: Instant) -> Vec<EngineReport>;
}

/// What a transcriber has to tell.
#[derive(Clone, Debug, PartialEq)]
pub enum EngineReport {
    /// Something was said; the meeting's clients are told.
    Understood(Transcript),
    /// It was interrupted, goes on, or has failed; the clients and the operator are told, and a transcriber that has
    /// failed is asked nothing more.
    Turned(TranscriptionTurn),
}

/// Why an engine does not transcribe a meeting.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct EngineRefusal(pub String);
