//! The one place of this crate that reads a clock.

use std::{
    fs,
    time::{Duration, Instant, SystemTime},
};

use carillon_control::{Boot, Moment};

/// What time it is, on the wall and for timers.
#[expect(clippy::disallowed_methods, reason = "the shell reads the clock so that engines need not")]
pub(crate) fn now() -> Moment {
    Moment { wall: SystemTime::now().into(), instant: Instant::now() }
}

/// Which run of the machine this is, where the system tells: Linux does, in two files.
pub(crate) fn boot() -> Option<Boot> {
    let id = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let uptime = fs::read_to_string("/proc/uptime").ok()?;
    let seconds = uptime.split_whitespace().next()?.parse().ok()?;
    let began = now().instant.checked_sub(Duration::try_from_secs_f64(seconds).ok()?)?;
    Some(Boot { id: Some(id.trim().to_owned()), began })
}
