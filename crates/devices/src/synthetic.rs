//! Sound that is made up: for bots, tests, and machines without a sound card.

mod null_sink;
mod silence;
mod tone;

pub use null_sink::NullSink;
pub use silence::SilenceSource;
pub use tone::{Rhythm, ToneSource};
