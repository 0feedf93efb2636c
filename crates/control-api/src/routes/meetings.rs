//! Operations on meetings.

use axum::response::Response;
use carillon_types::api::{CreateMeetingBody, CreateMeetingWithAttendeesBody, MeetingResponse};

use crate::{
    call::{Call, gone, meeting_id, ok},
    problem::Problem,
};

pub(crate) async fn create(call: &Call<'_>) -> Result<Response, Problem> {
    let wish = call.request::<CreateMeetingBody, _>()?;
    let meeting = call.control.create_meeting(call.now, &call.caller, wish).await?;
    ok(&MeetingResponse { meeting })
}

pub(crate) async fn create_with_attendees(call: &Call<'_>) -> Result<Response, Problem> {
    let wish = call.request::<CreateMeetingWithAttendeesBody, _>()?;
    ok(&call.control.create_meeting_with_attendees(call.now, &call.caller, wish).await?)
}

pub(crate) fn get(call: &Call<'_>, meeting: &str) -> Result<Response, Problem> {
    let meeting = call.control.get_meeting(&call.caller, meeting_id(meeting)?)?;
    ok(&MeetingResponse { meeting })
}

pub(crate) async fn delete(call: &Call<'_>, meeting: &str) -> Result<Response, Problem> {
    call.control.delete_meeting(call.now, &call.caller, meeting_id(meeting)?).await?;
    Ok(gone())
}
