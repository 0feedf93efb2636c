//! Operations on attendees.

use axum::response::Response;
use carillon_types::api::{
    AttendeeResponse, BatchCreateAttendeeBody, CreateAttendeeBody, PageQuery, PageRequest,
};

use crate::{
    call::{Call, attendee_id, gone, meeting_id, ok},
    problem::Problem,
};

pub(crate) async fn create(call: &Call<'_>, meeting: &str) -> Result<Response, Problem> {
    let meeting = meeting_id(meeting)?;
    let wish = call.request::<CreateAttendeeBody, _>()?;
    let attendee = call.control.create_attendee(call.now, &call.caller, meeting, wish).await?;
    ok(&AttendeeResponse { attendee })
}

pub(crate) async fn batch_create(call: &Call<'_>, meeting: &str) -> Result<Response, Problem> {
    let meeting = meeting_id(meeting)?;
    let wish = call.request::<BatchCreateAttendeeBody, _>()?;
    ok(&call.control.batch_create_attendee(call.now, &call.caller, meeting, wish).await?)
}

pub(crate) fn list(call: &Call<'_>, meeting: &str) -> Result<Response, Problem> {
    let meeting = meeting_id(meeting)?;
    let max_results = call.query.value("max-results")?;
    let next_token = call.query.value("next-token")?;
    let wish = PageRequest::try_from(PageQuery { max_results, next_token })?;
    ok(&call.control.list_attendees(&call.caller, meeting, &wish)?)
}

pub(crate) fn get(call: &Call<'_>, meeting: &str, attendee: &str) -> Result<Response, Problem> {
    let (meeting, attendee) = (meeting_id(meeting)?, attendee_id(attendee)?);
    let attendee = call.control.get_attendee(&call.caller, meeting, attendee)?;
    ok(&AttendeeResponse { attendee })
}

pub(crate) async fn delete(
    call: &Call<'_>,
    meeting: &str,
    attendee: &str,
) -> Result<Response, Problem> {
    let (meeting, attendee) = (meeting_id(meeting)?, attendee_id(attendee)?);
    call.control.delete_attendee(call.now, &call.caller, meeting, attendee).await?;
    Ok(gone())
}
