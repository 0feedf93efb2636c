//! What the operating system says of this process.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use anyhow::Context as _;
use carillon_testkit::alloc::held_by_process;
use tokio::runtime::Handle;

/// What a process holds at a moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Holdings {
    /// Memory that is mapped in, in KiB.
    pub(crate) resident: i64,
    /// What of it Rust allocated and has not given back; codecs in C are not in it.
    pub(crate) heap: i64,
    pub(crate) threads: i64,
    /// Open files, sockets among them.
    pub(crate) files: i64,
    /// Tasks of the runtime.
    pub(crate) tasks: i64,
}

impl Holdings {
    pub(crate) fn now() -> anyhow::Result<Self> {
        let status = fs::read_to_string("/proc/self/status")?;
        let count = |field: &str| -> anyhow::Result<i64> {
            let line = status.lines().find_map(|line| line.strip_prefix(field));
            let word = line.and_then(|line| line.split_whitespace().next());
            Ok(word.with_context(|| format!("no {field} in /proc/self/status"))?.parse()?)
        };
        Ok(Self {
            resident: count("VmRSS:")?,
            heap: held_by_process() / 1_024,
            threads: count("Threads:")?,
            files: i64::try_from(fs::read_dir("/proc/self/fd")?.count())?,
            tasks: i64::try_from(Handle::current().metrics().num_alive_tasks())?,
        })
    }
}

impl std::fmt::Display for Holdings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { resident, heap, threads, files, tasks } = self;
        write!(
            f,
            "{resident} KiB resident, {heap} KiB of heap, {threads} threads, {files} files, {tasks} tasks"
        )
    }
}

/// The unit of times in `/proc`, whatever the kernel counts in (man 5 proc).
const CLOCK_TICK: Duration = Duration::from_millis(10);

/// How much time the processors spent on each thread that lives, by name; threads of one name are one.
pub(crate) fn cpu_of_threads() -> anyhow::Result<BTreeMap<String, Duration>> {
    let mut spent = BTreeMap::new();
    for entry in fs::read_dir("/proc/self/task")? {
        let Ok(stat) = fs::read_to_string(entry?.path().join("stat")) else { continue };
        let (name, time) = parse_stat(&stat).context("/proc/self/task/*/stat is not as known")?;
        let sum: &mut Duration = spent.entry(name).or_default();
        *sum = sum.saturating_add(time);
    }
    Ok(spent)
}

/// How much time the processors spent on this process, dead threads included.
pub(crate) fn cpu() -> anyhow::Result<Duration> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    Ok(parse_stat(&stat).context("/proc/self/stat is not as known")?.1)
}

/// Name and time of a line of `stat`, whose second field is a name in brackets that may hold anything.
fn parse_stat(stat: &str) -> Option<(String, Duration)> {
    let (before, after) = stat.rsplit_once(')')?;
    let (_, name) = before.split_once('(')?;
    // Fields 14 and 15 are the times in user and kernel mode; the third is the first behind the name.
    let mut times = after.split_whitespace().skip(11).map_while(|word| word.parse::<u32>().ok());
    let ticks = times.next()?.saturating_add(times.next()?);
    Some((name.to_owned(), CLOCK_TICK.saturating_mul(ticks)))
}
