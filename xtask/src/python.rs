//! Python environments of this checkout's own, in the target folder.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::command::command;
use crate::journal::Journal;
use crate::setup;

/// Makes a virtual environment with these requirements in `folder`, or finds the one made for exactly these.
pub(crate) fn environment(
    requirements: &Path,
    folder: &Path,
    journal: &mut Journal,
) -> Result<PathBuf> {
    let wanted = fs::read(requirements)
        .with_context(|| format!("cannot read {}", requirements.display()))?;
    let python = folder.join("bin/python");
    let installed = folder.join("requirements.txt");
    if fs::read(&installed).is_ok_and(|text| text == wanted) {
        return Ok(python);
    }
    let system = setup::python().context("no Python with venv: cargo xtask setup")?;
    journal.run(command(system).args(["-m", "venv", "--clear"]).arg(folder))?;
    let mut install = command(&python);
    install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
    journal.run(install.arg("--requirement").arg(requirements))?;
    // Written last: an interrupted installation is made anew.
    fs::write(installed, wanted)?;
    Ok(python)
}
