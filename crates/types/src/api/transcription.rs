//! Bodies of the operations on transcription.

use serde::{Deserialize, Serialize};

use crate::{
    constraint::{Checked, Checker, Violations},
    object,
    transcription::{TranscriptionConfiguration, TranscriptionConfigurationBody},
};

/// `StartMeetingTranscription` as a caller sends it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct StartMeetingTranscriptionBody {
    /// Required.
    #[serde(deserialize_with = "object::optional")]
    pub transcription_configuration: Option<TranscriptionConfigurationBody>,
}

/// A valid wish for a transcript.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartMeetingTranscriptionRequest {
    /// Which engine, and how.
    pub transcription_configuration: TranscriptionConfiguration,
}

impl Checked for StartMeetingTranscriptionRequest {
    type Raw = StartMeetingTranscriptionBody;

    fn check(checker: &mut Checker, path: &str, raw: Self::Raw) -> Option<Self> {
        let configuration =
            checker.required((path, "transcriptionConfiguration"), raw.transcription_configuration);
        Some(Self { transcription_configuration: configuration? })
    }
}

impl TryFrom<StartMeetingTranscriptionBody> for StartMeetingTranscriptionRequest {
    type Error = Violations;

    fn try_from(body: StartMeetingTranscriptionBody) -> Result<Self, Violations> {
        Checker::run(body)
    }
}
