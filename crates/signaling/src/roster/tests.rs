//! The roster against what a client makes of its entries.

use carillon_types::AttendeeId;
use proptest::prelude::*;

use super::*;

#[test]
fn audio_stream_ids_only_grow_over_rejoins() {
    let mut roster = Roster::new();
    let mut last = 0;
    for _ in 0..3 {
        roster.join(who(1), "ada".into(), Mute::Unmuted);
        let id = roster.stream_id(who(1)).unwrap().get();
        assert!(id > last);
        last = id;
        roster.leave(who(1));
    }
}

#[test]
fn rejoin_is_announced_before_the_old_presence_ends() {
    let mut roster = Roster::new();
    roster.join(who(1), "ada".into(), Mute::Unmuted);
    let old = roster.stream_id(who(1)).unwrap();
    let entries = roster.join(who(1), "ada".into(), Mute::Muted);
    let new = roster.stream_id(who(1)).unwrap();
    assert!(new > old);
    assert!(matches!(&entries[0], RosterEntry::Present { stream_id, .. } if *stream_id == new));
    assert_eq!(entries[1], RosterEntry::Left { stream_id: old });
}

#[test]
fn mute_that_changes_nothing_is_no_news() {
    let mut roster = Roster::new();
    roster.join(who(1), "ada".into(), Mute::Unmuted);
    assert_eq!(roster.set_mute(who(1), Mute::Unmuted), None);
    assert!(roster.set_mute(who(1), Mute::Muted).is_some());
    assert_eq!(roster.set_mute(who(2), Mute::Muted), None);
}

#[test]
fn content_share_is_in_the_roster_but_no_further_attendee() {
    let mut roster = Roster::new();
    let content = Identity::content(AttendeeId::from_random(1));
    roster.join(who(1), "ada".into(), Mute::Unmuted);
    roster.join(content, "ada".into(), Mute::Unmuted);
    assert_eq!(roster.attendees(), 1);
    assert_eq!(roster.snapshot().len(), 2);
    assert_ne!(roster.stream_id(content), roster.stream_id(who(1)));
}

/// What a browser holds after all entries it was given, and whom it reported as gone.
#[derive(Default)]
struct Client {
    streams: BTreeMap<AudioStreamId, (Identity, Arc<str>)>,
    mute: BTreeMap<Identity, Mute>,
    gone: Vec<Identity>,
}

impl Client {
    fn apply(&mut self, entry: RosterEntry) {
        match entry {
            RosterEntry::Present { stream_id, identity, external_user_id, mute } => {
                self.streams.insert(stream_id, (identity, external_user_id));
                self.mute.insert(identity, mute);
            }
            RosterEntry::Mute { stream_id, mute } => {
                self.mute.insert(self.streams[&stream_id].0, mute);
            }
            RosterEntry::Left { stream_id } | RosterEntry::Dropped { stream_id } => {
                let (identity, _) = self.streams.remove(&stream_id).unwrap();
                if !self.streams.values().any(|(other, _)| *other == identity) {
                    self.mute.remove(&identity);
                    self.gone.push(identity);
                }
            }
        }
    }

    fn believes(&self) -> Vec<RosterEntry> {
        let by_identity: BTreeMap<_, _> =
            self.streams.iter().map(|(id, (identity, name))| (*identity, (*id, name))).collect();
        let entry = |(identity, (stream_id, name)): (Identity, (AudioStreamId, &Arc<str>))| {
            let mute = self.mute[&identity];
            RosterEntry::Present { stream_id, identity, external_user_id: Arc::clone(name), mute }
        };
        by_identity.into_iter().map(entry).collect()
    }
}

#[derive(Clone, Debug)]
enum Step {
    Join(u128, Mute),
    Leave(u128),
    Lose(u128),
    Mute(u128, Mute),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let mute = prop_oneof![Just(Mute::Muted), Just(Mute::Unmuted)];
    let step = prop_oneof![
        (0..5u128, mute.clone()).prop_map(|(who, mute)| Step::Join(who, mute)),
        (0..5u128).prop_map(Step::Leave),
        (0..5u128).prop_map(Step::Lose),
        (0..5u128, mute).prop_map(|(who, mute)| Step::Mute(who, mute)),
    ];
    proptest::collection::vec(step, 0..40)
}

proptest! {
    #[test]
    fn client_that_applies_all_deltas_believes_the_truth(
        steps in steps(),
        joins_after in 0..40usize,
    ) {
        let mut roster = Roster::new();
        let mut client = None;
        for (at, step) in steps.into_iter().enumerate() {
            if at == joins_after {
                let mut fresh = Client::default();
                roster.snapshot().into_iter().for_each(|entry| fresh.apply(entry));
                client = Some(fresh);
            }
            let entries = match step {
                Step::Join(n, mute) => roster.join(who(n), format!("user {n}").into(), mute),
                Step::Leave(n) => roster.leave(who(n)).into_iter().collect(),
                Step::Lose(n) => roster.lose(who(n)).into_iter().collect(),
                Step::Mute(n, mute) => roster.set_mute(who(n), mute).into_iter().collect(),
            };
            if let Some(client) = &mut client {
                let gone_before = client.gone.len();
                let rejoin = entries.len() == 2;
                entries.into_iter().for_each(|entry| client.apply(entry));
                prop_assert_eq!(client.believes(), roster.snapshot());
                prop_assert!(!rejoin || client.gone.len() == gone_before, "a rejoin is no leave");
            }
        }
    }
}

fn who(n: u128) -> Identity {
    Identity::main(AttendeeId::from_random(n))
}
