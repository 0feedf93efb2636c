//! A client against a server, in virtual time, over links that fail in every way.

mod connecting;
mod ending;
mod hostile;
mod media;
mod moving;
mod rig;
