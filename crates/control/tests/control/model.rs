//! The control plane against a plain model of what it should know: random operations, same answers.

mod actions;
mod comparison;
mod expected;
mod expected_meeting;
mod step;

use carillon_control::ControlError;
use carillon_types::{AttendeeId, Meeting, MeetingId};
use proptest::prelude::*;

use self::{
    comparison::same,
    expected::{Expected, QUOTAS},
    expected_meeting::ExpectedMeeting,
    step::{Step, Wish, step},
};
use crate::rig::{Rig, meeting_body, with_attendees};

/// The control plane, and what is expected of it.
struct Model {
    rig: Rig,
    expected: Expected,
}

impl Model {
    async fn new() -> Self {
        Self { rig: Rig::with(QUOTAS).await, expected: Expected::default() }
    }

    /// Takes one step on both sides and compares the answers.
    async fn take(&mut self, step: Step) {
        match step {
            Step::Create(wish) => self.create(wish).await,
            Step::CreateWith(wish, users) => self.create_with(wish, &users).await,
            Step::In(meeting, action) => self.act(self.meeting(meeting), action).await,
            Step::Pass(time) => {
                self.rig.advance(time);
                let ended = self.rig.plane.expire(self.rig.now).await;
                same(ended, Ok(self.expected.pass(time)));
            }
            Step::Reopen { engine } => {
                self.rig.config.transcription = engine;
                self.rig.reopen().await;
                self.expected.reopen(engine);
            }
        }
    }

    async fn create(&mut self, Wish { token, primary }: Wish) {
        let primary = primary.map(|primary| self.meeting(primary));
        let mut body = meeting_body(token);
        body.primary_meeting_id = primary.map(|id| id.to_string());
        let request = body.try_into().unwrap();
        let answer = self.rig.plane.create_meeting(self.rig.now, &self.rig.caller, request).await;
        self.note_meeting(token, primary, answer);
    }

    async fn create_with(&mut self, Wish { token, primary }: Wish, users: &[&'static str]) {
        let primary = primary.map(|primary| self.meeting(primary));
        let mut body = with_attendees(token, users);
        body.meeting.primary_meeting_id = primary.map(|id| id.to_string());
        let (plane, now) = (&self.rig.plane, self.rig.now);
        let request = body.try_into().unwrap();
        match plane.create_meeting_with_attendees(now, &self.rig.caller, request).await {
            Ok(answer) => {
                let id = answer.meeting.meeting_id;
                self.note_meeting(token, primary, Ok(answer.meeting));
                let meeting = self.expected.alive(id).unwrap();
                meeting.settle(users, answer.attendees, answer.errors);
            }
            Err(error) => self.note_meeting(token, primary, Err(error)),
        }
    }

    fn note_meeting(
        &mut self,
        token: &'static str,
        primary: Option<MeetingId>,
        answer: Result<Meeting, ControlError>,
    ) {
        match (self.expected.create(token, primary), answer) {
            (Ok(None), Ok(made)) => {
                let named = made.primary_meeting_id.as_ref().map(|id| id.as_str().to_owned());
                assert_eq!(named, primary.map(|id| id.to_string()));
                self.expected.meetings.push(ExpectedMeeting::new(token, primary, made));
            }
            (expected, answer) => same(answer.map(Some), expected),
        }
    }

    /// Returns the meeting that a step means: one that is there, or, as often as each of these, one that is not.
    fn meeting(&self, pick: usize) -> MeetingId {
        let (living, ended) = (self.expected.living(), self.expected.ended());
        let at = pick % (self.expected.living().count() + 1);
        let meeting = living.chain(ended).nth(at);
        meeting.map_or(MeetingId::from_random(0), |meeting| meeting.meeting.meeting_id)
    }

    /// Returns the attendee that a step means, as with meetings.
    fn attendee(&self, meeting: MeetingId, pick: usize) -> AttendeeId {
        let mut meetings = self.expected.meetings.iter();
        let meeting = meetings.find(|known| known.meeting.meeting_id == meeting);
        let attendee = meeting.and_then(|meeting| {
            let removed = meeting.removed.iter().rev();
            meeting.attendees.iter().chain(removed).nth(pick % (meeting.attendees.len() + 1))
        });
        attendee.map_or(AttendeeId::from_random(0), |attendee| attendee.attendee_id)
    }
}

/// Fewer than elsewhere, because each step waits for the disk; `PROPTEST_CASES` asks for another number.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").map_or(100, |cases| cases.parse().unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), ..ProptestConfig::default() })]

    #[test]
    fn control_plane_does_as_the_model(steps in prop::collection::vec(step(), 1..100)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut model = Model::new().await;
            model.take(Step::Create(Wish::FIRST)).await;
            for step in steps {
                model.take(step).await;
                model.compare();
            }
        });
    }
}
