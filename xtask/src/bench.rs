//! `cargo xtask bench`: the benchmarks and their medians, as the tables of docs/performance.md want them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::SystemTime;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::clock;
use crate::command::cargo;
use crate::journal::Journal;
use crate::workspace::Workspace;

/// The flags of `cargo xtask bench`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// One benchmark file of `benches/benches`, without `.rs`; all of them when absent
    name: Option<String>,
}

/// A median with its 95 % confidence interval, in nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Median {
    point: f64,
    lower: f64,
    upper: f64,
}

/// Runs the benchmarks and prints the medians of those that ran.
pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> Result<()> {
    let started = clock::wall();
    let mut bench = cargo();
    bench.args(["bench", "--package", "carillon-benches"]).current_dir(workspace.root());
    match &arguments.name {
        Some(name) => bench.args(["--bench", name]),
        None => bench.arg("--benches"),
    };
    Journal::Terminal.run(&mut bench)?;

    let folder = workspace.target("criterion");
    let mut medians = BTreeMap::new();
    collect(&folder, &folder, started, &mut medians)?;
    ensure!(!medians.is_empty(), "no benchmark left an estimate in {}", folder.display());
    println!("| bench | median | 95 % interval |\n|---|--:|--:|");
    for (name, Median { point, lower, upper }) in medians {
        println!("| {name} | {} | {} to {} |", span(point), span(lower), span(upper));
    }
    Ok(())
}

/// Finds the `new/estimates.json` files written since `started`, named by the folders above them.
fn collect(
    top: &Path,
    folder: &Path,
    started: SystemTime,
    medians: &mut BTreeMap<String, Median>,
) -> Result<()> {
    let estimates = folder.join("new/estimates.json");
    if fs::metadata(&estimates)
        .and_then(|metadata| metadata.modified())
        .is_ok_and(|time| time >= started)
    {
        let name = folder.strip_prefix(top)?.display().to_string();
        let text = fs::read_to_string(&estimates)?;
        let median =
            median(&text).with_context(|| format!("cannot read {}", estimates.display()))?;
        medians.insert(name, median);
    }
    for entry in
        fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?
    {
        let path = entry?.path();
        if path.is_dir() {
            collect(top, &path, started, medians)?;
        }
    }
    Ok(())
}

fn median(estimates: &str) -> Option<Median> {
    let estimates: Value = serde_json::from_str(estimates).ok()?;
    let median = estimates.get("median")?;
    let interval = median.get("confidence_interval")?;
    Some(Median {
        point: median.get("point_estimate")?.as_f64()?,
        lower: interval.get("lower_bound")?.as_f64()?,
        upper: interval.get("upper_bound")?.as_f64()?,
    })
}

fn span(nanoseconds: f64) -> String {
    const UNITS: [(f64, &str); 3] = [(1e9, "s"), (1e6, "ms"), (1e3, "µs")];
    let unit = UNITS.into_iter().find(|(size, _)| nanoseconds >= *size);
    let (size, name) = unit.unwrap_or((1.0, "ns"));
    format!("{:.2} {name}", nanoseconds / size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn median_is_read_with_its_interval() {
        let text = r#"{"mean":{"point_estimate":9.0},
            "median":{"confidence_interval":{"lower_bound":1.5,"upper_bound":2.5},"point_estimate":2.0}}"#;
        assert_eq!(median(text), Some(Median { point: 2.0, lower: 1.5, upper: 2.5 }));
        assert_eq!(median("{}"), None);
    }

    #[test]
    fn span_takes_the_largest_unit_that_fits() {
        assert_eq!(span(283.0), "283.00 ns");
        assert_eq!(span(4_100.0), "4.10 µs");
        assert_eq!(span(2_600_000.0), "2.60 ms");
    }
}
