//! `cargo xtask setup`: what building and checking need and this machine lacks.
//!
//! Debian and Ubuntu packages are installed; what a package manager should not decide (Node.js, the Rust toolchain,
//! anything on another system) is named in one line instead.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};

use crate::command::{command, on_path, output};
use crate::journal::Journal;

/// What the machine is to be made ready for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Building and serving.
    Demo,
    /// Building, and every check.
    Ci,
}

/// Oldest Node.js whose test runner and bundler tools the browser suite and the page are written for.
const NODE_MAJOR: u32 = 20;

/// Names the browser to test with when it is not the first Chromium on `PATH`.
pub(crate) const CHROMIUM_VARIABLE: &str = "CARILLON_CHROMIUM";

/// A system package, and how to see without asking the package manager that it is not needed.
struct Package {
    name: &'static str,
    reason: &'static str,
    purpose: Purpose,
    present: fn() -> bool,
}

const PACKAGES: [Package; 13] = [
    Package {
        name: "cmake",
        reason: "builds the Opus codec",
        purpose: Purpose::Demo,
        present: || on_path("cmake").is_some(),
    },
    Package {
        name: "make",
        reason: "builds the Opus codec",
        purpose: Purpose::Demo,
        present: || on_path("make").is_some(),
    },
    Package {
        name: "g++",
        reason: "builds the H.264 codec",
        purpose: Purpose::Ci,
        present: || on_path("c++").is_some(),
    },
    Package {
        name: "nasm",
        reason: "makes the H.264 codec twice as fast",
        purpose: Purpose::Ci,
        present: || on_path("nasm").is_some(),
    },
    Package {
        name: "pkg-config",
        reason: "finds the sound library",
        purpose: Purpose::Ci,
        present: || on_path("pkg-config").is_some(),
    },
    Package {
        name: "libasound2-dev",
        reason: "connects microphones and speakers",
        purpose: Purpose::Ci,
        present: || output(command("pkg-config").args(["--exists", "alsa"])).is_some(),
    },
    Package {
        name: "pulseaudio",
        reason: "is the sound card of the device tests",
        purpose: Purpose::Ci,
        present: || on_path("pulseaudio").is_some(),
    },
    Package {
        name: "pulseaudio-utils",
        reason: "plugs and unplugs that sound card",
        purpose: Purpose::Ci,
        present: || on_path("pactl").is_some(),
    },
    Package {
        name: "openssl",
        reason: "issues the certificates of the TLS tests",
        purpose: Purpose::Ci,
        present: || on_path("openssl").is_some(),
    },
    Package {
        name: "xvfb",
        reason: "is the screen of the tests of windows and screens",
        purpose: Purpose::Ci,
        present: || on_path("Xvfb").is_some(),
    },
    Package {
        name: "libxcursor1",
        reason: "is what a window's library looks for",
        purpose: Purpose::Ci,
        present: || {
            let known = output(command("/sbin/ldconfig").arg("-p"));
            known.is_some_and(|known| known.contains("libXcursor.so.1"))
        },
    },
    Package {
        name: "python3-venv",
        reason: "runs the AWS SDK suite in an environment of its own",
        purpose: Purpose::Ci,
        present: || python().is_some(),
    },
    Package {
        name: "chromium",
        reason: "runs the browser suite",
        purpose: Purpose::Ci,
        present: || chromium().is_some(),
    },
];

/// Installs or names what is missing; does nothing, quickly, when nothing is.
///
/// # Errors
/// Each error says in one line what the person has to install.
pub(crate) fn run(purpose: Purpose, journal: &mut Journal) -> Result<()> {
    check_node()?;
    if purpose == Purpose::Ci {
        check_component("fmt", "rustfmt")?;
        check_component("clippy", "clippy")?;
    }
    let missing: Vec<_> = PACKAGES
        .iter()
        .filter(|p| (purpose == Purpose::Ci || p.purpose == purpose) && !(p.present)())
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    for package in &missing {
        journal.note(&format!("missing: {} ({})", package.name, package.reason))?;
    }
    let names: Vec<_> = missing.iter().map(|package| package.name).collect();
    install(&names, journal)?;
    let absent: Vec<_> = missing.iter().filter(|p| !(p.present)()).map(|p| p.name).collect();
    ensure!(absent.is_empty(), "still missing after installing: {}", absent.join(", "));
    Ok(())
}

/// Finds a Python that can make virtual environments: the first on `PATH`, or else the system's.
pub(crate) fn python() -> Option<PathBuf> {
    let candidates = [on_path("python3"), Some("/usr/bin/python3".into())];
    candidates
        .into_iter()
        .flatten()
        .find(|python| output(command(python).args(["-c", "import venv, ensurepip"])).is_some())
}

/// Finds the browser to test with.
pub(crate) fn chromium() -> Option<PathBuf> {
    env::var_os(CHROMIUM_VARIABLE)
        .map(PathBuf::from)
        .filter(|path| path.is_file())
        .or_else(|| ["chromium", "chromium-browser", "google-chrome"].into_iter().find_map(on_path))
}

fn check_node() -> Result<()> {
    let found = output(command("node").arg("--version"));
    let advice =
        format!("install Node.js {NODE_MAJOR} or newer with npm (https://nodejs.org/en/download)");
    match &found {
        None => bail!("node is missing: {advice}"),
        Some(version) if node_major(version).is_none_or(|major| major < NODE_MAJOR) => {
            bail!("node {version} is too old: {advice}")
        }
        Some(_) => ensure!(on_path("npm").is_some(), "npm is missing: {advice}"),
    }
    Ok(())
}

fn node_major(version: &str) -> Option<u32> {
    version.strip_prefix('v')?.split('.').next()?.parse().ok()
}

fn check_component(subcommand: &str, component: &str) -> Result<()> {
    let version = output(crate::command::cargo().args([subcommand, "--version"]));
    ensure!(version.is_some(), "{component} is missing: rustup component add {component}");
    Ok(())
}

fn install(packages: &[&str], journal: &mut Journal) -> Result<()> {
    let system = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let wanted = packages.join(" ");
    let Some(family) = Family::of(&system) else {
        bail!("install these with your system's package manager: {wanted}");
    };
    if family == Family::Ubuntu && packages.contains(&"chromium") {
        bail!("Ubuntu packages no Chromium: install one and name it in {CHROMIUM_VARIABLE}");
    }
    let root = output(command("id").arg("-u")).context("cannot tell who runs this")? == "0";
    let sudo = on_path("sudo");
    ensure!(root || sudo.is_some(), "run as root: apt-get install {wanted}");
    let sudo = sudo.filter(|_| !root);
    journal.run(apt_get(sudo.as_deref()).args(["update", "--quiet"]))?;
    let install = ["install", "--yes", "--quiet", "--no-install-recommends"];
    journal.run(apt_get(sudo.as_deref()).args(install).args(packages))
}

fn apt_get(sudo: Option<&Path>) -> Command {
    // Not a variable of the child: sudo would not pass it on.
    let words = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"];
    let mut words = sudo.map(Path::as_os_str).into_iter().chain(words.map(OsStr::new));
    let mut apt_get = command(words.next().unwrap_or_default());
    apt_get.args(words);
    apt_get
}

/// The systems whose packages are installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    Debian,
    Ubuntu,
}

impl Family {
    /// Reads an `os-release` file; a derivative counts as what it says it is like.
    fn of(os_release: &str) -> Option<Self> {
        let words: Vec<_> = os_release
            .lines()
            .filter_map(|line| line.strip_prefix("ID=").or_else(|| line.strip_prefix("ID_LIKE=")))
            .flat_map(|value| value.trim_matches('"').split(' '))
            .collect();
        if words.contains(&"ubuntu") {
            Some(Self::Ubuntu)
        } else if words.contains(&"debian") {
            Some(Self::Debian)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn node_version_is_read_to_its_major() {
        assert_eq!(node_major("v20.20.2"), Some(20));
        assert_eq!(node_major("unknown"), None);
    }

    #[test]
    fn derivative_counts_as_what_it_is_like() {
        assert_eq!(Family::of("ID=debian\nVERSION_ID=\"12\""), Some(Family::Debian));
        assert_eq!(Family::of("ID=linuxmint\nID_LIKE=\"ubuntu debian\""), Some(Family::Ubuntu));
        assert_eq!(Family::of("ID=fedora"), None);
    }
}
