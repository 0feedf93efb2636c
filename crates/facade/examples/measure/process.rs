//! What the operating system says of this process.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use carillon_testkit::alloc::held_by_process;
use carillon_testkit::process::{self, status};
use tokio::runtime::Handle;

/// The folder of this process.
const SELF: &str = "/proc/self";

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
        let count = |field| status(SELF, field);
        Ok(Self {
            resident: count("VmRSS:")?,
            heap: held_by_process() / 1_024,
            threads: count("Threads:")?,
            files: i64::try_from(fs::read_dir(format!("{SELF}/fd"))?.count())?,
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

/// How much time the processors spent on each thread that lives, by name; threads of one name are one.
pub(crate) fn cpu_of_threads() -> anyhow::Result<BTreeMap<String, Duration>> {
    let mut spent = BTreeMap::new();
    for entry in fs::read_dir(format!("{SELF}/task"))? {
        let Ok((name, time)) = process::cpu(&entry?.path().to_string_lossy()) else { continue };
        let sum: &mut Duration = spent.entry(name).or_default();
        *sum = sum.saturating_add(time);
    }
    Ok(spent)
}

/// How much time the processors spent on this process, dead threads included.
pub(crate) fn cpu() -> anyhow::Result<Duration> {
    Ok(process::cpu(SELF)?.1)
}
