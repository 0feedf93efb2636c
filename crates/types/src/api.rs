//! How requests and answers look: what a caller sends (`…Body`), what is known to be valid (`…Request`)
//! and what it gets (`…Response`).
//!
//! A body is whatever JSON brought; [`TryFrom`] turns it into a request or into everything it broke.

mod attendees;
mod data_messages;
mod meetings;
mod path;

pub use attendees::{
    AttendeeResponse, BatchCreateAttendeeBody, BatchCreateAttendeeRequest,
    BatchCreateAttendeeResponse, CreateAttendeeBody, ListAttendeesQuery, ListAttendeesRequest,
    ListAttendeesResponse, NewAttendee, PageSize, PageToken, UpdateAttendeeCapabilitiesBody,
    UpdateAttendeeCapabilitiesRequest,
};
pub use data_messages::{
    MessageText, SendDataMessageBody, SendDataMessageRequest, SendDataMessageResponse,
};
pub use meetings::{
    CreateMeetingBody, CreateMeetingRequest, CreateMeetingWithAttendeesBody,
    CreateMeetingWithAttendeesRequest, CreateMeetingWithAttendeesResponse, MeetingResponse,
};
pub use path::{attendee_id, meeting_id};

#[cfg(test)]
mod tests;
