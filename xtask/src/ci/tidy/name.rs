//! File and folder names that say nothing.

/// Names under which anything may be put, so that nothing can be found.
const BANNED: [&str; 10] =
    ["util", "utils", "common", "helper", "helpers", "misc", "manager", "base", "core", "mod"];

/// Lists the banned names in a path of Rust code.
pub(super) fn check(path: &str) -> Vec<String> {
    let Some(path_without_end) = path.strip_suffix(".rs") else { return Vec::new() };
    path_without_end
        .split('/')
        .filter(|part| BANNED.contains(part))
        .map(|part| format!("{path}: `{part}` says nothing about what it holds"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_names_are_found_for_files_and_folders() {
        assert_eq!(check("crates/a/src/utils.rs").len(), 1);
        assert_eq!(check("crates/a/tests/common/mod.rs").len(), 2);
        assert_eq!(check("crates/a/src/based.rs"), Vec::<String>::new());
        assert_eq!(check("docs/common.md"), Vec::<String>::new());
    }
}
