//! `layers`: dependencies point the way `docs/architecture.md` says.

mod manifest;

use std::fs;

use anyhow::{Result, bail};
use cargo_metadata::{Dependency, DependencyKind, Package};

use super::Report;
use crate::journal::Journal;
use crate::workspace::Workspace;

/// The layers, lowest first: a crate may use any crate of a lower layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Layer {
    Words,
    Engine,
    Shell,
    Product,
    /// Not part of the product: tests, benches, automation.
    Development,
}
use Layer::{Development, Engine, Product, Shell, Words};

/// A crate, its layer, and the crates of its own layer that it may use.
struct Rule {
    name: &'static str,
    layer: Layer,
    beside: &'static [&'static str],
}

const fn rule(name: &'static str, layer: Layer, beside: &'static [&'static str]) -> Rule {
    Rule { name, layer, beside }
}

const RULES: [Rule; 19] = [
    rule("carillon-types", Words, &[]),
    rule("carillon-frame", Words, &[]),
    rule("carillon-signaling", Engine, &[]),
    rule("carillon-rtp", Engine, &[]),
    rule("carillon-transport", Engine, &["carillon-rtp"]),
    rule("carillon-media", Engine, &["carillon-rtp"]),
    rule("carillon-mixer", Engine, &["carillon-media", "carillon-rtp"]),
    rule("carillon-sfu", Engine, &["carillon-rtp"]),
    rule(
        "carillon-meeting",
        Engine,
        &[
            "carillon-signaling",
            "carillon-transport",
            "carillon-mixer",
            "carillon-sfu",
            "carillon-rtp",
        ],
    ),
    rule("carillon-control", Engine, &[]),
    rule("carillon-devices", Shell, &[]),
    rule("carillon-control-api", Shell, &[]),
    rule("carillon-media-server", Shell, &[]),
    rule("carillon-server", Product, &[]),
    rule("carillon-facade", Product, &[]),
    rule("carillon-cli", Product, &["carillon-server", "carillon-facade"]),
    rule("carillon-testkit", Development, &[]),
    rule("carillon-benches", Development, &["carillon-testkit"]),
    rule("xtask", Development, &[]),
];

/// Crates of a lower layer that a crate still must not know.
const NEVER: [(&str, &[&str]); 3] = [
    (
        "carillon-facade",
        &[
            "carillon-transport",
            "carillon-mixer",
            "carillon-sfu",
            "carillon-meeting",
            "carillon-control",
            "carillon-control-api",
            "carillon-media-server",
        ],
    ),
    (
        "carillon-control-api",
        &[
            "carillon-signaling",
            "carillon-rtp",
            "carillon-transport",
            "carillon-media",
            "carillon-mixer",
            "carillon-sfu",
            "carillon-meeting",
        ],
    ),
    ("carillon-media-server", &["carillon-control"]),
];

/// The crate that only people use.
const PROGRAM: &str = "carillon-cli";

/// Third-party crates that reach for the outside world, which engines leave to their shells.
const OUTSIDE_WORLD: [&str; 6] = ["axum", "hyper", "libc", "reqwest", "socket2", "tokio"];

/// `control`'s store is async and owns the database.
const ASYNC_ENGINES: [(&str, &str); 1] = [("carillon-control", "tokio")];

pub(super) fn run(workspace: &Workspace, journal: &mut Journal) -> Result<Report> {
    let mut findings = Vec::new();
    for package in workspace.packages() {
        findings.extend(check_package(package));
        let text = fs::read_to_string(&package.manifest_path)?;
        for finding in manifest::check(&text)? {
            findings.push(format!("{}: {finding}", package.name));
        }
    }
    for finding in &findings {
        journal.note(finding)?;
    }
    if !findings.is_empty() {
        bail!("{} findings", findings.len());
    }
    Ok(Report { detail: format!("{} crates", workspace.packages().len()), ..Report::default() })
}

fn check_package(package: &Package) -> Vec<String> {
    let user = package.name.as_str();
    let mut findings = Vec::new();
    if find(user).is_none() {
        findings.push(format!("{user} has no rule in xtask/src/ci/layers.rs"));
    }
    for Dependency { name, kind, .. } in &package.dependencies {
        if name == PROGRAM {
            findings.push(format!("{user} -> {name}: nothing uses the program"));
        } else if *kind != DependencyKind::Development {
            findings.extend(objection(user, name));
        }
    }
    findings
}

fn find(name: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.name == name)
}

/// Says why `user` must not depend on `used`, or nothing when it may.
fn objection(user: &str, used: &str) -> Option<String> {
    let from = find(user)?;
    let Some(to) = find(used) else {
        let banned = from.layer <= Engine && OUTSIDE_WORLD.contains(&used);
        return (banned && !ASYNC_ENGINES.contains(&(user, used)))
            .then(|| format!("{user} -> {used}: words and engines never touch the outside world"));
    };
    if to.layer == Development && from.layer < Development {
        return Some(format!("{user} -> {used}: allowed among dev-dependencies only"));
    }
    if NEVER.iter().any(|(name, never)| *name == user && never.contains(&used)) {
        return Some(format!("{user} -> {used}: it must never know it"));
    }
    let allowed = to.layer < from.layer || from.beside.contains(&used);
    (!allowed).then(|| format!("{user} -> {used}: not an arrow of docs/architecture.md"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrows_point_down_or_along_the_list() {
        assert_eq!(objection("carillon-mixer", "carillon-frame"), None);
        assert_eq!(objection("carillon-mixer", "carillon-media"), None);
        assert!(objection("carillon-media", "carillon-mixer").is_some());
        assert!(objection("carillon-control-api", "carillon-media-server").is_some());
        assert!(objection("carillon-frame", "carillon-rtp").is_some());
    }

    #[test]
    fn testkit_is_for_tests_only() {
        assert!(objection("carillon-server", "carillon-testkit").is_some());
        assert_eq!(objection("carillon-benches", "carillon-testkit"), None);
        assert_eq!(objection("carillon-testkit", "carillon-server"), None);
    }

    #[test]
    fn client_and_server_do_not_know_each_other() {
        assert!(objection("carillon-facade", "carillon-meeting").is_some());
        assert!(objection("carillon-facade", "carillon-server").is_some());
        assert_eq!(objection("carillon-facade", "carillon-media"), None);
    }

    #[test]
    fn engines_stay_without_sockets_and_runtime() {
        assert!(objection("carillon-meeting", "tokio").is_some());
        assert_eq!(objection("carillon-control", "tokio"), None);
        assert!(objection("carillon-control", "axum").is_some());
        assert_eq!(objection("carillon-media-server", "tokio"), None);
    }
}
