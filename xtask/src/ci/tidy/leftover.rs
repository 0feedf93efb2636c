//! Words that do not belong in a finished change.

use super::Source;

/// Where a word is banned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Rust,
    Tests,
    Anywhere,
}

/// Word, place, and what to do instead. The words are split so that this file does not find itself.
const BANNED: [(&str, Place, &str); 12] = [
    (
        concat!("#[", "ignore"),
        Place::Rust,
        "a test that does not run proves nothing: mend or delete it",
    ),
    (concat!("#[", "should_panic"), Place::Rust, "assert on the error or the effect"),
    (concat!("todo", "!("), Place::Rust, "finish it"),
    (concat!("unimplemented", "!("), Place::Rust, "finish it"),
    (concat!("thread::", "sleep"), Place::Tests, "wait for a fact, not for time to pass"),
    (concat!("time::", "sleep"), Place::Tests, "wait for a fact, not for time to pass"),
    (concat!("waitFor", "Timeout"), Place::Tests, "wait for a fact, not for time to pass"),
    (concat!("FIX", "ME"), Place::Anywhere, "mend it, or file an issue and write TODO(#number)"),
    (concat!("/ho", "me/"), Place::Anywhere, "a path of one machine"),
    (concat!("/ro", "ot/"), Place::Anywhere, "a path of one machine"),
    (concat!("/wo", "rk/"), Place::Anywhere, "a path of one machine"),
    (concat!("/Us", "ers/"), Place::Anywhere, "a path of one machine"),
];

/// Lists the banned words of a file.
pub(super) fn check(source: &Source) -> Vec<String> {
    let production = source.production_lines();
    let mut findings = Vec::new();
    for (index, line) in source.text.lines().enumerate() {
        let in_tests = source.is_test() || (source.is_rust() && index >= production);
        for (word, place, advice) in BANNED {
            let applies = match place {
                Place::Rust => source.is_rust(),
                Place::Tests => in_tests,
                Place::Anywhere => true,
            };
            if applies && stands_alone(line, word) {
                findings.push(source.at(index + 1, &format!("`{word}`: {advice}")));
            }
        }
        if let Some((_, rest)) = line.split_once(concat!("TO", "DO"))
            && !rest.starts_with("(#")
        {
            findings.push(
                source.at(index + 1, "a plan without an issue number is forgotten: file an issue"),
            );
        }
    }
    findings
}

/// Tells whether `word` occurs other than as the end of a longer path or name.
fn stands_alone(line: &str, word: &str) -> bool {
    let joined = |c: char| word.starts_with('/') && (c.is_alphanumeric() || "._-/~".contains(c));
    line.match_indices(word).any(|(start, _)| {
        let before = line.get(..start).and_then(|text| text.chars().next_back());
        !before.is_some_and(joined)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(path: &str, text: &str) -> usize {
        check(&Source { path: path.into(), text: text.into() }).len()
    }

    #[test]
    fn unfinished_code_and_silenced_tests_are_found() {
        let text = concat!("    to", "do!()\n#[", "ignore]\nfn x() {}\n#[should_", "panic]\n");
        assert_eq!(findings("a/src/x.rs", text), 3);
        assert_eq!(findings("docs/x.md", text), 0);
    }

    #[test]
    fn sleep_is_found_in_tests_only() {
        let sleep = concat!("tokio::time::", "sleep(pause).await;\n");
        assert_eq!(findings("a/src/x.rs", sleep), 0);
        assert_eq!(findings("a/src/x.rs", &format!("#[cfg(test)]\nmod tests {{\n{sleep}}}")), 1);
        assert_eq!(findings("a/tests/x/main.rs", sleep), 1);
    }

    #[test]
    fn path_of_one_machine_is_found_and_address_is_not() {
        assert_eq!(findings("docs/x.md", concat!("see `/ro", "ot/x`")), 1);
        assert_eq!(findings("docs/x.md", concat!("see https://example.org/wo", "rk/x")), 0);
    }

    #[test]
    fn plan_needs_an_issue_number() {
        assert_eq!(findings("a/src/x.rs", concat!("// TO", "DO: later")), 1);
        assert_eq!(findings("a/src/x.rs", concat!("// TO", "DO(#12): later")), 0);
    }
}
