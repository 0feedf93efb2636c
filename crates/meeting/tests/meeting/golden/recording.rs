//! What the unmodified client said in one scenario, as `crates/e2e/browser/rig/golden.js` wrote it down.

use std::{collections::BTreeMap, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use carillon_signaling::{Identity, Modality};
use carillon_types::AttendeeId;

use crate::millis;

/// A scenario as it was recorded.
#[derive(Debug)]
pub(super) struct Recording {
    /// The scenario in a sentence.
    pub(super) title: String,
    /// The attendees by what they are called.
    pub(super) attendees: BTreeMap<String, AttendeeId>,
    /// What happened, in order.
    pub(super) steps: Vec<(Duration, u64, Step)>,
}

/// What happened on one socket.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// It was opened.
    Open(Identity),
    /// The client said something.
    Say(Vec<u8>),
    /// It is gone.
    Close,
}

impl Recording {
    pub(super) fn parse(text: &str) -> Self {
        let title = text.lines().next().unwrap().trim_start_matches("# ").to_owned();
        let mut recording = Self { title, attendees: BTreeMap::new(), steps: Vec::new() };
        let mut lines = text.lines().filter(|line| !line.starts_with('#'));
        while let Some(line) = lines.next() {
            let words: Vec<&str> = line.split(' ').collect();
            if let ["attendee", name, id] = words[..] {
                recording.attendees.insert(name.to_owned(), id.parse().unwrap());
                continue;
            }
            let (at, socket) = (millis(words[0].parse().unwrap()), words[2].parse().unwrap());
            let step = match words[1] {
                "open" => Step::Open(recording.identity(words[3], words[4])),
                ">" => Step::Say(STANDARD.decode(lines.next().unwrap().trim()).unwrap()),
                "close" => Step::Close,
                other => panic!("{other} is no step of a recording"),
            };
            recording.steps.push((at, socket, step));
        }
        recording
    }

    fn identity(&self, name: &str, modality: &str) -> Identity {
        let modality = match modality {
            "main" => Modality::Main,
            "content" => Modality::Content,
            other => panic!("{other} is no modality"),
        };
        Identity { attendee: self.attendees[name], modality }
    }
}

/// What the server said when the recording was made: the socket and the frame.
pub(super) fn parse_heard(text: &str) -> Vec<(u64, Vec<u8>)> {
    let heard = text.lines().map(|line| line.split_once(' ').unwrap());
    heard
        .map(|(socket, frame)| (socket.parse().unwrap(), STANDARD.decode(frame).unwrap()))
        .collect()
}
