//! What goes on, for the operator: operations of this service.

use axum::response::Response;
use carillon_control::{AttendeeRecord, Overview};
use carillon_types::api::{
    LiveAttendee, LiveMeetingResponse, PageQuery, PageRequest, ServerResponse,
};

use crate::{
    call::{Call, meeting_id, ok},
    live_meetings::Present,
    problem::Problem,
};

pub(crate) fn server(call: &Call<'_>) -> Result<Response, Problem> {
    ok(&ServerResponse {
        name: "carillon".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        media_region: call.control.home_region().to_owned(),
        meetings: call.control.meetings_of(&call.caller),
    })
}

pub(crate) fn list(call: &Call<'_>) -> Result<Response, Problem> {
    let max_results = call.query.value("max-results")?;
    let next_token = call.query.value("next-token")?;
    let wish = PageRequest::try_from(PageQuery { max_results, next_token })?;
    ok(&call.control.list_meetings(&call.caller, &wish)?)
}

pub(crate) async fn get(call: &Call<'_>, meeting: &str) -> Result<Response, Problem> {
    let id = meeting_id(meeting)?;
    let Overview { meeting, created, state, attendees } =
        call.control.overview(&call.caller, id)?;
    let present = call.live.present(id).await;
    ok(&LiveMeetingResponse {
        meeting,
        created_ms: created.as_millis(),
        locked: state.lock.is_some(),
        transcribing: state.transcription.is_some(),
        attendees: attendees.iter().map(|attendee| live_attendee(attendee, &present)).collect(),
    })
}

fn live_attendee(record: &AttendeeRecord, present: &[Present]) -> LiveAttendee {
    let find = |is_content: bool| {
        present
            .iter()
            .find(|who| who.attendee == record.attendee_id && who.is_content == is_content)
    };
    let own = find(false);
    LiveAttendee {
        attendee_id: record.attendee_id,
        external_user_id: record.external_user_id.clone(),
        capabilities: record.capabilities,
        connected: own.is_some(),
        muted: own.is_some_and(|own| own.is_muted),
        video: own.is_some_and(|own| own.shows_video),
        content: find(true).is_some(),
    }
}
