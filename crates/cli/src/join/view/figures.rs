//! How the connection does, in figures.

use carillon_facade::MetricsReport;
use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Stylize as _;
use ratatui::text::{Line, Span};

use super::screen::{boxed, write};
use super::state::State;
use crate::figure::{bitrate, millis, percent};

/// Rows of figures in a wide terminal.
pub(super) const ROWS: u16 = 7;

/// Rows of figures in a narrow terminal.
pub(super) const NARROW_ROWS: u16 = 2;

/// What there is to say, in the order of its worth.
fn figures(report: &MetricsReport) -> [(&'static str, String); ROWS as usize] {
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "–".to_owned());
    [
        ("round trip", or_dash(report.current_round_trip_time.map(millis))),
        ("sound delay", millis(report.audio_speaker_delay)),
        ("loss in", percent(report.audio_packets_received_fraction_loss)),
        ("loss out", percent(report.audio_packets_sent_fraction_loss)),
        ("receiving", bitrate(report.downstream_bitrate)),
        ("sending", bitrate(report.upstream_bitrate)),
        ("path takes", or_dash(report.available_outgoing_bitrate.map(bitrate))),
    ]
}

pub(super) fn draw(state: &State, area: Rect, buffer: &mut Buffer) {
    let inner = boxed("connection", area, buffer);
    let report = state.figures.clone().unwrap_or_default();
    for (row, (what, figure)) in (0..).zip(figures(&report)) {
        let line = Line::from(vec![format!(" {what:<14}").dark_gray(), Span::raw(figure)]);
        write(&line, inner, row, buffer);
    }
}

pub(super) fn draw_narrow(state: &State, area: Rect, buffer: &mut Buffer) {
    let report = state.figures.clone().unwrap_or_default();
    let [trip, delay, loss_in, loss_out, receiving, sending, _] = figures(&report);
    let rows = [[trip, delay, ("in", receiving.1)], [loss_in, loss_out, ("out", sending.1)]];
    let columns = Layout::horizontal([Constraint::Fill(1); 3]).areas::<3>(area);
    for (row, figures) in (0..).zip(rows) {
        for (column, (what, figure)) in columns.into_iter().zip(figures) {
            let line = Line::from(vec![format!(" {what} ").dark_gray(), Span::raw(figure)]);
            write(&line, column, row, buffer);
        }
    }
}
