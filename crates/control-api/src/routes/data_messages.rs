//! A message of the server to everybody in a meeting: no operation of an AWS SDK, but one of this service.

use axum::response::Response;
use carillon_types::{
    ProblemKind,
    api::{SendDataMessageBody, SendDataMessageResponse},
};

use crate::{
    call::{Call, meeting_id, ok},
    live_meetings::Sent,
    problem::Problem,
};

pub(crate) async fn send(call: &Call<'_>, meeting: &str) -> Result<Response, Problem> {
    let meeting = meeting_id(meeting)?;
    let message = call.request::<SendDataMessageBody, _>()?;
    call.control.get_meeting(&call.caller, meeting)?;
    match call.live.send(meeting, message).await {
        Sent::To(recipients) => ok(&SendDataMessageResponse { recipients }),
        Sent::NobodyThere => {
            let message = "nobody is connected to the meeting, and nothing is kept for later";
            Err(Problem::new(ProblemKind::UnprocessableEntity, message))
        }
        Sent::TooMany => {
            let message = "the meeting is sent more messages than its clients can take";
            Err(Problem::new(ProblemKind::Throttling, message))
        }
    }
}
