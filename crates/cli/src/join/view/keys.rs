//! What a key does.

use std::mem;

use carillon_facade::Mute;
use ratatui::crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::state::{CHAT, Mode, Phase, Share, State};
use crate::join::command::Wish;

/// What one data message carries (`carillon_facade::SendDataError::TooLong`): a longer line is not written on.
const MOST_OCTETS: usize = 2_048;

/// Every key of a meeting, what it does, and the word for it on the last line.
pub(super) const KEYS: [(&str, &str); 7] = [
    ("m", "mute or unmute"),
    ("v", "turn the camera on or off"),
    ("s", "share, or stop sharing"),
    ("p", "pause what is shared, or go on"),
    ("c", "write a line to everybody"),
    ("?", "show or hide the keys"),
    ("q", "leave the meeting"),
];

impl State {
    /// Takes a key; gives what the person wishes.
    pub(crate) fn handle_terminal(&mut self, event: &Event) -> Option<Wish> {
        if let Event::Paste(text) = event
            && let Mode::Chat(line) = &mut self.mode
        {
            text.chars().for_each(|c| push(line, c));
        }
        let key = event.as_key_event().filter(|key| key.kind != KeyEventKind::Release)?;
        self.handle_key(key)
    }

    fn handle_key(&mut self, key: KeyEvent) -> Option<Wish> {
        self.notice = None;
        if key.modifiers.contains(KeyModifiers::CONTROL) {
            return (key.code == KeyCode::Char('c')).then(|| self.leave());
        }
        match mem::replace(&mut self.mode, Mode::Meeting) {
            Mode::Chat(line) => self.write(line, key.code),
            // Any key hides the help.
            Mode::Help => None,
            Mode::Meeting => self.wish(key.code),
        }
    }

    fn wish(&mut self, key: KeyCode) -> Option<Wish> {
        let KeyCode::Char(key) = key else { return None };
        Some(match key {
            'm' => match self.mute {
                Mute::Muted => Wish::Unmute,
                Mute::Unmuted => Wish::Mute,
            },
            'v' if self.has_camera() => Wish::CameraOff,
            'v' => Wish::CameraOn,
            's' => match self.share {
                Share::Off => Wish::ShareOn,
                Share::On | Share::Paused => Wish::ShareOff,
            },
            'p' => match self.share {
                Share::Off => return None,
                Share::On => Wish::SharePause,
                Share::Paused => Wish::ShareResume,
            },
            'q' => self.leave(),
            'c' => {
                self.mode = Mode::Chat(String::new());
                return None;
            }
            '?' | 'h' => {
                self.mode = Mode::Help;
                return None;
            }
            _ => return None,
        })
    }

    fn write(&mut self, mut line: String, key: KeyCode) -> Option<Wish> {
        if key == KeyCode::Esc || (key == KeyCode::Enter && line.trim().is_empty()) {
            return None;
        }
        if key == KeyCode::Enter {
            return Some(Wish::Say { topic: CHAT.to_owned(), text: line });
        }
        if key == KeyCode::Backspace {
            line.pop();
        }
        if let KeyCode::Char(c) = key {
            push(&mut line, c);
        }
        self.mode = Mode::Chat(line);
        None
    }

    fn leave(&mut self) -> Wish {
        self.phase = Phase::Leaving;
        Wish::Leave
    }
}

fn push(line: &mut String, c: char) {
    if !c.is_control() && line.len().saturating_add(c.len_utf8()) <= MOST_OCTETS {
        line.push(c);
    }
}

#[cfg(test)]
mod tests {
    use super::super::state::tests::state;
    use super::*;

    fn press(state: &mut State, keys: &str) -> Vec<Wish> {
        let key = |c| match c {
            '\n' => KeyCode::Enter,
            '\u{8}' => KeyCode::Backspace,
            '\u{1b}' => KeyCode::Esc,
            c => KeyCode::Char(c),
        };
        let events = keys.chars().map(|c| Event::Key(KeyEvent::new(key(c), KeyModifiers::NONE)));
        events.filter_map(|event| state.handle_terminal(&event)).collect()
    }

    #[test]
    fn a_key_wishes_the_opposite_of_what_is() {
        let mut state = state();
        assert_eq!(press(&mut state, "mvsp"), [Wish::Mute, Wish::CameraOn, Wish::ShareOn]);
        state.mute = Mute::Muted;
        state.share = Share::Paused;
        let wishes = press(&mut state, "msp");
        assert_eq!(wishes, [Wish::Unmute, Wish::ShareOff, Wish::ShareResume]);
    }

    #[test]
    fn a_line_is_written_mended_and_sent_and_escape_forgets_it() {
        let mut state = state();
        let said = Wish::Say { topic: "chat".to_owned(), text: "mute q?".to_owned() };
        assert_eq!(press(&mut state, "cmuteX\u{8} q?\n"), [said]);
        assert_eq!(press(&mut state, "chello\u{1b}\nc \n"), []);
        assert_eq!(state.mode, Mode::Meeting);
        press(&mut state, "c");
        press(&mut state, &"ä".repeat(2_000));
        assert!(matches!(&state.mode, Mode::Chat(line) if line.len() == 2_048));
    }

    #[test]
    fn q_and_control_c_leave_even_out_of_a_line() {
        let control_c = Event::Key(KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL));
        let mut state = state();
        assert_eq!(press(&mut state, "q"), [Wish::Leave]);
        press(&mut state, "chalf a li");
        assert_eq!(state.handle_terminal(&control_c), Some(Wish::Leave));
        assert_eq!(state.phase, Phase::Leaving);
    }

    #[test]
    fn any_key_hides_the_help_and_does_nothing_else() {
        let mut state = state();
        assert_eq!(press(&mut state, "?q"), []);
        assert_eq!(state.mode, Mode::Meeting);
    }
}
