//! A thread that owns meetings: it waits, feeds their engines, and performs what they ask for.

mod command;
mod hosted;
mod past_lives;
mod turn;

pub(crate) use command::{Command, SocketOrder, WorkerHandle};
pub(crate) use turn::Worker;
