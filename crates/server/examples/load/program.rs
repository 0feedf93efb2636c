//! The service in a process of its own, on one core.

use std::{fs, path::Path, process::Command};

use anyhow::Context as _;
use carillon_testkit::process::{Service, program};

/// The key that calls are signed with.
pub(crate) const KEY: (&str, &str) = ("load", "a-secret-of-the-load-generator");

/// Starts it over the state in a folder, and returns when it is ready.
pub(crate) fn start(folder: &Path) -> anyhow::Result<Service> {
    let (access, secret) = KEY;
    let config = folder.join("carillon.toml");
    fs::write(
        &config,
        format!(
            "listen = \"127.0.0.1:0\"\nmedia = \"127.0.0.1:0\"\ndata = {folder:?}\n\
             [[keys]]\naccess-key = \"{access}\"\nsecret-key = \"{secret}\"\n\
             account = \"111122223333\"\n\
             [quotas]\nmeetings = 1000000\n[throttle]\nenabled = false\n"
        ),
    )?;
    let mut command = Command::new("taskset");
    command.args(["--cpu-list", "0"]).arg(program()?).args(["serve", "--config"]).arg(&config);
    Service::start(&mut command).context("taskset of util-linux holds the service to one core")
}
