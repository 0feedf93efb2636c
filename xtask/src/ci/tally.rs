//! Counting tests in the output of their runners.

use std::fmt;
use std::ops::Add;

/// How many tests passed and failed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) passed: usize,
    pub(super) failed: usize,
}

impl Tally {
    /// Adds up the summary lines of cargo, pytest and node in a log.
    pub(super) fn count(log: &str) -> Self {
        log.lines().map(Self::of_line).fold(Self::default(), Self::add)
    }

    fn of_line(line: &str) -> Self {
        let line = line.trim();
        if let Some(counts) = line.strip_prefix("test result: ") {
            return Self::of_counts(counts);
        }
        // node --test: `ℹ pass 3` for people, `# pass 3` for machines.
        if let Some(count) = line.strip_prefix("ℹ ").or_else(|| line.strip_prefix("# ")) {
            return match count.split_once(' ') {
                Some(("pass", number)) => Self { passed: number.parse().unwrap_or(0), failed: 0 },
                Some(("fail", number)) => Self { passed: 0, failed: number.parse().unwrap_or(0) },
                _ => Self::default(),
            };
        }
        // pytest: `1 failed, 3 passed in 0.12s`, between rules unless it is quiet.
        match line.trim_matches(['=', ' ']).rsplit_once(" in ") {
            Some((counts, time)) if is_seconds(time) => Self::of_counts(counts),
            _ => Self::default(),
        }
    }

    /// Reads `NUMBER WORD` pairs; an error in a fixture counts as a failed test, and a row of a table as a test.
    fn of_counts(counts: &str) -> Self {
        let mut tally = Self::default();
        let mut previous = "";
        for word in counts.split([' ', ',', ';', '.']).filter(|word| !word.is_empty()) {
            let number = previous.parse().unwrap_or(0);
            match word {
                "passed" => tally.passed += number,
                "failed" | "error" | "errors" => tally.failed += number,
                // `7 subtests passed`: rows of tables, which pytest counts among the failed when they fail.
                "subtest" | "subtests" => continue,
                _ => {}
            }
            previous = word;
        }
        tally
    }
}

/// Tells `0.12s` and `75.30s (0:01:15)` from the end of a sentence.
fn is_seconds(time: &str) -> bool {
    let number = time.split_once('s').map_or("", |(number, _)| number);
    number.parse::<f64>().is_ok()
}

impl Add for Tally {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { passed: self.passed + other.passed, failed: self.failed + other.failed }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_runner_is_counted() {
        let log = "\
running 3 tests
test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.10s
1 failed, 4 passed, 1 error in 3.20s
1 failed, 2 passed, 7 subtests passed in 0.16s
===== 2 passed in 0.01s =====
# pass 5
# fail 1
ℹ pass 6
ℹ fail 0";
        assert_eq!(Tally::count(log).to_string(), "30 passed, 6 failed");
    }

    #[test]
    fn prose_is_not_counted() {
        assert_eq!(Tally::count("2 passed by in 3 cars\n# a heading\nwe passed"), Tally::default());
    }
}
