//! Operations on what attendees may do.

use axum::response::Response;
use carillon_types::api::{AttendeeResponse, UpdateAttendeeCapabilitiesBody};

use crate::{
    call::{Call, attendee_id, meeting_id, ok},
    problem::Problem,
};

pub(crate) async fn update(
    call: &Call<'_>,
    meeting: &str,
    attendee: &str,
) -> Result<Response, Problem> {
    let who = (meeting_id(meeting)?, attendee_id(attendee)?);
    let wish = call.request::<UpdateAttendeeCapabilitiesBody, _>()?;
    let control = call.control;
    let attendee = control.update_attendee_capabilities(call.now, &call.caller, who, wish).await?;
    ok(&AttendeeResponse { attendee })
}
