//! Which session a datagram belongs to, as a media server decides it.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use carillon_meeting::SessionId;
use carillon_transport::demux;

/// The way from a datagram to its session: by the name in a connectivity check, or by validated address.
#[derive(Debug, Default)]
pub(super) struct Routes {
    by_address: BTreeMap<SocketAddr, SessionId>,
    by_ufrag: BTreeMap<String, SessionId>,
}

impl Routes {
    pub(super) fn expect(&mut self, session: SessionId, ufrag: String) {
        self.by_ufrag.insert(ufrag, session);
    }

    pub(super) fn validate(&mut self, session: SessionId, address: SocketAddr) {
        self.by_address.insert(address, session);
    }

    pub(super) fn abandon(&mut self, session: SessionId, address: SocketAddr) {
        if self.by_address.get(&address) == Some(&session) {
            self.by_address.remove(&address);
        }
    }

    pub(super) fn forget(&mut self, session: SessionId) {
        self.by_address.retain(|_, of| *of != session);
        self.by_ufrag.retain(|_, of| *of != session);
    }

    pub(super) fn len(&self) -> usize {
        self.by_address.len() + self.by_ufrag.len()
    }

    pub(super) fn find(&self, source: SocketAddr, datagram: &[u8]) -> Option<SessionId> {
        demux::binding_request_ufrag(datagram)
            .and_then(|ufrag| self.by_ufrag.get(ufrag))
            .or_else(|| self.by_address.get(&source))
            .copied()
    }
}
