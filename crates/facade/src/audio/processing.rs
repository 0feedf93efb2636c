//! What is done to the own voice before it is encoded.

use carillon_media::processing::AudioProcessor;
#[cfg(feature = "processing")]
use carillon_media::processing::{VoiceProcessing, VoiceProcessor};

/// What is done.
#[derive(Default)]
pub(crate) enum Processing {
    /// Nothing.
    #[default]
    Nothing,
    /// What conversations want; what it has learnt of the room survives a change of its steps.
    #[cfg(feature = "processing")]
    Voice(Box<VoiceProcessor>),
    /// What the application brought along.
    Other(Box<dyn AudioProcessor>),
}

impl Processing {
    pub(super) fn processor(&mut self) -> Option<&mut dyn AudioProcessor> {
        match self {
            Self::Nothing => None,
            #[cfg(feature = "processing")]
            Self::Voice(processor) => Some(&mut **processor),
            Self::Other(processor) => Some(&mut **processor),
        }
    }

    /// Takes these steps from the next frame on.
    #[cfg(feature = "processing")]
    pub(crate) fn set_steps(&mut self, steps: VoiceProcessing) {
        match self {
            _ if steps == VoiceProcessing::NONE => *self = Self::Nothing,
            Self::Voice(processor) => processor.set_steps(steps),
            Self::Nothing | Self::Other(_) => {
                *self = Self::Voice(Box::new(VoiceProcessor::new(steps)));
            }
        }
    }

    /// The steps taken.
    #[cfg(feature = "processing")]
    pub(crate) fn steps(&self) -> VoiceProcessing {
        match self {
            Self::Voice(processor) => processor.steps(),
            Self::Nothing | Self::Other(_) => VoiceProcessing::NONE,
        }
    }
}

#[cfg(all(test, feature = "processing"))]
mod tests {
    use carillon_media::processing::Switch;

    use super::*;

    #[test]
    fn steps_are_changed_in_place_and_none_leaves_nothing() {
        let mut processing = Processing::default();
        assert_eq!(processing.steps(), VoiceProcessing::NONE);
        processing.set_steps(VoiceProcessing::ALL);
        let quiet = VoiceProcessing { gain_control: Switch::Off, ..VoiceProcessing::ALL };
        processing.set_steps(quiet);
        assert_eq!(processing.steps(), quiet);
        processing.set_steps(VoiceProcessing::NONE);
        assert!(processing.processor().is_none());
    }
}
