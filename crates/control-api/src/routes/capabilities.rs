//! Operations on what attendees may do.

use axum::response::Response;
use carillon_types::api::{
    AttendeeResponse, BatchUpdateAttendeeCapabilitiesExceptBody, UpdateAttendeeCapabilitiesBody,
};

use crate::{
    call::{Call, attendee_id, done, meeting_id, ok},
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

pub(crate) async fn batch_update_except(
    call: &Call<'_>,
    meeting: &str,
) -> Result<Response, Problem> {
    let meeting = meeting_id(meeting)?;
    let wish = call.request::<BatchUpdateAttendeeCapabilitiesExceptBody, _>()?;
    let control = call.control;
    control
        .batch_update_attendee_capabilities_except(call.now, &call.caller, meeting, wish)
        .await?;
    Ok(done())
}
