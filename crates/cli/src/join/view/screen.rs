//! The whole screen: what goes where, in wide and in narrow terminals.

use std::collections::BTreeMap;
use std::sync::Arc;

use carillon_facade::frame::Picture;
use carillon_facade::{ConnectionHealth, Mute, TileId};
use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Style, Stylize as _};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear, Widget as _};

use super::keys::KEYS;
use super::painter::Painter;
use super::state::{Mode, Phase, Said, Share, State};
use super::{figures, roster, tiles};

/// The pictures that tiles show at the moment.
pub(crate) type Pictures = BTreeMap<TileId, Arc<Picture>>;

/// From so many columns on people stand beside the tiles and not above them.
const WIDE: u16 = 96;

/// Columns of the people beside the tiles.
const SIDE: u16 = 36;

/// Rows of messages, with their border.
const MESSAGES: u16 = 6;

/// Draws everything.
pub(crate) fn draw(
    frame: &mut Frame<'_>,
    state: &State,
    pictures: &Pictures,
    painter: &mut Painter,
) {
    let area = frame.area();
    let buffer = frame.buffer_mut();
    let [head, middle, foot] =
        Layout::vertical([Constraint::Length(1), Constraint::Fill(1), Constraint::Length(1)])
            .areas(area);
    draw_head(state, head, buffer);
    if area.width >= WIDE {
        let [side, main] =
            Layout::horizontal([Constraint::Length(SIDE), Constraint::Fill(1)]).areas(middle);
        let rows = figures::ROWS.saturating_add(2);
        let [people, numbers] =
            Layout::vertical([Constraint::Fill(1), Constraint::Length(rows)]).areas(side);
        let [video, said] =
            Layout::vertical([Constraint::Fill(1), Constraint::Length(MESSAGES)]).areas(main);
        roster::draw(state, people, buffer);
        figures::draw(state, numbers, buffer);
        tiles::draw(state, pictures, painter, video, buffer);
        draw_messages(state, said, buffer);
    } else {
        let people_rows = u16::try_from(state.people.len()).unwrap_or(u16::MAX).saturating_add(2);
        let [people, video, numbers, said] = Layout::vertical([
            Constraint::Length(people_rows.clamp(3, (middle.height / 4).max(3))),
            Constraint::Fill(1),
            Constraint::Length(figures::NARROW_ROWS),
            Constraint::Length(MESSAGES.min(middle.height / 5)),
        ])
        .areas(middle);
        roster::draw(state, people, buffer);
        tiles::draw(state, pictures, painter, video, buffer);
        figures::draw_narrow(state, numbers, buffer);
        draw_messages(state, said, buffer);
    }
    draw_foot(state, foot, buffer);
    if state.mode == Mode::Help {
        draw_help(middle, buffer);
    }
}

/// Writes a line into a row of the area, and no further.
pub(super) fn write(line: &Line<'_>, area: Rect, row: u16, buffer: &mut Buffer) {
    let area = area.intersection(buffer.area);
    let y = area.y.saturating_add(row);
    if y < area.bottom() {
        buffer.set_line(area.x, y, line, area.width);
    }
}

/// Draws a frame with a title; gives what is inside.
pub(super) fn boxed(title: &str, area: Rect, buffer: &mut Buffer) -> Rect {
    let block = Block::bordered()
        .border_style(Style::new().dark_gray())
        .title(Span::styled(format!(" {title} "), Style::new().bold()));
    let inner = block.inner(area);
    block.render(area, buffer);
    inner
}

fn draw_head(state: &State, area: Rect, buffer: &mut Buffer) {
    let (word, colour) = match (state.phase, state.health) {
        (Phase::Connecting, _) => ("connecting", Color::Yellow),
        (Phase::Reconnecting, _) => ("connecting again", Color::Yellow),
        (Phase::Leaving, _) => ("leaving", Color::Yellow),
        (Phase::Connected, ConnectionHealth::Good) => ("connected", Color::Green),
        (Phase::Connected, ConnectionHealth::Poor | ConnectionHealth::SuggestStopVideo) => {
            ("poor connection", Color::Red)
        }
    };
    let people = state.people.keys().filter(|who| !super::state::is_content(**who)).count();
    let people = if people == 1 { "1 person".to_owned() } else { format!("{people} people") };
    let right = Line::from(vec![Span::styled("● ", colour), Span::raw(word), Span::raw(" ")]);
    let width = u16::try_from(right.width()).unwrap_or(u16::MAX).min(area.width);
    let [left_area, right_area] =
        Layout::horizontal([Constraint::Fill(1), Constraint::Length(width)]).areas(area);
    let left = Line::from(vec![
        " Carillon ".bold(),
        Span::raw(format!("{}  ", state.meeting)),
        Span::styled(people, Style::new().dark_gray()),
    ]);
    write(&left, left_area, 0, buffer);
    write(&right, right_area, 0, buffer);
}

fn draw_messages(state: &State, area: Rect, buffer: &mut Buffer) {
    if area.height < 3 {
        return;
    }
    let inner = boxed("messages", area, buffer);
    let skipped = state.messages.len().saturating_sub(inner.height.into());
    for (row, Said { by, text }) in (0..inner.height).zip(state.messages.iter().skip(skipped)) {
        let line = Line::from(vec![format!("{by}: ").bold(), Span::raw(text)]);
        write(&line, inner, row, buffer);
    }
}

fn draw_foot(state: &State, area: Rect, buffer: &mut Buffer) {
    if let Mode::Chat(text) = &state.mode {
        return draw_chat(text, area, buffer);
    }
    if let Some(notice) = &state.notice {
        return write(&Line::from(format!(" {notice}").yellow()), area, 0, buffer);
    }
    // What a narrow terminal cuts off is in the help.
    let mut words = vec![
        ("q", "leave"),
        ("?", "help"),
        ("m", if state.mute == Mute::Muted { "unmute" } else { "mute" }),
        ("v", if state.has_camera() { "camera off" } else { "camera" }),
        ("s", if state.share == Share::Off { "share" } else { "end share" }),
    ];
    match state.share {
        Share::Off => {}
        Share::On => words.push(("p", "pause")),
        Share::Paused => words.push(("p", "go on")),
    }
    words.push(("c", "chat"));
    let mut line = Line::from(" ");
    for (key, word) in words {
        line.push_span(key.bold().cyan());
        line.push_span(format!(" {word}  "));
    }
    write(&line, area, 0, buffer);
}

/// The end of a long line is what its writer looks at.
fn draw_chat(text: &str, area: Rect, buffer: &mut Buffer) {
    const PROMPT: &str = " say: ";
    const HINT: &str = "  Enter sends, Esc does not";
    let room = usize::from(area.width).saturating_sub(PROMPT.len() + 1);
    let mut shown = text;
    while Span::raw(shown).width() > room {
        let mut rest = shown.chars();
        rest.next();
        shown = rest.as_str();
    }
    let mut line = Line::from(vec![PROMPT.bold(), Span::raw(shown), "▏".yellow()]);
    line.push_span(HINT.dark_gray());
    write(&line, area, 0, buffer);
}

fn draw_help(area: Rect, buffer: &mut Buffer) {
    let height = u16::try_from(KEYS.len()).unwrap_or(u16::MAX).saturating_add(2);
    let [row] = Layout::vertical([Constraint::Length(height)])
        .flex(ratatui::layout::Flex::Center)
        .areas(area);
    let [area] =
        Layout::horizontal([Constraint::Length(40)]).flex(ratatui::layout::Flex::Center).areas(row);
    Clear.render(area, buffer);
    let inner = boxed("keys", area, buffer);
    for (row, (key, does)) in (0..inner.height).zip(KEYS) {
        let line = Line::from(vec![format!(" {key} ").reversed(), Span::raw(format!("  {does}"))]);
        write(&line, inner, row, buffer);
    }
}

#[cfg(test)]
mod tests;
