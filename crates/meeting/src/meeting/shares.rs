//! Whether anybody watches what is shared: a meeting may be over when nobody does for long.

use std::{collections::BTreeSet, time::Instant};

use carillon_sfu::SourceId;
use carillon_signaling::Modality;

use super::Meeting;
use crate::output::Output;

impl Meeting {
    /// Tells the shell when what is shared is watched by nobody, and when that is over.
    pub(super) fn watch_shares(&mut self, now: Instant) {
        let is_unwatched = self.is_share_unwatched(now);
        if is_unwatched != self.is_unwatched {
            self.is_unwatched = is_unwatched;
            self.outputs.push_back(Output::Unwatched(is_unwatched));
        }
    }

    /// Whether something is shared that is sent to no other attendee whose client tells that it receives.
    fn is_share_unwatched(&self, now: Instant) -> bool {
        let shares = self.participants.values().filter(|participant| {
            participant.attendee.identity.modality == Modality::Content
                && !participant.video.is_empty()
        });
        let shared: Vec<(_, BTreeSet<SourceId>)> = shares
            .map(|share| (share.attendee.identity.attendee, share.video.iter().copied().collect()))
            .collect();
        if shared.is_empty() {
            return false;
        }
        let is_watched = self.participants.iter().any(|(session, viewer)| {
            let path = viewer.path.as_ref();
            let receives = path.is_some_and(|path| path.link.is_receiving(now));
            receives
                && self.views.of(*session).any(|view| {
                    self.forwarder.forwarded_source(view).is_some_and(|source| {
                        shared.iter().any(|(owner, sources)| {
                            *owner != viewer.attendee.identity.attendee && sources.contains(&source)
                        })
                    })
                })
        });
        !is_watched
    }
}
