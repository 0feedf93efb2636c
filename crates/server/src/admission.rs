//! Lets the media side ask the control plane who a token stands for.

use carillon_control::{AdmissionError, ControlPlane, MeetingRecord};
use carillon_media_server::{Admission, Admitted, Attendee, Refusal};
use carillon_signaling::{Identity, SocketCredentials};

/// The control plane as the media side sees it.
#[derive(Debug)]
pub(crate) struct ControlAdmission(pub(crate) ControlPlane);

impl Admission for ControlAdmission {
    fn admit(&self, credentials: &SocketCredentials) -> Result<Admitted, Refusal> {
        let admission = self.0.admit(credentials.token.as_str()).map_err(refusal)?;
        let attendee = Attendee {
            identity: Identity {
                attendee: admission.attendee.attendee_id,
                modality: credentials.modality,
            },
            external_user_id: admission.attendee.external_user_id.as_str().to_owned(),
            capabilities: admission.attendee.capabilities,
            features: admission.meeting.request.features(),
        };
        let MeetingRecord { meeting_id: meeting, life, .. } = *admission.meeting;
        Ok(Admitted { meeting, life, attendee, transcription: admission.transcription })
    }
}

const fn refusal(error: AdmissionError) -> Refusal {
    match error {
        AdmissionError::BadToken
        | AdmissionError::AttendeeRemoved
        | AdmissionError::MeetingLocked => Refusal::BadToken,
        AdmissionError::MeetingEnded => Refusal::MeetingEnded,
    }
}
