//! The control plane against a plain model of what it should know.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use carillon_control::{AdmissionError, ControlError, Quotas};
use carillon_types::{
    Attendee, AttendeeCapabilities, AttendeeId, MediaCapability, Meeting, MeetingId, TagBody,
    api::{
        BatchUpdateAttendeeCapabilitiesExceptRequest, ListTagsForResourceQuery, PageRequest,
        TagResourceBody, UntagResourceBody, UpdateAttendeeCapabilitiesRequest,
    },
};
use proptest::prelude::*;

use crate::rig::{Rig, batch, meeting_body, page, people, person, with_attendees};

const QUOTAS: Quotas =
    Quotas { meetings: 2, attendees: 4, high_definition_attendees: 1, replicas: 0 };
const TOKENS: [&str; 3] = ["token-a", "token-b", "token-c"];
const KEYS: [&str; 3] = ["team", "cost", "stage"];
const USERS: [&str; 6] = ["alice", "bob", "carol", "dave", "erin", "frank"];
const IDLE: Duration = Duration::from_secs(300);

/// One request, or one thing that happens. Meetings are counted back from the latest, ended or not.
#[derive(Clone, Debug)]
enum Step {
    Create { token: usize },
    CreateWith { token: usize, users: Vec<usize> },
    Add { meeting: usize, user: usize },
    Batch { meeting: usize, users: Vec<usize> },
    Update { meeting: usize, attendee: usize, audio: bool },
    UpdateExcept { meeting: usize, excluded: usize, audio: bool },
    Tag { meeting: usize, key: usize, value: usize },
    Untag { meeting: usize, key: usize },
    Lock { meeting: usize, inside: usize },
    Unlock { meeting: usize },
    Remove { meeting: usize, attendee: usize },
    Delete { meeting: usize },
    Presence { meeting: usize, connected: usize },
    Pass { seconds: u64 },
    Reopen,
}

fn step() -> impl Strategy<Value = Step> {
    let users = || prop::collection::vec(0..USERS.len(), 1..6);
    let (meeting, attendee) = (0_usize..3, 0..QUOTAS.attendees);
    prop_oneof![
        2 => (0..TOKENS.len()).prop_map(|token| Step::Create { token }),
        2 => (0..TOKENS.len(), users()).prop_map(|(token, users)| Step::CreateWith { token, users }),
        4 => (meeting.clone(), 0..USERS.len()).prop_map(|(meeting, user)| Step::Add { meeting, user }),
        2 => (meeting.clone(), users()).prop_map(|(meeting, users)| Step::Batch { meeting, users }),
        3 => (meeting.clone(), attendee.clone(), any::<bool>())
            .prop_map(|(meeting, attendee, audio)| Step::Update { meeting, attendee, audio }),
        1 => (meeting.clone(), attendee.clone(), any::<bool>())
            .prop_map(|(meeting, excluded, audio)| Step::UpdateExcept { meeting, excluded, audio }),
        2 => (meeting.clone(), 0..KEYS.len(), 0_usize..3)
            .prop_map(|(meeting, key, value)| Step::Tag { meeting, key, value }),
        1 => (meeting.clone(), 0..KEYS.len()).prop_map(|(meeting, key)| Step::Untag { meeting, key }),
        1 => (meeting.clone(), attendee.clone())
            .prop_map(|(meeting, inside)| Step::Lock { meeting, inside }),
        2 => meeting.clone().prop_map(|meeting| Step::Unlock { meeting }),
        3 => (meeting.clone(), attendee).prop_map(|(meeting, attendee)| Step::Remove { meeting, attendee }),
        1 => meeting.clone().prop_map(|meeting| Step::Delete { meeting }),
        1 => (meeting, 0_usize..3).prop_map(|(meeting, connected)| Step::Presence { meeting, connected }),
        1 => (1_u64..400).prop_map(|seconds| Step::Pass { seconds }),
        1 => Just(Step::Reopen),
    ]
}

/// What should be known of one meeting.
struct Expected {
    token: usize,
    meeting: Meeting,
    alive: bool,
    attendees: Vec<Attendee>,
    /// Attendees that were removed, whose tokens must stay worthless.
    removed: Vec<Attendee>,
    tags: BTreeMap<String, String>,
    /// Who may enter, if not everybody.
    inside: Option<BTreeSet<AttendeeId>>,
    /// For how long nobody has been connected, if so.
    empty_for: Option<Duration>,
}

struct Model {
    rig: Rig,
    meetings: Vec<Expected>,
}

impl Model {
    /// Takes one step on both sides and checks the answer.
    async fn take(&mut self, step: Step) {
        match step {
            Step::Create { token } => self.create(token).await,
            Step::CreateWith { token, users } => self.create_with(token, &users).await,
            Step::Add { meeting, user } => self.add(meeting, user).await,
            Step::Batch { meeting, users } => self.batch(meeting, &users).await,
            Step::Update { meeting, attendee, audio } => {
                self.update(meeting, attendee, audio).await;
            }
            Step::UpdateExcept { meeting, excluded, audio } => {
                self.update_except(meeting, excluded, audio).await;
            }
            Step::Tag { meeting, key, value } => self.tag(meeting, key, value).await,
            Step::Untag { meeting, key } => self.untag(meeting, key).await,
            Step::Lock { meeting, inside } => self.lock(meeting, inside).await,
            Step::Unlock { meeting } => self.unlock(meeting).await,
            Step::Remove { meeting, attendee } => self.remove(meeting, attendee).await,
            Step::Delete { meeting } => self.delete(meeting).await,
            Step::Presence { meeting, connected } => self.presence(meeting, connected),
            Step::Pass { seconds } => self.pass(Duration::from_secs(seconds)).await,
            Step::Reopen => {
                self.rig.reopen().await;
                for expected in &mut self.meetings {
                    expected.empty_for = Some(Duration::ZERO);
                }
            }
        }
    }

    async fn create(&mut self, token: usize) {
        let request = meeting_body(TOKENS[token]).try_into().unwrap();
        let answer = self.rig.plane.create_meeting(self.rig.now, &self.rig.caller, request).await;
        self.note_meeting(token, answer);
    }

    async fn create_with(&mut self, token: usize, users: &[usize]) {
        let names: Vec<_> = users.iter().map(|user| USERS[*user]).collect();
        let request = with_attendees(TOKENS[token], &names).try_into().unwrap();
        let (plane, now) = (self.rig.plane.clone(), self.rig.now);
        match plane.create_meeting_with_attendees(now, &self.rig.caller, request).await {
            Ok(answer) => {
                self.note_meeting(token, Ok(answer.meeting));
                let at = self.with_token(token).unwrap();
                let refused = answer.errors.len();
                note_attendees(&mut self.meetings[at], users, answer.attendees, refused);
            }
            Err(error) => self.note_meeting(token, Err(error)),
        }
    }

    fn note_meeting(&mut self, token: usize, answer: Result<Meeting, ControlError>) {
        let alive = self.meetings.iter().filter(|expected| expected.alive).count();
        match (self.with_token(token), answer) {
            (Some(at), Ok(meeting)) => assert_eq!(meeting, self.meetings[at].meeting),
            (None, Ok(meeting)) => {
                assert!(alive < QUOTAS.meetings);
                self.meetings.push(Expected {
                    token,
                    meeting,
                    alive: true,
                    attendees: Vec::new(),
                    removed: Vec::new(),
                    tags: BTreeMap::new(),
                    inside: None,
                    empty_for: Some(Duration::ZERO),
                });
            }
            (None, Err(ControlError::MeetingQuota { .. })) => assert_eq!(alive, QUOTAS.meetings),
            (_, Err(error)) => panic!("{error:?}"),
        }
    }

    fn with_token(&self, token: usize) -> Option<usize> {
        self.meetings.iter().position(|expected| expected.alive && expected.token == token)
    }

    async fn add(&mut self, meeting: usize, user: usize) {
        let Some(expected) = self.meetings.iter_mut().nth_back(meeting) else { return };
        let id = expected.meeting.meeting_id;
        let (plane, now) = (&self.rig.plane, self.rig.now);
        match plane.create_attendee(now, &self.rig.caller, id, person(USERS[user])).await {
            Ok(attendee) => note_attendees(expected, &[user], vec![attendee], 0),
            Err(ControlError::MeetingLocked(_)) => assert!(expected.inside.is_some()),
            Err(ControlError::AttendeeCap { .. }) => {
                note_attendees(expected, &[user], Vec::new(), 1);
            }
            Err(error) => expect_gone(expected, &error),
        }
    }

    async fn batch(&mut self, meeting: usize, users: &[usize]) {
        let Some(expected) = self.meetings.iter_mut().nth_back(meeting) else { return };
        let id = expected.meeting.meeting_id;
        let names: Vec<_> = users.iter().map(|user| USERS[*user]).collect();
        let request = batch(&names).try_into().unwrap();
        let (plane, now) = (&self.rig.plane, self.rig.now);
        match plane.batch_create_attendee(now, &self.rig.caller, id, request).await {
            Ok(made) => note_attendees(expected, users, made.attendees, made.errors.len()),
            Err(error) => expect_gone(expected, &error),
        }
    }

    async fn update(&mut self, meeting: usize, attendee: usize, audio: bool) {
        let Some(expected) = self.meetings.iter_mut().nth_back(meeting) else { return };
        let Some(before) = expected.attendees.get(attendee) else { return };
        let pair = (expected.meeting.meeting_id, before.attendee_id);
        let audio = if audio { MediaCapability::SendReceive } else { MediaCapability::None };
        let media = MediaCapability::Receive;
        let capabilities = AttendeeCapabilities::new(audio, media, media).unwrap();
        let request = UpdateAttendeeCapabilitiesRequest { capabilities };
        let (plane, now) = (&self.rig.plane, self.rig.now);
        match plane.update_attendee_capabilities(now, &self.rig.caller, pair, request).await {
            Ok(after) => {
                assert_eq!(after, Attendee { capabilities, ..before.clone() });
                expected.attendees[attendee] = after;
            }
            Err(error) => expect_gone(expected, &error),
        }
    }

    async fn update_except(&mut self, meeting: usize, excluded: usize, audio: bool) {
        let Some(expected) = self.meetings.iter_mut().nth_back(meeting) else { return };
        let kept = expected.attendees.get(excluded).map(|attendee| attendee.attendee_id);
        let audio = if audio { MediaCapability::SendReceive } else { MediaCapability::None };
        let media = MediaCapability::SendReceive;
        let capabilities = AttendeeCapabilities::new(audio, media, media).unwrap();
        let request = BatchUpdateAttendeeCapabilitiesExceptRequest {
            excluded_attendee_ids: kept.into_iter().collect(),
            capabilities,
        };
        let (plane, now) = (&self.rig.plane, self.rig.now);
        let (id, caller) = (expected.meeting.meeting_id, &self.rig.caller);
        match plane.batch_update_attendee_capabilities_except(now, caller, id, request).await {
            Ok(()) => {
                let others =
                    expected.attendees.iter_mut().filter(|who| Some(who.attendee_id) != kept);
                others.for_each(|attendee| attendee.capabilities = capabilities);
            }
            Err(error) => expect_gone(expected, &error),
        }
    }

    async fn tag(&mut self, meeting: usize, key: usize, value: usize) {
        let Some(expected) = self.meetings.iter_mut().nth_back(meeting) else { return };
        let (key, value) = (KEYS[key].to_owned(), value.to_string());
        let tag = TagBody { key: Some(key.clone()), value: Some(value.clone()) };
        let body = TagResourceBody {
            resource_arn: Some(expected.meeting.meeting_arn.to_string()),
            tags: Some(vec![tag]),
        };
        let (plane, now) = (&self.rig.plane, self.rig.now);
        match plane.tag_resource(now, &self.rig.caller, body.try_into().unwrap()).await {
            Ok(()) => drop(expected.tags.insert(key, value)),
            Err(error) => expect_untagged(expected, &error),
        }
    }

    async fn untag(&mut self, meeting: usize, key: usize) {
        let Some(expected) = self.meetings.iter_mut().nth_back(meeting) else { return };
        let body = UntagResourceBody {
            resource_arn: Some(expected.meeting.meeting_arn.to_string()),
            tag_keys: Some(vec![KEYS[key].to_owned()]),
        };
        let (plane, now) = (&self.rig.plane, self.rig.now);
        match plane.untag_resource(now, &self.rig.caller, body.try_into().unwrap()).await {
            Ok(()) => drop(expected.tags.remove(KEYS[key])),
            Err(error) => expect_untagged(expected, &error),
        }
    }

    async fn lock(&mut self, meeting: usize, inside: usize) {
        let Some(expected) = self.meetings.iter_mut().nth_back(meeting) else { return };
        let who = expected.attendees.get(inside).map(|attendee| attendee.attendee_id);
        let (id, inside) = (expected.meeting.meeting_id, who.into_iter().collect::<BTreeSet<_>>());
        let (plane, now) = (&self.rig.plane, self.rig.now);
        match plane.lock_meeting(now, &self.rig.caller, id, inside.clone()).await {
            Ok(()) => expected.inside.get_or_insert_default().extend(inside),
            Err(error) => expect_gone(expected, &error),
        }
    }

    async fn unlock(&mut self, meeting: usize) {
        let Some(expected) = self.meetings.iter_mut().nth_back(meeting) else { return };
        let id = expected.meeting.meeting_id;
        match self.rig.plane.unlock_meeting(self.rig.now, &self.rig.caller, id).await {
            Ok(()) => expected.inside = None,
            Err(error) => expect_gone(expected, &error),
        }
    }

    async fn remove(&mut self, meeting: usize, attendee: usize) {
        let Some(expected) = self.meetings.iter_mut().nth_back(meeting) else { return };
        let Some(gone) = expected.attendees.get(attendee).cloned() else { return };
        let (id, caller) = (expected.meeting.meeting_id, &self.rig.caller);
        let (plane, now) = (&self.rig.plane, self.rig.now);
        match plane.delete_attendee(now, caller, id, gone.attendee_id).await {
            Ok(()) => {
                let again = plane.delete_attendee(now, caller, id, gone.attendee_id).await;
                assert!(matches!(again, Err(ControlError::AttendeeNotFound(_))));
                expected.attendees.remove(attendee);
                expected.removed.push(gone);
            }
            Err(error) => expect_gone(expected, &error),
        }
    }

    async fn delete(&mut self, meeting: usize) {
        let Some(expected) = self.meetings.iter_mut().nth_back(meeting) else { return };
        let id = expected.meeting.meeting_id;
        match self.rig.plane.delete_meeting(self.rig.now, &self.rig.caller, id).await {
            Ok(()) => assert!(std::mem::take(&mut expected.alive)),
            Err(error) => expect_gone(expected, &error),
        }
    }

    fn presence(&mut self, meeting: usize, connected: usize) {
        let Some(expected) = self.meetings.iter_mut().nth_back(meeting) else { return };
        let id = expected.meeting.meeting_id;
        self.rig.plane.report_presence(self.rig.now.instant, id, people(connected));
        expected.empty_for = match (connected, expected.empty_for) {
            (0, before) => before.or(Some(Duration::ZERO)),
            (_, _) => None,
        };
    }

    async fn pass(&mut self, time: Duration) {
        self.rig.advance(time);
        let mut over = 0;
        for expected in self.meetings.iter_mut().filter(|expected| expected.alive) {
            if let Some(empty_for) = &mut expected.empty_for {
                *empty_for += time;
                if *empty_for >= IDLE {
                    expected.alive = false;
                    over += 1;
                }
            }
        }
        assert_eq!(self.rig.plane.expire(self.rig.now).await.unwrap(), over);
    }

    /// Compares everything that can be seen.
    fn check(&self) {
        let (plane, caller) = (&self.rig.plane, &self.rig.caller);
        assert_eq!(plane.meetings_alive(), self.meetings.iter().filter(|m| m.alive).count());
        for expected in &self.meetings {
            let id = expected.meeting.meeting_id;
            let found = plane.get_meeting(caller, id).ok();
            assert_eq!(found, expected.alive.then(|| expected.meeting.clone()));
            if expected.alive {
                assert_eq!(self.listed(id), expected.attendees);
                assert_eq!(self.tags(expected), expected.tags);
            }
            let tokens = |of: &[Attendee]| -> Vec<_> {
                of.iter().map(|a| plane.admit(a.join_token.as_str()).map(|_| ())).collect()
            };
            let ended = Err(AdmissionError::MeetingEnded);
            let present = if expected.alive { Ok(()) } else { ended };
            let removed = if expected.alive { Err(AdmissionError::AttendeeRemoved) } else { ended };
            for (attendee, verdict) in expected.attendees.iter().zip(tokens(&expected.attendees)) {
                let inside = expected.inside.as_ref();
                let is_kept_out = inside.is_some_and(|who| !who.contains(&attendee.attendee_id));
                let locked = Err(AdmissionError::MeetingLocked);
                let right = if expected.alive && is_kept_out { locked } else { present };
                assert_eq!(verdict, right);
            }
            assert!(tokens(&expected.removed).iter().all(|verdict| *verdict == removed));
        }
    }

    fn tags(&self, expected: &Expected) -> BTreeMap<String, String> {
        let arn = Some(expected.meeting.meeting_arn.to_string());
        let request = ListTagsForResourceQuery { arn }.try_into().unwrap();
        let found = self.rig.plane.list_tags_for_resource(&self.rig.caller, &request).unwrap();
        let pairs = found.tags.iter();
        pairs.map(|tag| (tag.key.as_str().to_owned(), tag.value.as_str().to_owned())).collect()
    }

    fn listed(&self, id: MeetingId) -> Vec<Attendee> {
        let mut all = Vec::new();
        let mut request = page(2);
        loop {
            let found = self.rig.plane.list_attendees(&self.rig.caller, id, &request).unwrap();
            all.extend(found.attendees);
            match found.next_token {
                Some(token) => {
                    request = PageRequest { next_token: Some(token), ..request };
                }
                None => return all,
            }
        }
    }
}

/// Checks what became of wishes for these people, and notes those who are there from then on.
fn note_attendees(expected: &mut Expected, users: &[usize], answer: Vec<Attendee>, refused: usize) {
    assert!(expected.alive);
    let mut people: Vec<&str> = Vec::new();
    for user in users {
        if !people.contains(&USERS[*user]) {
            people.push(USERS[*user]);
        }
    }
    let mut answers = answer.into_iter();
    let mut short = 0;
    for person in people {
        let known = expected.attendees.iter().find(|a| a.external_user_id.as_str() == person);
        if let Some(known) = known {
            assert_eq!(answers.next().as_ref(), Some(known));
        } else if expected.inside.is_none() && expected.attendees.len() < QUOTAS.attendees {
            let made = answers.next().unwrap();
            assert_eq!(made.external_user_id.as_str(), person);
            assert_eq!(made.capabilities, AttendeeCapabilities::ALL);
            expected.attendees.push(made);
        } else {
            short += 1;
        }
    }
    assert_eq!((answers.next(), short), (None, refused));
}

fn expect_untagged(expected: &Expected, error: &ControlError) {
    assert!(!expected.alive, "{error:?}");
    assert!(matches!(error, ControlError::ResourceNotFound(_)), "{error:?}");
}

fn expect_gone(expected: &Expected, error: &ControlError) {
    assert!(!expected.alive, "{error:?}");
    assert!(matches!(error, ControlError::MeetingNotFound(_)), "{error:?}");
}

proptest! {
    // Each step of each case waits for the disk, so there are fewer cases than elsewhere.
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn control_plane_does_as_the_model(steps in prop::collection::vec(step(), 1..60)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut model = Model { rig: Rig::with(QUOTAS).await, meetings: Vec::new() };
            for step in steps {
                model.take(step).await;
                model.check();
            }
        });
    }
}
