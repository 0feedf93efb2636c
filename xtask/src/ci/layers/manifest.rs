//! What every manifest inherits from the workspace.

use anyhow::{Context as _, Result};
use toml::{Table, Value};

const INHERITED: [&str; 5] = ["version", "edition", "rust-version", "license", "publish"];
const DEPENDENCIES: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];

/// Lists what the manifest says by itself instead of inheriting it.
pub(super) fn check(text: &str) -> Result<Vec<String>> {
    let manifest: Table = text.parse().context("cannot read a manifest")?;
    let mut findings = Vec::new();
    let package = manifest.get("package").and_then(Value::as_table);
    for key in INHERITED {
        if !inherits(package.and_then(|package| package.get(key))) {
            findings.push(format!("`{key}` is not inherited from the workspace"));
        }
    }
    if !inherits(manifest.get("lints")) {
        findings.push("`lints` are not inherited from the workspace".into());
    }
    for table in dependency_tables(&manifest) {
        for (name, value) in table {
            if !inherits(Some(value)) {
                findings.push(format!("the version of `{name}` does not come from the workspace"));
            }
        }
    }
    Ok(findings)
}

/// Collects the dependency tables, those of single platforms too.
fn dependency_tables(manifest: &Table) -> Vec<&Table> {
    let platforms = manifest.get("target").and_then(Value::as_table);
    let platforms = platforms.into_iter().flat_map(Table::values).filter_map(Value::as_table);
    [manifest]
        .into_iter()
        .chain(platforms)
        .flat_map(|holder| DEPENDENCIES.iter().filter_map(|key| holder.get(*key)?.as_table()))
        .collect()
}

fn inherits(value: Option<&Value>) -> bool {
    value.and_then(|value| value.get("workspace")).and_then(Value::as_bool) == Some(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    const INHERITING: &str = "
        lints.workspace = true
        [package]
        name = 'x'
        version.workspace = true
        edition.workspace = true
        rust-version.workspace = true
        license.workspace = true
        publish.workspace = true
        [dependencies]
        serde = { workspace = true, optional = true }
    ";

    #[test]
    fn inheriting_manifest_has_no_findings() {
        assert_eq!(check(INHERITING).expect("valid"), Vec::<String>::new());
    }

    #[test]
    fn own_versions_are_found_for_every_platform() {
        let text = format!("{INHERITING}\n[target.'cfg(unix)'.dev-dependencies]\nlibc = '0.2'");
        assert_eq!(
            check(&text).expect("valid"),
            ["the version of `libc` does not come from the workspace"]
        );
        let text = INHERITING.replace("edition.workspace = true", "edition = '2024'");
        assert_eq!(check(&text).expect("valid"), ["`edition` is not inherited from the workspace"]);
    }
}
