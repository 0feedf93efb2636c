//! Where the checkout and its target folder are, and which packages it has.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use cargo_metadata::{Metadata, MetadataCommand};

/// The checkout, as cargo sees it.
#[derive(Debug)]
pub(crate) struct Workspace {
    metadata: Metadata,
}

impl Workspace {
    /// Asks cargo about the workspace in which this program was called.
    ///
    /// It may have been built in another checkout that shares its target folder; cargo tells which one runs it.
    pub(crate) fn load() -> Result<Self> {
        let here =
            std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or(env!("CARGO_MANIFEST_DIR").into());
        let manifest = Path::new(&here).join("Cargo.toml");
        let metadata = MetadataCommand::new()
            .manifest_path(manifest)
            .no_deps()
            .exec()
            .context("cannot read the workspace")?;
        Ok(Self { metadata })
    }

    /// Names the top folder of the checkout.
    pub(crate) fn root(&self) -> &Path {
        self.metadata.workspace_root.as_std_path()
    }

    /// Names a file or folder by its path inside the checkout.
    pub(crate) fn path(&self, inside: &str) -> PathBuf {
        self.root().join(inside)
    }

    /// Names a file or folder by its path inside the target folder.
    pub(crate) fn target(&self, inside: &str) -> PathBuf {
        self.metadata.target_directory.as_std_path().join(inside)
    }

    /// Returns the packages of the workspace.
    pub(crate) fn packages(&self) -> &[cargo_metadata::Package] {
        &self.metadata.packages
    }
}
