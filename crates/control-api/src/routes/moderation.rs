//! Keeping order in a meeting: operations of this service.

use axum::response::Response;
use carillon_types::ProblemKind;

use crate::{
    call::{Call, attendee_id, gone, meeting_id},
    problem::Problem,
};

/// Closes the door behind those who are in the meeting.
pub(crate) async fn lock(call: &Call<'_>, meeting: &str) -> Result<Response, Problem> {
    let meeting = meeting_id(meeting)?;
    let inside = call.live.present(meeting).await.iter().map(|who| who.attendee).collect();
    call.control.lock_meeting(call.now, &call.caller, meeting, inside).await?;
    Ok(gone())
}

pub(crate) async fn unlock(call: &Call<'_>, meeting: &str) -> Result<Response, Problem> {
    let meeting = meeting_id(meeting)?;
    call.control.unlock_meeting(call.now, &call.caller, meeting).await?;
    Ok(gone())
}

/// Lets nobody hear an attendee until it turns its microphone on anew, or everybody again.
pub(crate) async fn silence(
    call: &Call<'_>,
    (meeting, attendee): (&str, &str),
    is_silenced: bool,
) -> Result<Response, Problem> {
    let (meeting, attendee) = (meeting_id(meeting)?, attendee_id(attendee)?);
    call.control.get_attendee(&call.caller, meeting, attendee)?;
    if call.live.silence(meeting, attendee, is_silenced).await {
        return Ok(gone());
    }
    let message = "the attendee is not in the meeting; take its right to speak away instead";
    Err(Problem::new(ProblemKind::UnprocessableEntity, message))
}
