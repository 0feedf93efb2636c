//! How much an account may have.

use carillon_types::MeetingFeatures;

/// The limits of one account; they also bound the memory that meetings take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quotas {
    /// Meetings alive at a time; each costs a few kilobytes, and about half a kilobyte per attendee.
    pub meetings: usize,
    /// Attendees of a meeting, joined or not; at most 250 are ever allowed by a request's own limit.
    pub attendees: usize,
    /// Attendees of a high-definition meeting, whose streams cost several times as much.
    pub high_definition_attendees: usize,
    /// Replicas of a meeting; none as long as no media goes from a meeting to its replicas.
    pub replicas: usize,
}

impl Default for Quotas {
    /// The original service's: 250 meetings, 250 attendees, 25 in high definition; but no replicas.
    fn default() -> Self {
        Self { meetings: 250, attendees: 250, high_definition_attendees: 25, replicas: 0 }
    }
}

impl Quotas {
    /// Returns how many attendees a meeting with these features may have.
    #[must_use]
    pub fn attendee_cap(&self, features: &MeetingFeatures) -> usize {
        let most = if features.is_high_definition() {
            self.high_definition_attendees
        } else {
            self.attendees
        };
        features.max_attendees().map_or(most, |asked| asked.get().min(most))
    }
}
