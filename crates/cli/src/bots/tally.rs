//! How the bots do, counted.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use carillon_facade::frame::Bitrate;
use serde::Serialize;

use crate::clock::now;
use crate::figure::bitrate;

/// How one bot does.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact that is counted by itself")]
pub(crate) struct Standing {
    /// How long joining took.
    pub(crate) joined_in: Option<Duration>,
    pub(crate) is_in: bool,
    pub(crate) is_talking: bool,
    pub(crate) is_showing: bool,
    pub(crate) is_sharing: bool,
    pub(crate) has_heard: bool,
    pub(crate) has_seen: bool,
    pub(crate) was_told_to_leave: bool,
    pub(crate) up: Bitrate,
    pub(crate) down: Bitrate,
    /// Why it is not there any more.
    pub(crate) end: Option<&'static str>,
}

impl Standing {
    /// Whether it did not come, or left without being told to.
    const fn is_missing(&self) -> bool {
        self.joined_in.is_none() || (self.end.is_some() && !self.was_told_to_leave)
    }
}

/// All of them.
#[derive(Debug)]
pub(crate) struct Tally {
    since: Instant,
    bots: Mutex<Vec<Standing>>,
}

impl Tally {
    pub(crate) fn new(count: u32) -> Self {
        let bots = (0..count).map(|_| Standing::default()).collect();
        Self { since: now(), bots: Mutex::new(bots) }
    }

    /// Changes how one does.
    pub(crate) fn set(&self, number: u32, change: impl FnOnce(&mut Standing)) {
        let index = usize::try_from(number).unwrap_or(usize::MAX);
        if let Some(standing) = self.lock().get_mut(index) {
            change(standing);
        }
    }

    /// How many did not come or did not stay.
    pub(crate) fn missing(&self) -> usize {
        self.lock().iter().filter(|standing| standing.is_missing()).count()
    }

    /// Why those ended that have, in words.
    pub(crate) fn ends(&self) -> String {
        let ends = count_ends(&self.lock());
        let ends: Vec<_> = ends.into_iter().map(|(end, count)| format!("{count} {end}")).collect();
        ends.join(", ")
    }

    pub(crate) fn progress(&self, now: Instant) -> Progress {
        let bots = self.lock();
        let count = |is: fn(&Standing) -> bool| bots.iter().filter(|standing| is(standing)).count();
        let sum = |of: fn(&Standing) -> Bitrate| {
            bots.iter().map(of).fold(Bitrate::default(), Bitrate::saturating_add).bps()
        };
        let t_ms = now.saturating_duration_since(self.since).as_millis();
        Progress {
            t_ms: u64::try_from(t_ms).unwrap_or(u64::MAX),
            event: "progress",
            count: bots.len(),
            joined: count(|standing| standing.is_in),
            talking: count(|standing| standing.is_talking),
            showing: count(|standing| standing.is_in && standing.is_showing),
            sharing: count(|standing| standing.is_sharing),
            heard: count(|standing| standing.has_heard),
            saw: count(|standing| standing.has_seen),
            send_bps: sum(|standing| standing.up),
            receive_bps: sum(|standing| standing.down),
        }
    }

    pub(crate) fn summary(&self, meeting: &str) -> Summary {
        let bots = self.lock();
        let mut joins: Vec<_> = bots.iter().filter_map(|standing| standing.joined_in).collect();
        joins.sort_unstable();
        Summary {
            event: "summary",
            meeting: meeting.to_owned(),
            count: bots.len(),
            joined: joins.len(),
            lost: bots.iter().filter(|standing| standing.is_missing()).count(),
            heard: bots.iter().filter(|standing| standing.has_heard).count(),
            saw: bots.iter().filter(|standing| standing.has_seen).count(),
            join_ms: JoinTimes {
                p50: percentile(&joins, 50),
                p95: percentile(&joins, 95),
                max: percentile(&joins, 100),
            },
            ends: count_ends(&bots),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Standing>> {
        self.bots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn count_ends(bots: &[Standing]) -> BTreeMap<&'static str, usize> {
    let mut ends = BTreeMap::new();
    for standing in bots {
        *ends.entry(standing.end.unwrap_or("NoEnd")).or_default() += 1;
    }
    ends
}

/// The least time within which so many of a hundred joined, in milliseconds.
fn percentile(sorted: &[Duration], hundredths: usize) -> Option<f64> {
    let rank = sorted.len().saturating_mul(hundredths).div_ceil(100).max(1);
    let span = sorted.get(rank.saturating_sub(1))?;
    Some((span.as_secs_f64() * 10_000.0).round() / 10.0)
}

/// How they do at the moment.
#[derive(Debug, Serialize)]
pub(crate) struct Progress {
    t_ms: u64,
    event: &'static str,
    count: usize,
    joined: usize,
    talking: usize,
    showing: usize,
    sharing: usize,
    heard: usize,
    saw: usize,
    send_bps: u64,
    receive_bps: u64,
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { count, joined, talking, showing, sharing, send_bps, receive_bps, .. } = self;
        let (up, down) = (Bitrate::from_bps(*send_bps), Bitrate::from_bps(*receive_bps));
        write!(
            f,
            "{joined}/{count} joined  {talking} talking  {showing} showing  {sharing} sharing  {} out  {} in",
            bitrate(up),
            bitrate(down)
        )
    }
}

/// How it was.
#[derive(Debug, Serialize)]
pub(crate) struct Summary {
    event: &'static str,
    meeting: String,
    count: usize,
    joined: usize,
    lost: usize,
    heard: usize,
    saw: usize,
    join_ms: JoinTimes,
    ends: BTreeMap<&'static str, usize>,
}

/// How long joining took: for half of them, for 95 of a hundred, for all.
#[derive(Debug, Serialize)]
struct JoinTimes {
    p50: Option<f64>,
    p95: Option<f64>,
    max: Option<f64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally() -> Tally {
        let tally = Tally::new(4);
        for (number, millis) in [(0, 100), (1, 300), (2, 200)] {
            tally.set(number, |standing| {
                standing.joined_in = Some(Duration::from_millis(millis));
                standing.is_in = true;
                standing.up = Bitrate::from_kbps(700);
            });
        }
        tally
    }

    #[test]
    fn whoever_is_there_is_counted() {
        let tally = tally();
        tally.set(1, |standing| (standing.is_talking, standing.is_showing) = (true, true));
        let progress = tally.progress(tally.since);
        let expected = "3/4 joined  1 talking  1 showing  0 sharing  2.1 Mbit/s out  0 kbit/s in";
        assert_eq!(progress.to_string(), expected);
        let doc = include_str!("../../../../docs/join.md");
        let names = serde_json::to_value(&progress).unwrap();
        for name in names.as_object().unwrap().keys() {
            assert!(doc.contains(&format!("`{name}`")), "{name} is not described");
        }
    }

    #[test]
    fn whoever_did_not_come_or_did_not_stay_is_lost() {
        let tally = tally();
        tally.set(0, |standing| {
            (standing.end, standing.was_told_to_leave) = (Some("Left"), true);
        });
        tally.set(1, |standing| standing.end = Some("MeetingEnded"));
        assert_eq!(
            (tally.missing(), tally.ends()),
            (2, "1 Left, 1 MeetingEnded, 2 NoEnd".to_owned())
        );
        let summary = serde_json::to_string(&tally.summary("m")).unwrap();
        let expected = r#"{"event":"summary","meeting":"m","count":4,"joined":3,"lost":2,"heard":0,"saw":0,"join_ms":{"p50":200.0,"p95":300.0,"max":300.0},"ends":{"Left":1,"MeetingEnded":1,"NoEnd":2}}"#;
        assert_eq!(summary, expected);
        let doc = include_str!("../../../../docs/join.md");
        assert!(doc.contains(expected), "the example of the summary is another");
    }
}
