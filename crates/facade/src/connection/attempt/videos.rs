//! Which videos are received, and in which sections.

use std::sync::atomic::Ordering;

use carillon_signaling::{Identity, Index, Modality, RemoteVideoUpdate};

use super::Attempt;
use crate::clock;
use crate::connection::sections::Changes;
use crate::shared::lock;

impl Attempt<'_> {
    pub(super) fn handle_index(&mut self, index: Index) {
        let before = std::mem::replace(&mut self.index, index);
        self.tell_availability(&before);
        self.adapt_camera();
        self.choose_videos();
    }

    /// Lets the policy choose which videos to receive, and does what follows.
    pub(super) fn choose_videos(&mut self) {
        if self.shared.modality == Modality::Content {
            return;
        }
        let mut choices = match self.shared.receives_video.load(Ordering::Relaxed) {
            true => lock(&self.shared.downlink).choose(&self.index.sources, self.available),
            false => Vec::new(),
        };
        let limit = usize::try_from(self.terms.video_subscription_limit).unwrap_or(usize::MAX);
        choices.truncate(limit);
        let Changes { needs_offer, switched, forgotten, gone } = self.sections.choose(&choices);
        self.is_stale |= needs_offer;
        if let Some(link) = &self.link {
            forgotten.into_iter().for_each(|ssrc| link.room.forget(ssrc));
        }
        gone.into_iter().for_each(|identity| self.remove_tile_of(identity));
        let now = clock::now();
        if !switched.is_empty() {
            let update = RemoteVideoUpdate { updated: switched, removed: Vec::new() };
            self.signaling.update_remote_videos(now, update);
        }
        self.apply_pauses();
        self.tell_sources();
    }

    pub(super) fn apply_pauses(&mut self) {
        let now = clock::now();
        let (stop, flow) = self.sections.pause(&lock(&self.shared.paused));
        if !stop.is_empty() {
            self.signaling.pause(now, stop);
        }
        if !flow.is_empty() {
            self.signaling.resume(now, flow);
        }
    }

    /// Why a chosen video does not arrive is that the server has no section for it.
    pub(in crate::connection) fn is_refused(&self, owner: Identity) -> bool {
        let sections = &self.sections.list;
        let section = sections.iter().find(|s| s.choice.is_some_and(|c| c.attendee == owner));
        section.is_some_and(|section| section.mid.is_some() && section.ssrc.is_none())
    }

    pub(in crate::connection) fn is_chosen(&self, owner: Identity) -> bool {
        self.sections.list.iter().any(|s| s.choice.is_some_and(|c| c.attendee == owner))
    }
}
