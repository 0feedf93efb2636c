//! What a transcription engine goes through: its clients are told, and so is whoever watches the meeting.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Instant,
};

use carillon_frame::AudioFrame;
use carillon_meeting::{EngineRefusal, EngineReport, Transcriber, TranscriptionEngine};
use carillon_signaling::{
    Epoch, MessageSender, Transcript, TranscriptEvent, TranscriptionStatusKind as Kind,
};
use carillon_testkit::rig::{ClientId, Joining, MeetingRig};
use carillon_types::{EngineTranscribeSettings, TranscriptionConfiguration, TranscriptionTurn};

use crate::{millis, secs};

type Part = Result<VecDeque<EngineReport>, EngineRefusal>;

/// Plays one part after the other, each from a beginning to the next.
#[derive(Debug)]
struct Engine(Mutex<VecDeque<Part>>);

impl TranscriptionEngine for Engine {
    fn begin(
        &self,
        _: Epoch,
        _: &TranscriptionConfiguration,
    ) -> Result<Box<dyn Transcriber>, EngineRefusal> {
        let part = self.0.lock().unwrap().pop_front().expect("nobody begins so often")?;
        Ok(Box::new(Player(part)))
    }
}

/// Tells one thing whenever it is asked.
#[derive(Debug)]
struct Player(VecDeque<EngineReport>);

impl Transcriber for Player {
    fn hear(&mut self, _: Instant, _: &MessageSender, _: &AudioFrame) {}

    fn poll(&mut self, _: Instant) -> Vec<EngineReport> {
        self.0.pop_front().into_iter().collect()
    }
}

fn playing(parts: impl IntoIterator<Item = Part>, seed: u64) -> (MeetingRig, ClientId) {
    let engine = Engine(Mutex::new(parts.into_iter().collect()));
    let mut rig = MeetingRig::with(seed, |mut config| {
        config.transcription = Some(Arc::new(engine));
        config
    });
    let id = rig.join(Joining::of(0));
    rig.run(secs(1));
    (rig, id)
}

fn order() -> Option<Arc<TranscriptionConfiguration>> {
    let settings = EngineTranscribeSettings::default();
    Some(Arc::new(TranscriptionConfiguration::General(settings)))
}

/// The kinds and messages of all that a client was told.
fn statuses(rig: &MeetingRig, id: ClientId) -> Vec<(Kind, Option<&str>)> {
    rig.client(id).told.transcripts.iter().map(status).collect()
}

fn status(event: &TranscriptEvent) -> (Kind, Option<&str>) {
    match event {
        TranscriptEvent::Status(status) => (status.kind, status.message.as_deref()),
        TranscriptEvent::Transcript(_) => panic!("nothing was said"),
    }
}

#[test]
fn turns_of_an_engine_are_told_inside_and_outside_and_one_that_failed_is_asked_no_more() {
    let turns = [
        TranscriptionTurn::Interrupted("no line".to_owned()),
        TranscriptionTurn::Resumed,
        TranscriptionTurn::Failed("no memory".to_owned()),
    ];
    let said = EngineReport::Understood(Transcript::default());
    let part = turns.iter().cloned().map(EngineReport::Turned).chain([said]).collect();
    let (mut rig, id) = playing([Ok(part), Ok(VecDeque::new())], 1);
    rig.with_meeting(|meeting, now| meeting.transcribe(now, order()));
    assert!(rig.meeting.is_transcribed());
    rig.run(secs(1));
    assert_eq!(rig.turns, turns);
    assert!(!rig.meeting.is_transcribed());
    let mut told = vec![
        (Kind::Started, None),
        (Kind::Interrupted, Some("no line")),
        (Kind::Resumed, None),
        (Kind::Failed, Some("no memory")),
    ];
    assert_eq!(statuses(&rig, id), told);

    // Whoever starts it once more gets another attempt, and whoever stops it an end.
    rig.with_meeting(|meeting, now| meeting.transcribe(now, order()));
    rig.with_meeting(|meeting, now| meeting.transcribe(now, None));
    rig.run(millis(100));
    told.extend([(Kind::Started, None), (Kind::Stopped, None)]);
    assert_eq!(statuses(&rig, id), told);
    assert_eq!(rig.turns, turns);
}

#[test]
fn an_engine_that_refuses_is_asked_once_for_each_order_however_often_that_comes() {
    let refusal = || Err(EngineRefusal("no such language".to_owned()));
    let (mut rig, id) = playing([refusal(), refusal()], 2);
    let first = order();
    for order in [first.clone(), first.clone(), first, order()] {
        rig.with_meeting(|meeting, now| meeting.transcribe(now, order));
        rig.run(millis(100));
    }
    let failed = (Kind::Failed, Some("no such language"));
    assert_eq!(statuses(&rig, id), [failed, failed]);
    assert_eq!(rig.turns.len(), 2);
}
