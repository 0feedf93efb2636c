//! Callers that wish for events to be delivered where nobody said how.

use std::collections::BTreeSet;

use carillon_types::NotificationArn;

use crate::{event_rules::EventRules, record::MeetingRecord};

/// How many different ARNs are warned of; a caller that makes up one for each meeting fills neither memory nor log.
const MOST_WARNINGS: usize = 100;

/// Remembers of what an operator has been told.
#[derive(Debug, Default)]
pub(crate) struct UnmappedArns {
    told: BTreeSet<NotificationArn>,
}

impl UnmappedArns {
    /// Tells of the ARNs of a meeting that have no target, of each once.
    pub(crate) fn warn(&mut self, rules: &EventRules, meeting: &MeetingRecord) {
        for arn in rules.unmapped(meeting.request.notifications_configuration.as_ref()) {
            if self.told.len() < MOST_WARNINGS && self.told.insert(arn.clone()) {
                let arn = arn.as_str();
                tracing::warn!(
                    arn,
                    default = rules.default.as_ref().map_or("none", |target| target.as_str()),
                    "events are wanted where nothing is configured, so only the default target hears of them: \
                     write arns = [\"{arn}\"] under [events.targets.NAME]",
                );
            }
        }
    }
}
