//! Which receive section of whom each of the forwarder's subscriptions stands for.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::RangeInclusive,
};

use carillon_frame::Ssrc;
use carillon_sfu::SubscriptionId;

use crate::SessionId;

/// One receive section: the session that watches, and the SSRC of what it is sent there.
pub(crate) type Place = (SessionId, Ssrc);

/// The subscriptions of all participants.
#[derive(Debug, Default)]
pub(crate) struct Views {
    next: u64,
    places: BTreeMap<SubscriptionId, Place>,
    ids: BTreeMap<Place, SubscriptionId>,
}

impl Views {
    /// The subscription of a section, the same one as long as the section lives.
    pub(crate) fn id(&mut self, place: Place) -> SubscriptionId {
        let (next, places) = (&mut self.next, &mut self.places);
        *self.ids.entry(place).or_insert_with(|| {
            let id = SubscriptionId(*next);
            *next = next.saturating_add(1);
            places.insert(id, place);
            id
        })
    }

    /// The subscription of a section, if it has one.
    pub(crate) fn find(&self, place: Place) -> Option<SubscriptionId> {
        self.ids.get(&place).copied()
    }

    /// The section of a subscription.
    pub(crate) fn place(&self, id: SubscriptionId) -> Option<Place> {
        self.places.get(&id).copied()
    }

    /// The subscriptions of a session.
    pub(crate) fn of(&self, session: SessionId) -> impl Iterator<Item = SubscriptionId> {
        self.ids.range(all_of(session)).map(|(_, id)| *id)
    }

    /// Forgets the session's subscriptions that are not to the given sections, and returns them.
    pub(crate) fn retain(
        &mut self,
        session: SessionId,
        kept: &BTreeSet<Ssrc>,
    ) -> Vec<SubscriptionId> {
        let gone: Vec<(Place, SubscriptionId)> = self
            .ids
            .range(all_of(session))
            .filter(|((_, ssrc), _)| !kept.contains(ssrc))
            .map(|(place, id)| (*place, *id))
            .collect();
        for (place, id) in &gone {
            self.ids.remove(place);
            self.places.remove(id);
        }
        gone.into_iter().map(|(_, id)| id).collect()
    }
}

const fn all_of(session: SessionId) -> RangeInclusive<Place> {
    (session, Ssrc(0))..=(session, Ssrc(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_keeps_its_subscription_until_it_is_forgotten() {
        let mut views = Views::default();
        let (mine, other) = ((SessionId(1), Ssrc(5)), (SessionId(2), Ssrc(5)));
        let id = views.id(mine);
        assert_ne!(id, views.id(other));
        assert_eq!(views.id(mine), id);
        assert_eq!(views.place(id), Some(mine));
        assert_eq!(views.retain(SessionId(1), &BTreeSet::new()), [id]);
        assert_eq!(views.place(id), None);
        assert!(views.find(other).is_some());
    }
}
