//! Which session a datagram belongs to.

use std::{
    collections::{BTreeMap, HashMap},
    net::SocketAddr,
};

use carillon_meeting::SessionId;
use carillon_transport::demux;
use carillon_types::MeetingId;

/// A session and the meeting it is part of.
pub(crate) type Place = (MeetingId, SessionId);

/// The way from a datagram to its session: by validated address, or by the name in a connectivity check.
#[derive(Debug, Default)]
pub(crate) struct Routes {
    by_address: HashMap<SocketAddr, Place>,
    by_ufrag: HashMap<String, Place>,
    of_session: BTreeMap<SessionId, Known>,
}

#[derive(Debug, Default)]
struct Known {
    addresses: Vec<SocketAddr>,
    ufrags: Vec<String>,
}

impl Routes {
    /// Lets connectivity checks with this name reach the session.
    pub(crate) fn expect(&mut self, place: Place, ufrag: String) {
        self.of_session.entry(place.1).or_default().ufrags.push(ufrag.clone());
        self.by_ufrag.insert(ufrag, place);
    }

    /// Lets everything from this address reach the session, which has authenticated it.
    pub(crate) fn validate(&mut self, place: Place, address: SocketAddr) {
        if let Some((_, previous)) = self.by_address.insert(address, place)
            && let Some(known) = self.of_session.get_mut(&previous)
        {
            known.addresses.retain(|other| *other != address);
        }
        self.of_session.entry(place.1).or_default().addresses.push(address);
    }

    /// Stops routing what comes from this address to the session.
    pub(crate) fn abandon(&mut self, place: Place, address: SocketAddr) {
        if let Some(known) = self.of_session.get_mut(&place.1) {
            known.addresses.retain(|other| *other != address);
        }
        if self.by_address.get(&address) == Some(&place) {
            self.by_address.remove(&address);
        }
    }

    /// Forgets a session.
    pub(crate) fn forget(&mut self, session: SessionId) {
        let Some(known) = self.of_session.remove(&session) else { return };
        for address in known.addresses {
            self.by_address.remove(&address);
        }
        for ufrag in known.ufrags {
            self.by_ufrag.remove(&ufrag);
        }
    }

    /// The session a datagram belongs to, if it belongs to any.
    ///
    /// A connectivity check is routed by the name it carries, also from a known address: behind one address a second
    /// session may follow the first.
    pub(crate) fn find(&self, source: SocketAddr, datagram: &[u8]) -> Option<Place> {
        demux::binding_request_ufrag(datagram)
            .and_then(|ufrag| self.by_ufrag.get(ufrag))
            .or_else(|| self.by_address.get(&source))
            .copied()
    }
}
