//! Conversations of the unmodified client, said again to the engine: what it answers is written down and may only change
//! on purpose.
//!
//! `crates/meeting/fixtures/conversations` holds for each scenario what the clients said (`.said`) and the conversation
//! that follows (`.txt`). `cargo xtask golden` tells how to renew them.

mod answer;
mod recording;
mod stage;
mod transcript;

use std::{env, fs, path::PathBuf};

use self::{
    recording::{Recording, parse_heard},
    stage::Stage,
    transcript::Transcript,
};

/// Set to `accept` to write what the engine says in place of what was written down.
const MODE: &str = "CARILLON_GOLDEN";

/// Names the folder with what the server said when the recordings were made, to compare with what is said again.
const HEARD: &str = "CARILLON_GOLDEN_HEARD";

macro_rules! scenarios {
    ($($test:ident: $file:literal),+ $(,)?) => {
        $(
            #[test]
            fn $test() {
                replay($file);
            }
        )+
    };
}

scenarios! {
    one_alone: "alone",
    one_without_a_microphone: "no-microphone",
    a_camera_on_and_off: "camera",
    two_with_a_picture: "pair",
    a_simulcast_picture: "simulcast",
    a_priority_policy: "priority",
    a_content_share: "content",
    muting: "mute",
    data_messages: "messages",
    a_socket_that_breaks: "reconnect",
}

fn replay(name: &str) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/conversations");
    let said = fs::read_to_string(folder.join(format!("{name}.said"))).unwrap();
    let recording = Recording::parse(&said);
    let transcript = Stage::play(&recording);
    let (written, expected) =
        (transcript.write(&recording.title), folder.join(format!("{name}.txt")));
    if env::var(MODE).is_ok_and(|mode| mode == "accept") {
        fs::write(expected, written).unwrap();
    } else {
        let expected = fs::read_to_string(expected).unwrap();
        assert!(
            expected == written,
            "the engine says something else; if that is meant: cargo xtask golden --accept\n{}",
            difference(&expected, &written)
        );
    }
    let heard = env::var(HEARD).map(|folder| PathBuf::from(folder).join(format!("{name}.heard")));
    // Not every scenario is recorded each time.
    if let Some(heard) = heard.ok().and_then(|file| fs::read_to_string(file).ok()) {
        compare_with_heard(&recording, &transcript, &heard);
    }
}

/// Holds what is said without a browser against what the server said to the browsers, socket by socket.
fn compare_with_heard(recording: &Recording, again: &Transcript, heard: &str) {
    let mut then = Transcript::new(recording);
    for (_, socket, step) in &recording.steps {
        if let recording::Step::Open(identity) = step {
            then.opened(*socket, *identity);
        }
    }
    for (socket, frame) in parse_heard(heard) {
        then.heard_unchecked(socket, &frame);
    }
    let (then, again) = (then.heard_by_socket(), again.heard_by_socket());
    for (socket, then) in &then {
        let sorted = |lines: &[&str]| {
            let mut lines: Vec<String> = lines.iter().map(|line| format!("{line}\n")).collect();
            lines.retain(|line| !line.starts_with("< closes"));
            lines.sort();
            lines.concat()
        };
        let again = again.get(socket).map(Vec::as_slice).unwrap_or_default();
        let (then, again) = (sorted(then), sorted(again));
        assert!(
            then == again,
            "socket {socket} heard something else then\n{}",
            difference(&then, &again)
        );
    }
}

/// The lines that only one of two texts has, each with its sign, and the common ones next to them.
fn difference(old: &str, new: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    // The lengths of the longest common tails.
    let mut common = vec![vec![0_usize; new.len() + 1]; old.len() + 1];
    for (i, before) in old.iter().enumerate().rev() {
        for (j, after) in new.iter().enumerate().rev() {
            common[i][j] = if before == after {
                common[i + 1][j + 1] + 1
            } else {
                common[i + 1][j].max(common[i][j + 1])
            };
        }
    }
    let (mut i, mut j, mut lines) = (0, 0, Vec::new());
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            lines.push((' ', old[i]));
            (i, j) = (i + 1, j + 1);
        } else if i < old.len() && (j == new.len() || common[i + 1][j] >= common[i][j + 1]) {
            lines.push(('-', old[i]));
            i += 1;
        } else {
            lines.push(('+', new[j]));
            j += 1;
        }
    }
    let is_near = |at: usize| {
        let around = at.saturating_sub(2)..(at + 3).min(lines.len());
        lines[around].iter().any(|(sign, _)| *sign != ' ')
    };
    let near = lines.iter().enumerate().filter(|(at, _)| is_near(*at));
    near.map(|(_, (sign, line))| format!("{sign} {line}\n")).collect()
}

#[test]
fn differences_show_what_changed_and_what_is_around() {
    let numbers = |changed: &str| format!("1\n2\n3\n{changed}\n5\n6\n7\n8");
    assert_eq!(difference(&numbers("4"), &numbers("x")), "  2\n  3\n- 4\n+ x\n  5\n  6\n");
    assert_eq!(difference("same", "same"), "");
}
