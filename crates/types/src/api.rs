//! How requests and answers look: what a caller sends (`…Body`), what is known to be valid (`…Request`)
//! and what it gets (`…Response`).
//!
//! A body is whatever JSON brought; [`TryFrom`] turns it into a request or into everything it broke.

mod attendees;
mod capabilities;
mod data_messages;
mod live;
mod meetings;
mod page;
mod path;
mod tags;
mod transcription;

pub use attendees::{
    AttendeeResponse, BatchCreateAttendeeBody, BatchCreateAttendeeRequest,
    BatchCreateAttendeeResponse, CreateAttendeeBody, ListAttendeesResponse, NewAttendee,
};
pub use capabilities::{
    AttendeeIdItem, BatchUpdateAttendeeCapabilitiesExceptBody,
    BatchUpdateAttendeeCapabilitiesExceptRequest, UpdateAttendeeCapabilitiesBody,
    UpdateAttendeeCapabilitiesRequest,
};
pub use data_messages::{
    MessageText, SendDataMessageBody, SendDataMessageRequest, SendDataMessageResponse,
};
pub use live::{ListMeetingsResponse, LiveAttendee, LiveMeetingResponse, ServerResponse};
pub use meetings::{
    CreateMeetingBody, CreateMeetingRequest, CreateMeetingWithAttendeesBody,
    CreateMeetingWithAttendeesRequest, CreateMeetingWithAttendeesResponse, MeetingResponse,
};
pub use page::{PageQuery, PageRequest, PageSize, PageToken};
pub use path::{attendee_id, meeting_id};
pub use tags::{
    ListTagsForResourceQuery, ListTagsForResourceRequest, ListTagsForResourceResponse,
    TagResourceBody, TagResourceRequest, UntagResourceBody, UntagResourceRequest,
};
pub use transcription::{StartMeetingTranscriptionBody, StartMeetingTranscriptionRequest};

#[cfg(test)]
mod tests;
