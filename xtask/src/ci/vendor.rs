//! `vendor`: a program outside the workspace uses the client facade, and builds of vendored sources without a network.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

use super::Report;
use crate::command::{cargo, command};
use crate::journal::Journal;
use crate::workspace::Workspace;

/// The program: it makes no session, for that would need a server, and links all that one needs.
const PROGRAM: &str = r#"
fn main() {
    let refused = carillon_facade::MeetingSessionConfiguration::from_json("{}", "{}");
    println!("{}", refused.expect_err("two empty answers make no session"));
}
"#;

/// What tells cargo to look into the folder and nowhere else.
const CONFIGURATION: &str = r#"
[source.crates-io]
replace-with = "vendored-sources"

[source.vendored-sources]
directory = "vendor"
"#;

pub(super) fn run(workspace: &Workspace, journal: &mut Journal) -> Result<Report> {
    let folder = workspace.target("ci/vendor");
    remove(&folder)?;
    write_program(workspace, &folder)?;
    journal.run(cargo().args(["vendor", "--quiet", "vendor"]).current_dir(&folder))?;
    fs::create_dir_all(folder.join(".cargo"))?;
    fs::write(folder.join(".cargo/config.toml"), CONFIGURATION)?;
    let target = folder.join("target");
    let mut build = cargo();
    // A home of its own, so that nothing downloaded before is at hand.
    build.env("CARGO_HOME", folder.join("home")).env("CARGO_NET_OFFLINE", "true");
    build.env("CARGO_TARGET_DIR", &target).args(["build", "--offline"]).current_dir(&folder);
    journal.run(&mut build)?;
    journal.run(&mut command(target.join("debug/outside")))?;
    let vendored = fs::read_dir(folder.join("vendor"))?.count();
    remove(&folder)?;
    Ok(Report { detail: format!("{vendored} vendored crates"), ..Report::default() })
}

fn write_program(workspace: &Workspace, folder: &Path) -> Result<()> {
    let facade = workspace.path("crates/facade");
    let manifest = format!(
        "[package]\nname = \"outside\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
         [dependencies]\ncarillon-facade = {{ path = {:?} }}\n",
        facade.display().to_string()
    );
    fs::create_dir_all(folder.join("src"))?;
    fs::write(folder.join("Cargo.toml"), manifest)?;
    fs::write(folder.join("src/main.rs"), PROGRAM)?;
    // The versions that the workspace is tested with.
    fs::copy(workspace.path("Cargo.lock"), folder.join("Cargo.lock"))?;
    Ok(())
}

fn remove(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)
            .with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    Ok(())
}
