//! What is done to a control plane.

use std::time::Duration;

use carillon_types::{AttendeeCapabilities, MediaCapability};
use proptest::{prelude::*, sample::select};

/// One more than meetings may be alive, so that the quota is met.
const TOKENS: &[&str] = &["token-a", "token-b", "token-c", "token-d", "token-e"];
/// More than a meeting takes.
const USERS: &[&str] = &["alice", "bob", "carol", "dave", "erin", "frank"];
const KEYS: &[&str] = &["team", "cost", "stage"];
const VALUES: &[&str] = &["", "blue", "red"];
const LANGUAGES: &[&str] = &["en-US", "de-DE"];

/// One request, or one thing that happens; the model says which meeting and which attendee a number picks.
#[derive(Clone, Debug)]
pub(super) enum Step {
    Create(Wish),
    CreateWith(Wish, Vec<&'static str>),
    In(usize, Action),
    Pass(Duration),
    /// Whether an engine that turns speech into text is there from then on.
    Reopen {
        engine: bool,
    },
}

/// A wish for a meeting.
#[derive(Clone, Debug)]
pub(super) struct Wish {
    pub(super) token: &'static str,
    /// The meeting of which it is to be a replica.
    pub(super) primary: Option<usize>,
}

impl Wish {
    /// So that few steps are about nothing.
    pub(super) const FIRST: Self = Self { token: TOKENS[0], primary: None };
}

/// What is done in one meeting.
#[derive(Clone, Debug)]
pub(super) enum Action {
    Add { user: &'static str, rights: Option<AttendeeCapabilities> },
    Batch { users: Vec<&'static str> },
    Update { attendee: usize, rights: AttendeeCapabilities },
    UpdateExcept { attendee: usize, rights: AttendeeCapabilities },
    Tag { key: &'static str, value: &'static str },
    Untag { key: &'static str },
    Lock { attendee: usize },
    Unlock,
    StartTranscription { language: &'static str },
    StopTranscription,
    Remove { attendee: usize },
    Delete,
    Presence { connected: usize },
}

pub(super) fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => wish().prop_map(Step::Create),
        4 => (wish(), users()).prop_map(|(wish, users)| Step::CreateWith(wish, users)),
        24 => (any::<usize>(), action()).prop_map(|(meeting, action)| Step::In(meeting, action)),
        1 => pause().prop_map(Step::Pass),
        1 => prop::bool::weighted(0.8).prop_map(|engine| Step::Reopen { engine }),
    ]
}

fn action() -> impl Strategy<Value = Action> {
    let attendee = any::<usize>;
    prop_oneof![
        4 => (select(USERS), prop::option::of(rights()))
            .prop_map(|(user, rights)| Action::Add { user, rights }),
        2 => users().prop_map(|users| Action::Batch { users }),
        3 => (attendee(), rights()).prop_map(|(attendee, rights)| Action::Update { attendee, rights }),
        1 => (attendee(), rights())
            .prop_map(|(attendee, rights)| Action::UpdateExcept { attendee, rights }),
        2 => (select(KEYS), select(VALUES)).prop_map(|(key, value)| Action::Tag { key, value }),
        1 => select(KEYS).prop_map(|key| Action::Untag { key }),
        1 => attendee().prop_map(|attendee| Action::Lock { attendee }),
        2 => Just(Action::Unlock),
        3 => select(LANGUAGES).prop_map(|language| Action::StartTranscription { language }),
        2 => Just(Action::StopTranscription),
        3 => attendee().prop_map(|attendee| Action::Remove { attendee }),
        1 => Just(Action::Delete),
        3 => (0_usize..3).prop_map(|connected| Action::Presence { connected }),
    ]
}

/// Every other meeting is wished for as a replica, and some of these of one that is no primary.
fn wish() -> impl Strategy<Value = Wish> {
    (select(TOKENS), prop::option::of(any::<usize>()))
        .prop_map(|(token, primary)| Wish { token, primary })
}

fn users() -> impl Strategy<Value = Vec<&'static str>> {
    prop::collection::vec(select(USERS), 1..6)
}

/// What everybody may have, and what is left for the audience of a replica.
fn rights() -> impl Strategy<Value = AttendeeCapabilities> {
    const BOTH: MediaCapability = MediaCapability::SendReceive;
    const RECEIVE: MediaCapability = MediaCapability::Receive;
    const NONE: MediaCapability = MediaCapability::None;
    select(&[[BOTH, BOTH, BOTH], [RECEIVE, RECEIVE, RECEIVE], [NONE, RECEIVE, NONE]][..]).prop_map(
        |[audio, video, content]| AttendeeCapabilities::new(audio, video, content).unwrap(),
    )
}

/// Mostly minutes, after which the empty meetings end, and sometimes a day, after which all do.
fn pause() -> impl Strategy<Value = Duration> {
    prop_oneof![4 => 1_u64..400, 1 => 80_000_u64..90_000].prop_map(Duration::from_secs)
}
