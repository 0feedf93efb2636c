//! When a session counts as started: once media flows, and if the application wants that, once the attendee shows.

use super::{Attempt, AttemptEnd, Stage};
use crate::clock;
use crate::status::MeetingSessionStatusCode as Code;

impl Attempt<'_> {
    /// Starts the session if nothing is left to wait for.
    pub(super) fn start_when_present(&mut self) {
        if self.stage != Stage::Flowing {
            return;
        }
        let patience = self.shared.configuration.attendee_presence_timeout;
        if patience.is_zero() || self.connection.is_present {
            self.stage = Stage::Started;
            self.presence_due = None;
            self.connection.handle_started();
        } else {
            self.presence_due.get_or_insert(clock::now() + patience);
        }
    }

    /// Gives the attempt up if the attendee should have shown by now.
    pub(super) fn miss_presence(&mut self) {
        if self.presence_due.take_if(|at| *at <= clock::now()).is_some() {
            let end = AttemptEnd::lost(Code::NoAttendeePresent, "the attendee does not show");
            self.end.get_or_insert(end);
        }
    }
}
