//! Who is there, how loud, and how well connected.

use carillon_facade::{Identity, Mute, SignalStrength};
use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Style, Stylize as _};
use ratatui::text::{Line, Span};

use super::screen::{boxed, write};
use super::state::{Person, State, is_content, shown_name};

/// Cells of a level bar, each of eight steps.
const BAR: u16 = 8;

/// Cells of the signal.
const SIGNAL: u16 = 3;

/// From this share of the loudest on a level is drawn as loud.
const LOUD: f32 = 0.8;

pub(super) fn draw(state: &State, area: Rect, buffer: &mut Buffer) {
    let inner = boxed("people", area, buffer);
    let mut roster = state.roster();
    let rows = usize::from(inner.height);
    let mut left_out = 0;
    if roster.len() > rows {
        // Whoever speaks is worth a row when there are too few.
        roster.sort_by_key(|(who, _)| !state.speakers.contains(who));
        let shown = rows.saturating_sub(1);
        left_out = roster.len().saturating_sub(shown);
        roster.truncate(shown);
    }
    for (row, (who, person)) in (0..inner.height).zip(&roster) {
        let strip = Rect { y: inner.y.saturating_add(row), height: 1, ..inner };
        draw_person(state, *who, person, strip, buffer);
    }
    if left_out > 0 {
        let line = Line::from(format!("  and {left_out} more").dark_gray());
        write(&line, inner, inner.height.saturating_sub(1), buffer);
    }
}

fn draw_person(state: &State, who: Identity, person: &Person, area: Rect, buffer: &mut Buffer) {
    let [mark, name, _, bar, _, signal] = Layout::horizontal([
        Constraint::Length(2),
        Constraint::Fill(1),
        Constraint::Length(1),
        Constraint::Length(BAR),
        Constraint::Length(1),
        Constraint::Length(SIGNAL),
    ])
    .areas(area);
    let speaks = state.speakers.contains(&who);
    if is_content(who) {
        let text = format!("└ what {} shares", shown_name(&person.name));
        return write(&Line::from(text.cyan()), name, 0, buffer);
    }
    if speaks {
        write(&Line::from("▶ ".green()), mark, 0, buffer);
    }
    let style = if speaks { Style::new().bold() } else { Style::new() };
    let mut line = Line::styled(shown_name(&person.name).to_owned(), style);
    if who.attendee == state.own {
        line.push_span(" (you)".dark_gray());
    }
    write(&line, name, 0, buffer);
    let level = match person.mute {
        Some(Mute::Muted) => Line::from("muted".red()),
        Some(Mute::Unmuted) | None => level_bar(person.volume),
    };
    write(&level, bar, 0, buffer);
    write(&signal_line(person.signal), signal, 0, buffer);
}

fn level_bar(volume: f32) -> Line<'static> {
    const EIGHTHS: [char; 8] = [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
    let steps = f32::from(BAR) * 8.0;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share of 64 steps is 0 to 64"
    )]
    let steps = (volume.clamp(0.0, 1.0) * steps).round() as usize;
    let mut bar = "█".repeat(steps / 8);
    bar.extend(EIGHTHS.get(steps % 8).filter(|c| **c != ' '));
    let colour = if volume >= LOUD { Color::Yellow } else { Color::Green };
    Line::from(Span::styled(bar, colour))
}

fn signal_line(signal: SignalStrength) -> Line<'static> {
    match signal {
        SignalStrength::Good => Line::from("▂▄▆".green()),
        SignalStrength::Weak => Line::from(vec!["▂▄".yellow(), "▆".dark_gray()]),
        SignalStrength::None => Line::from(" ✕ ".red()),
    }
}
