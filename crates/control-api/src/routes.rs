//! The operations: each reads its request, makes one call to the control plane, and answers.

pub(crate) mod attendees;
pub(crate) mod capabilities;
pub(crate) mod client_events;
pub(crate) mod client_reports;
pub(crate) mod data_messages;
pub(crate) mod live;
pub(crate) mod media_region;
pub(crate) mod meetings;
pub(crate) mod moderation;
pub(crate) mod tags;
pub(crate) mod transcription;
