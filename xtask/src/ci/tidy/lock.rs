//! npm lock files name no machine's mirror.

use super::Source;

const REGISTRY: &str = "https://registry.npmjs.org/";

/// Lists the packages that a lock file would fetch from anywhere but the public registry.
pub(super) fn check(source: &Source) -> Vec<String> {
    if !source.path.ends_with("package-lock.json") {
        return Vec::new();
    }
    let elsewhere = |line: &str| {
        let address = line.trim().strip_prefix(r#""resolved": ""#);
        address.is_some_and(|address| !address.starts_with(REGISTRY))
    };
    let lines = source.text.lines().enumerate().filter(|(_, line)| elsewhere(line));
    lines.map(|(index, _)| source.at(index + 1, "not from the public npm registry")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mirror_is_found_in_a_lock_file() {
        let text = "\"resolved\": \"https://registry.npmjs.org/a\",\n  \"resolved\": \"http://mirror:1/b\",\n";
        let source = Source { path: "web/package-lock.json".into(), text: text.into() };
        assert_eq!(check(&source), ["web/package-lock.json:2: not from the public npm registry"]);
    }
}
