//! Which session a datagram belongs to.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    net::SocketAddr,
};

use carillon_meeting::SessionId;
use carillon_transport::demux;
use carillon_types::MeetingId;

/// A session and the meeting it is part of.
pub(crate) type Place = (MeetingId, SessionId);

/// How many names, and how many addresses, lead to one session; the oldest makes room.
/// A path has one name and, while a client changes networks, up to eight addresses; fewer would lose media then, more
/// would let one client fill the tables.
const ROUTES_PER_SESSION: usize = 8;

/// The way from a datagram to its session: by validated address, or by the name in a connectivity check.
#[derive(Debug, Default)]
pub(crate) struct Routes {
    by_address: HashMap<SocketAddr, Place>,
    by_ufrag: HashMap<String, Place>,
    of_session: BTreeMap<SessionId, Known>,
}

#[derive(Debug)]
struct Known {
    meeting: MeetingId,
    addresses: VecDeque<SocketAddr>,
    ufrags: VecDeque<String>,
}

impl Routes {
    /// Lets connectivity checks with this name reach the session.
    pub(crate) fn expect(&mut self, place: Place, ufrag: String) {
        let (meeting, session) = place;
        let known = self.of_session.entry(session).or_insert_with(|| Known {
            meeting,
            addresses: VecDeque::new(),
            ufrags: VecDeque::new(),
        });
        known.ufrags.push_back(ufrag.clone());
        let surplus = oldest_surplus(&mut known.ufrags);
        self.by_ufrag.insert(ufrag, place);
        if let Some(name) = surplus {
            self.forget_name(session, &name);
        }
    }

    /// Lets everything from this address reach the session, which has authenticated it.
    pub(crate) fn validate(&mut self, place: Place, address: SocketAddr) {
        if let Some(previous) = self.by_address.get(&address).copied() {
            self.abandon(previous, address);
        }
        // A session that nobody expects is over: nothing would ever take its address out again.
        let Some(known) = self.of_session.get_mut(&place.1) else { return };
        known.addresses.push_back(address);
        self.by_address.insert(address, place);
        if let Some(address) = oldest_surplus(&mut known.addresses) {
            self.by_address.remove(&address);
        }
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
        for name in known.ufrags {
            self.forget_name(session, &name);
        }
    }

    /// Forgets every session of a meeting.
    pub(crate) fn forget_meeting(&mut self, meeting: MeetingId) {
        let of_meeting = self.of_session.iter().filter(|(_, known)| known.meeting == meeting);
        for session in of_meeting.map(|(session, _)| *session).collect::<Vec<_>>() {
            self.forget(session);
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

    /// Names are drawn by chance, so another session may have drawn the same one since.
    fn forget_name(&mut self, session: SessionId, name: &str) {
        if self.by_ufrag.get(name).is_some_and(|(_, owner)| *owner == session) {
            self.by_ufrag.remove(name);
        }
    }
}

fn oldest_surplus<T>(routes: &mut VecDeque<T>) -> Option<T> {
    if routes.len() > ROUTES_PER_SESSION { routes.pop_front() } else { None }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MEDIA: &[u8] = &[0x80, 111, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0];

    fn place(meeting: u128, session: u64) -> Place {
        (MeetingId::from_random(meeting), SessionId(session))
    }

    fn address(port: u16) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], port))
    }

    /// A connectivity check as far as routing reads it (RFC 8489 section 5, section 14.3).
    fn check(ufrag: &str) -> Vec<u8> {
        let name = format!("{ufrag}:peer");
        let padded = name.len().next_multiple_of(4);
        let mut bytes = vec![0, 1, 0, u8::try_from(4 + padded).unwrap(), 0x21, 0x12, 0xa4, 0x42];
        bytes.extend([7; 12]);
        bytes.extend([0, 6, 0, u8::try_from(name.len()).unwrap()]);
        bytes.extend(name.as_bytes());
        bytes.resize(20 + 4 + padded, 0);
        bytes
    }

    #[test]
    fn a_check_finds_its_session_and_media_follows_once_validated() {
        let mut routes = Routes::default();
        routes.expect(place(1, 1), "abcd".to_owned());
        assert_eq!(routes.find(address(1), &check("abcd")), Some(place(1, 1)));
        assert_eq!(routes.find(address(1), &check("other")), None);
        assert_eq!(routes.find(address(1), MEDIA), None);
        routes.validate(place(1, 1), address(1));
        assert_eq!(routes.find(address(1), MEDIA), Some(place(1, 1)));
        routes.abandon(place(1, 1), address(1));
        assert_eq!(routes.find(address(1), MEDIA), None);
    }

    #[test]
    fn an_address_follows_whoever_validated_it_last() {
        let mut routes = Routes::default();
        routes.expect(place(1, 1), "a".to_owned());
        routes.expect(place(2, 2), "b".to_owned());
        routes.validate(place(1, 1), address(1));
        routes.validate(place(2, 2), address(1));
        assert_eq!(routes.find(address(1), MEDIA), Some(place(2, 2)));
        routes.abandon(place(1, 1), address(1));
        routes.forget(SessionId(1));
        assert_eq!(routes.find(address(1), MEDIA), Some(place(2, 2)));
    }

    #[test]
    fn a_name_drawn_twice_stays_with_the_later_session() {
        let mut routes = Routes::default();
        routes.expect(place(1, 1), "same".to_owned());
        routes.expect(place(2, 2), "same".to_owned());
        routes.forget(SessionId(1));
        assert_eq!(routes.find(address(1), &check("same")), Some(place(2, 2)));
    }

    #[test]
    fn a_session_that_is_over_gets_no_address_back() {
        let mut routes = Routes::default();
        routes.expect(place(1, 1), "a".to_owned());
        routes.forget(SessionId(1));
        routes.validate(place(1, 1), address(1));
        assert_eq!(routes.find(address(1), MEDIA), None);
        assert!(routes.of_session.is_empty());
    }

    #[derive(Clone, Debug)]
    enum Step {
        Expect(u64, u8),
        Validate(u64, u16),
        Abandon(u64, u16),
        Forget(u64),
        ForgetMeeting(u64),
    }

    fn step() -> impl Strategy<Value = Step> {
        let session = 0_u64..6;
        prop_oneof![
            (session.clone(), 0_u8..20).prop_map(|(s, name)| Step::Expect(s, name)),
            (session.clone(), 0_u16..20).prop_map(|(s, port)| Step::Validate(s, port)),
            (session.clone(), 0_u16..20).prop_map(|(s, port)| Step::Abandon(s, port)),
            session.clone().prop_map(Step::Forget),
            session.prop_map(Step::ForgetMeeting),
        ]
    }

    /// Two sessions to a meeting.
    fn of(session: u64) -> Place {
        place(u128::from(session / 2), session)
    }

    proptest! {
        #[test]
        fn tables_hold_only_living_sessions_and_only_so_much_of_each(
            steps in prop::collection::vec(step(), 0..200),
        ) {
            let mut routes = Routes::default();
            let mut alive = std::collections::BTreeSet::new();
            for step in steps {
                match step {
                    Step::Expect(s, name) => {
                        alive.insert(s);
                        routes.expect(of(s), format!("n{name}"));
                    }
                    Step::Validate(s, port) => routes.validate(of(s), address(port)),
                    Step::Abandon(s, port) => routes.abandon(of(s), address(port)),
                    Step::Forget(s) => {
                        alive.remove(&s);
                        routes.forget(SessionId(s));
                    }
                    Step::ForgetMeeting(s) => {
                        alive.retain(|other| other / 2 != s / 2);
                        routes.forget_meeting(of(s).0);
                    }
                }
                let most = alive.len() * ROUTES_PER_SESSION;
                prop_assert_eq!(routes.of_session.len(), alive.len());
                prop_assert!(routes.by_address.len() <= most && routes.by_ufrag.len() <= most);
                for port in 0..20 {
                    let found = routes.find(address(port), MEDIA);
                    prop_assert!(found.is_none_or(|(_, session)| alive.contains(&session.0)));
                }
                for name in 0..20 {
                    let found = routes.find(address(99), &check(&format!("n{name}")));
                    prop_assert!(found.is_none_or(|(_, session)| alive.contains(&session.0)));
                }
            }
        }

        #[test]
        fn any_datagram_is_routed_or_not_without_panic(bytes: Vec<u8>, port: u16) {
            let mut routes = Routes::default();
            routes.expect(place(1, 1), "abcd".to_owned());
            routes.find(address(port), &bytes);
        }
    }
}
