//! What is done to a microphone's sound before it is sent: the room's echo, noise and faint voices are mended.

use carillon_frame::AudioFrame;

#[cfg(feature = "processing")]
mod voice;

#[cfg(feature = "processing")]
pub use voice::{Switch, VoiceProcessing, VoiceProcessor};

/// Something that works on a microphone's sound, and may know what the loudspeaker plays.
pub trait AudioProcessor: Send {
    /// Works on the next 20 ms of the microphone, in place.
    fn process_capture(&mut self, frame: &mut AudioFrame);

    /// Listens to the next 20 ms that the loudspeaker is about to play.
    fn analyse_render(&mut self, frame: &AudioFrame);
}
