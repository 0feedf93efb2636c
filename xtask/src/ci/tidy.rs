//! `tidy`: house rules that no other tool checks, by reading the text of the repository.

mod leftover;
mod length;
mod link;
mod lock;
mod name;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

use super::Report;
use crate::command::{command, output};
use crate::journal::Journal;
use crate::workspace::Workspace;

/// A text file of the repository, by its path from the top.
struct Source {
    path: String,
    text: String,
}

impl Source {
    fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// Tells files that hold nothing but tests or benches.
    fn is_test(&self) -> bool {
        let inside = |folder: &str| self.path.contains(folder);
        self.path.ends_with("/tests.rs")
            || ["/tests/", "/e2e/", "/fuzz/", "benches/benches/"].into_iter().any(inside)
    }

    /// Counts the lines before the inline tests.
    fn production_lines(&self) -> usize {
        if self.is_test() {
            return 0;
        }
        self.text.lines().take_while(|line| !line.starts_with("#[cfg(test)]")).count()
    }

    /// Formats a finding at a line, counted from 1.
    fn at(&self, line: usize, what: &str) -> String {
        format!("{}:{line}: {what}", self.path)
    }
}

/// The files of the repository, and all paths that exist in it.
struct Tree {
    sources: Vec<Source>,
    paths: BTreeSet<String>,
}

impl Tree {
    fn new(sources: Vec<Source>) -> Self {
        let ancestors = |source: &Source| {
            Path::new(&source.path).ancestors().map(Path::to_path_buf).collect::<Vec<_>>()
        };
        let paths =
            sources.iter().flat_map(ancestors).map(|path| path.display().to_string()).collect();
        Self { sources, paths }
    }

    /// Reads what git tracks or would track. A file that is no text counts as an empty one.
    fn read(workspace: &Workspace) -> Result<Self> {
        let arguments = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
        let listed = output(command("git").args(arguments).current_dir(workspace.root()))
            .context("`git ls-files` failed: tidy wants a git checkout")?;
        let sources = listed
            .split('\0')
            .filter(|path| !path.is_empty() && workspace.path(path).is_file())
            .map(|path| {
                let text = String::from_utf8(fs::read(workspace.path(path))?).unwrap_or_default();
                Ok(Source { path: path.to_owned(), text })
            })
            .collect::<Result<_>>()?;
        Ok(Self::new(sources))
    }
}

pub(super) fn run(workspace: &Workspace, journal: &mut Journal) -> Result<Report> {
    let tree = Tree::read(workspace)?;
    let crates: Vec<_> = workspace
        .packages()
        .iter()
        .filter_map(|package| package.manifest_path.parent()?.strip_prefix(workspace.root()).ok())
        .map(ToString::to_string)
        .collect();
    let mut findings = link::check(&tree, &crates);
    for source in &tree.sources {
        findings.extend(length::check(source));
        findings.extend(leftover::check(source));
        findings.extend(lock::check(source));
        findings.extend(name::check(&source.path));
    }
    let long: Vec<_> = tree.sources.iter().filter(|source| length::is_long(source)).collect();
    for source in &long {
        journal.note(&source.at(1, &format!("{} lines, look again", source.production_lines())))?;
    }
    for finding in &findings {
        journal.note(finding)?;
    }
    if !findings.is_empty() {
        bail!("{} findings", findings.len());
    }
    let detail = match long.len() {
        0 => format!("{} files", tree.sources.len()),
        long => format!("{} files, {long} to look at again for their length", tree.sources.len()),
    };
    Ok(Report { detail, ..Report::default() })
}
