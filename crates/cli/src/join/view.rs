//! The meeting on a terminal: people, tiles, figures, messages, and keys.

mod figures;
mod keys;
mod painter;
mod roster;
mod screen;
mod state;
mod tiles;

use std::time::Duration;

use anyhow::Context as _;
use carillon_facade::MeetingSessionConfiguration;
use ratatui::DefaultTerminal;

use self::painter::{Painter, Palette};
pub(crate) use self::screen::Pictures;
pub(crate) use self::state::State;
use crate::telemetry::KeptLines;

/// Between two pictures of the screen: often enough for levels to move, and seldom enough for slow terminals.
pub(crate) const REDRAW: Duration = Duration::from_millis(100);

/// The terminal, given back when this is dropped, whatever the reason.
#[derive(Debug)]
pub(crate) struct View {
    pub(crate) state: State,
    terminal: DefaultTerminal,
    painter: Painter,
    log: KeptLines,
}

impl View {
    /// Takes the terminal; a panic gives it back before it is told.
    ///
    /// # Errors
    /// When standard output is no terminal that can be drawn on.
    pub(crate) fn open(
        configuration: &MeetingSessionConfiguration,
        log: KeptLines,
    ) -> anyhow::Result<Self> {
        let colours = std::env::var("COLORTERM").ok();
        let painter = Painter::new(Palette::of(colours.as_deref()));
        let terminal = ratatui::try_init();
        if terminal.is_err() {
            // Half of it may have been taken.
            give_back();
        }
        let terminal = terminal.context("cannot draw on this terminal: say --json")?;
        Ok(Self { state: State::new(configuration), terminal, painter, log })
    }

    /// Draws the state, and the pictures of its tiles.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub(crate) fn draw(&mut self, pictures: &Pictures) -> anyhow::Result<()> {
        if let Some(line) = self.log.take().pop_back() {
            self.state.note(line);
        }
        let Self { state, terminal, painter, .. } = self;
        let drawn = terminal.draw(|frame| screen::draw(frame, state, pictures, painter));
        drawn.context("cannot draw any more")?;
        Ok(())
    }
}

impl Drop for View {
    fn drop(&mut self) {
        give_back();
    }
}

fn give_back() {
    if let Err(error) = ratatui::try_restore() {
        tracing::warn!(%error, "the terminal may not be as it was: `reset` mends it");
    }
}
