//! What a person or a script says to a participant: by lines, or by keys where there is a view.

use std::io::BufRead as _;

use ratatui::crossterm::event::{Event, read};
use tokio::sync::mpsc;

/// Lines or keys that wait: a script that writes more at once waits itself, and so does a terminal.
const WAITING: usize = 64;

/// One of them.
#[derive(Debug)]
pub(crate) enum Input {
    Line(String),
    Key(Event),
}

/// All that come.
#[derive(Debug)]
pub(crate) struct Inputs(mpsc::Receiver<Input>);

impl Inputs {
    /// The lines of standard input. Their end is no wish to leave.
    pub(crate) fn lines() -> Self {
        Self::read("commands", || {
            let mut lines = std::io::stdin().lock().lines();
            move || lines.next()?.ok().map(Input::Line)
        })
    }

    /// What is typed, and changes of the terminal.
    pub(crate) fn keys() -> Self {
        Self::read("keys", || || read().ok().map(Input::Key))
    }

    /// Reads on a thread that ends with the program.
    fn read<N>(name: &str, open: impl FnOnce() -> N + Send + 'static) -> Self
    where
        N: FnMut() -> Option<Input>,
    {
        let (sender, receiver) = mpsc::channel(WAITING);
        let reading = std::thread::Builder::new().name(name.to_owned()).spawn(move || {
            let mut next = open();
            while let Some(input) = next() {
                if sender.blocking_send(input).is_err() {
                    return;
                }
            }
        });
        if let Err(error) = reading {
            tracing::warn!(%error, "{name} are not read");
        }
        Self(receiver)
    }

    /// The next; never, once there is nothing more. Cancel-safe.
    pub(crate) async fn next(&mut self) -> Input {
        match self.0.recv().await {
            Some(input) => input,
            None => std::future::pending().await,
        }
    }
}
