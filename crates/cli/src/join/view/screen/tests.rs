use carillon_facade::frame::{Bitrate, VideoSize};
use carillon_facade::media::pattern::{Hue, TestPattern};
use carillon_facade::{MetricsReport, PauseState, SessionEvent, VideoTileState};
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::super::painter::Palette;
use super::super::state::tests::{content, message, state, tile, volume, who};
use super::*;

/// The screen of that size, as lines.
fn screen(state: &State, pictures: &Pictures, width: u16, height: u16) -> (Vec<String>, Buffer) {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    let mut painter = Painter::new(Palette::True);
    terminal.draw(|frame| draw(frame, state, pictures, &mut painter)).unwrap();
    let buffer = terminal.backend().buffer().clone();
    let rows = buffer.content().chunks(width.into());
    let lines = rows.map(|row| row.iter().map(|cell| cell.symbol()).collect::<String>());
    let lines: Vec<String> = lines.map(|line| line.trim_end().to_owned()).collect();
    (lines, buffer)
}

/// Three people, of whom one speaks and shows green, one is muted and shares, and one is oneself.
fn meeting() -> (State, Pictures) {
    let mut state = state();
    let people = [who(1, "Ada#k3v9"), who(2, "Bob#x"), who(3, "Cleo"), content(3, "Cleo")];
    let mut events: Vec<SessionEvent> =
        people.into_iter().map(SessionEvent::AttendeeJoined).collect();
    let mut report = MetricsReport::default();
    report.current_round_trip_time = Some(std::time::Duration::from_millis(12));
    report.downstream_bitrate = Bitrate::from_kbps(1_250);
    report.audio_packets_received_fraction_loss = 0.02;
    let size = Some(VideoSize::new(640, 360));
    events.extend([
        SessionEvent::Started,
        volume(who(2, "Bob#x"), 0.5, Mute::Unmuted),
        volume(who(3, "Cleo"), 0.0, Mute::Muted),
        SessionEvent::ActiveSpeakersChanged(vec![who(2, "Bob#x")]),
        SessionEvent::TileUpdated(VideoTileState { size, ..tile(1, who(2, "Bob#x")) }),
        SessionEvent::TileUpdated(tile(2, content(3, "Cleo"))),
        SessionEvent::Metrics(Box::new(report)),
        message("chat", "shall we begin?", who(2, "Bob#x")),
    ]);
    events.iter().for_each(|event| state.handle_event(event));
    let picture = TestPattern::new(VideoSize::new(640, 360), Hue::new(120)).unwrap().draw();
    (state, Pictures::from([(TileId(1), picture)]))
}

fn has(lines: &[String], text: &str) -> bool {
    lines.iter().any(|line| line.contains(text))
}

#[test]
fn wide_and_narrow_terminals_tell_who_is_there_and_what_is_said() {
    let (state, pictures) = meeting();
    for (width, height) in [(120, 36), (60, 40)] {
        let (lines, buffer) = screen(&state, &pictures, width, height);
        let shown = lines.join("\n");
        assert!(lines[0].starts_with(" Carillon monday  3 people"), "{shown}");
        assert!(lines[0].ends_with("● connected"), "{shown}");
        assert!(has(&lines, "Ada (you)"), "{shown}");
        let bob = lines.iter().find(|line| line.contains("▶ Bob")).expect(&shown);
        assert!(bob.contains("████ ") && bob.contains("▂▄▆"), "{shown}");
        let cleo = lines.iter().find(|line| line.contains("  Cleo ")).expect(&shown);
        assert!(cleo.contains("muted"), "{shown}");
        assert!(has(&lines, "└ what Cleo shares") && has(&lines, "Cleo shares"), "{shown}");
        assert!(has(&lines, "Bob: shall we begin?"), "{shown}");
        assert!(
            has(&lines, "12 ms") && has(&lines, "1.2 Mbit/s") && has(&lines, "2.0 %"),
            "{shown}"
        );
        assert!(has(&lines, "▶ Bob  640x360"), "{shown}");
        assert!(lines.last().unwrap().contains("q leave  ? help  m mute"), "{shown}");
        let greens = buffer.content().iter().filter(|cell| {
            cell.symbol() == "▀" && matches!(cell.bg, Color::Rgb(0..120, 150.., 0..120))
        });
        assert!(greens.count() > 80, "{shown}");
    }
}

#[test]
fn any_size_of_terminal_is_drawn_without_a_panic() {
    let (mut state, pictures) = meeting();
    for mode in [Mode::Meeting, Mode::Help, Mode::Chat("a line".to_owned())] {
        state.mode = mode;
        for width in [1, 2, 5, 12, 40, 95, 96, 97, 300] {
            for height in [1, 2, 3, 7, 12, 24, 100] {
                screen(&state, &pictures, width, height);
            }
        }
    }
}

#[test]
fn names_and_messages_of_others_cannot_steer_the_terminal() {
    let (mut state, pictures) = meeting();
    state.handle_event(&SessionEvent::AttendeeJoined(who(9, "Mal\u{1b}[2Jory\n\r")));
    state.handle_event(&message("chat", "\u{1b}]0;title\u{7}boo", who(9, "Mal\u{1b}[2Jory\n\r")));
    let (lines, buffer) = screen(&state, &pictures, 100, 40);
    assert!(has(&lines, "]0;titleboo"), "{}", lines.join("\n"));
    assert!(buffer.content().iter().all(|cell| !cell.symbol().contains(char::is_control)));
}

#[test]
fn too_many_people_and_tiles_are_counted_and_whoever_speaks_is_shown() {
    let (mut state, pictures) = meeting();
    for number in 10..60_u32 {
        let name = format!("Person {number}");
        state.handle_event(&SessionEvent::AttendeeJoined(who(number.into(), &name)));
        state.handle_event(&SessionEvent::TileUpdated(tile(number, who(number.into(), &name))));
    }
    state.handle_event(&SessionEvent::ActiveSpeakersChanged(vec![who(59, "Person 59")]));
    let (lines, _) = screen(&state, &pictures, 60, 30);
    let shown = lines.join("\n");
    assert!(has(&lines, "▶ Person 59"), "{shown}");
    assert!(has(&lines, "and 50 more"), "{shown}");
    assert!(has(&lines, "videos, ") && has(&lines, "53 people"), "{shown}");
}

#[test]
fn a_paused_tile_says_so() {
    let (mut state, pictures) = meeting();
    let pause_state = PauseState::PausedForPoorConnection;
    let paused = VideoTileState { pause_state, ..tile(1, who(2, "Bob#x")) };
    state.handle_event(&SessionEvent::TileUpdated(paused));
    let (lines, _) = screen(&state, &pictures, 120, 36);
    assert!(has(&lines, "too much for the connection"), "{}", lines.join("\n"));
}

#[test]
fn the_last_line_shows_what_is_written_or_what_went_wrong_or_the_keys() {
    let (mut state, pictures) = meeting();
    let last = |state: &State| screen(state, &pictures, 60, 30).0.last().unwrap().clone();
    state.share = Share::On;
    state.mute = Mute::Muted;
    assert!(last(&state).contains("m unmute") && last(&state).contains("p pause"));
    state.note("the camera is broken");
    assert_eq!(last(&state), " the camera is broken");
    state.mode = Mode::Chat(format!("{} end of it", "long ".repeat(40)));
    assert!(last(&state).ends_with("end of it▏"), "{}", last(&state));
    state.mode = Mode::Help;
    let (lines, _) = screen(&state, &pictures, 60, 30);
    assert!(has(&lines, "keys") && has(&lines, "leave the meeting"));
}
