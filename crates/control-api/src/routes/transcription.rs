//! Operations on transcription.

use axum::response::Response;
use carillon_types::api::StartMeetingTranscriptionBody;

use crate::{
    call::{Call, done, meeting_id},
    problem::Problem,
};

pub(crate) async fn start(call: &Call<'_>, meeting: &str) -> Result<Response, Problem> {
    let meeting = meeting_id(meeting)?;
    let wish = call.request::<StartMeetingTranscriptionBody, _>()?;
    call.control.start_meeting_transcription(call.now, &call.caller, meeting, wish).await?;
    Ok(done())
}

/// SDKs send no body; what is there all the same does no harm.
pub(crate) async fn stop(call: &Call<'_>, meeting: &str) -> Result<Response, Problem> {
    let meeting = meeting_id(meeting)?;
    call.control.stop_meeting_transcription(call.now, &call.caller, meeting).await?;
    Ok(done())
}
