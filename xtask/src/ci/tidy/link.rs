//! Documentation names only what exists.

use std::path::{Component, Path, PathBuf};

use super::{Source, Tree};

/// The page that names every crate.
const MAP: &str = "docs/architecture.md";

/// First folders by which a word in code style is known as a path of this repository.
const TOP_FOLDERS: [&str; 5] = ["crates/", "docs/", "benches/", "xtask/", ".ci/"];

/// Lists broken links, paths that do not exist, and crates that the map leaves out.
pub(super) fn check(tree: &Tree, crates: &[String]) -> Vec<String> {
    let pages = tree.sources.iter().filter(|source| source.path.ends_with(".md"));
    let mut findings: Vec<_> = pages.flat_map(|page| check_page(page, tree)).collect();
    let map = tree.sources.iter().find(|source| source.path == MAP);
    let named = |folder: &str| map.is_some_and(|map| map.text.contains(&format!("`{folder}`")));
    let missing = crates.iter().filter(|folder| !named(folder));
    findings.extend(missing.map(|folder| format!("{MAP}: does not name `{folder}`")));
    findings
}

fn check_page(page: &Source, tree: &Tree) -> Vec<String> {
    let mut findings = Vec::new();
    let mut fenced = false;
    for (index, line) in page.text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        }
        if fenced {
            continue;
        }
        for target in links(line) {
            let path = beside(&page.path, target);
            if !tree.paths.contains(&path) {
                findings.push(page.at(index + 1, &format!("the link to {target} leads nowhere")));
            }
        }
        for path in paths(line) {
            if !tree.paths.contains(path.trim_end_matches('/')) {
                findings.push(page.at(index + 1, &format!("{path} does not exist")));
            }
        }
    }
    findings
}

/// Finds the targets of a line's links that point into the repository, without their anchors.
fn links(line: &str) -> impl Iterator<Item = &str> {
    let targets = line.split("](").skip(1).filter_map(|rest| rest.split([')', ' ']).next());
    targets
        .filter(|target| !target.contains("://") && !target.starts_with("mailto:"))
        .map(|target| target.split('#').next().unwrap_or(target))
        .filter(|target| !target.is_empty())
}

/// Finds the words in code style that are paths of this repository; patterns and placeholders are none.
fn paths(line: &str) -> impl Iterator<Item = &str> {
    line.split('`')
        .skip(1)
        .step_by(2)
        .filter(|word| TOP_FOLDERS.iter().any(|folder| word.starts_with(folder)))
        .filter(|word| !word.contains(['*', '{', '<', ' ', '…']))
}

/// Resolves a link target against the folder of its page.
fn beside(page: &str, target: &str) -> String {
    let folder = Path::new(page).parent().unwrap_or(Path::new(""));
    let mut path = PathBuf::new();
    for component in folder.join(target).components() {
        if component == Component::ParentDir {
            path.pop();
        } else if component != Component::CurDir {
            path.push(component);
        }
    }
    path.display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(pages: &[(&str, &str)]) -> Tree {
        let source =
            |(path, text): &(&str, &str)| Source { path: (*path).into(), text: (*text).into() };
        Tree::new(pages.iter().map(source).collect())
    }

    #[test]
    fn links_resolve_beside_their_page() {
        let tree = tree(&[
            (
                "README.md",
                "[a](docs/a.md#part), [w](https://example.org), [top](#top), [b](docs/b.md)",
            ),
            ("docs/a.md", "[home](../README.md) [folder](../docs)\n```\n[x](y)\n```"),
        ]);
        assert_eq!(check(&tree, &[]), ["README.md:1: the link to docs/b.md leads nowhere"]);
    }

    #[test]
    fn paths_in_code_style_exist() {
        let tree = tree(&[
            (
                "docs/a.md",
                "`crates/x/src/lib.rs`, `crates/x/`, `crates/y/src/lib.rs`, `crates/<name>`, `serve --dev`",
            ),
            ("crates/x/src/lib.rs", ""),
        ]);
        assert_eq!(check(&tree, &[]), ["docs/a.md:1: crates/y/src/lib.rs does not exist"]);
    }

    #[test]
    fn map_names_every_crate() {
        let tree = tree(&[("docs/architecture.md", "`crates/x`"), ("crates/x/src/lib.rs", "")]);
        let crates = ["crates/x".to_owned(), "crates/y".to_owned()];
        assert_eq!(check(&tree, &crates), ["docs/architecture.md: does not name `crates/y`"]);
    }
}
