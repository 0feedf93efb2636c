//! Lengths of files and functions, and what a `lib.rs` may hold.

use super::Source;

/// Production lines from which on a file is looked at again.
const LOOK_AGAIN_LINES: usize = 400;

/// Production lines a file may have: longer ones hold more than one concept.
const FILE_LINES: usize = 600;

/// Lines a function may have, from its `fn` to its closing brace.
const FUNCTION_LINES: usize = 80;

/// Lines a `lib.rs` may have: it is a table of contents.
const LIB_LINES: usize = 80;

/// Tables and generated code, which are as long as what they list.
const EXEMPT: [&str; 0] = [];

/// Tells a file that is long without being too long.
pub(super) fn is_long(source: &Source) -> bool {
    applies(source) && source.production_lines() > LOOK_AGAIN_LINES
}

/// Lists what is too long.
pub(super) fn check(source: &Source) -> Vec<String> {
    let mut findings = Vec::new();
    if !applies(source) {
        return findings;
    }
    let lines = source.production_lines();
    if lines > FILE_LINES {
        findings.push(source.at(1, &format!("{lines} production lines, at most {FILE_LINES}")));
    }
    if source.path.ends_with("src/lib.rs") {
        let lines = source.text.lines().count();
        if lines > LIB_LINES {
            findings.push(source.at(1, &format!("{lines} lines in a lib.rs, at most {LIB_LINES}")));
        }
        if !source.text.starts_with("//! ") {
            findings.push(source.at(1, "a lib.rs opens with what the crate is (`//! …`)"));
        }
    }
    for (start, length) in functions(&source.text) {
        if length > FUNCTION_LINES {
            findings.push(
                source
                    .at(start, &format!("a function of {length} lines, at most {FUNCTION_LINES}")),
            );
        }
    }
    findings
}

fn applies(source: &Source) -> bool {
    source.is_rust() && !EXEMPT.contains(&source.path.as_str())
}

/// Finds the first line and the length of each function of formatted code.
///
/// rustfmt puts the closing brace of a function under its first line, so indentation stands for a parser.
fn functions(text: &str) -> Vec<(usize, usize)> {
    let lines: Vec<_> = text.lines().collect();
    let mut found = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        if !opens_function(line) {
            continue;
        }
        let indent: String = line.chars().take_while(|c| *c == ' ').collect();
        let end = format!("{indent}}}");
        let body =
            lines.iter().skip(index).position(|line| *line == end || bodiless(line, &indent));
        found.push((index + 1, body.map_or(1, |last| last + 1)));
    }
    found
}

fn opens_function(line: &str) -> bool {
    const QUALIFIERS: [&str; 5] = ["const", "async", "unsafe", "extern", "default"];
    let mut words = line.split_whitespace().skip_while(|word| {
        word.starts_with("pub")
            || QUALIFIERS.contains(word)
            || (word.starts_with('"') && word.ends_with('"'))
    });
    words.next() == Some("fn")
}

/// Tells the last line of a function without a body of its own lines: a declaration or a one-liner.
fn bodiless(line: &str, indent: &str) -> bool {
    let depth = line.chars().take_while(|c| *c == ' ').count();
    depth == indent.len() && (line.ends_with(';') || (line.contains('{') && line.ends_with('}')))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(path: &str, text: String) -> Source {
        Source { path: path.into(), text }
    }

    #[test]
    fn long_file_is_found_and_its_tests_do_not_count() {
        let text = "const X: u8 = 0;\n".repeat(FILE_LINES + 1);
        assert_eq!(check(&source("a/src/x.rs", text)).len(), 1);
        let code = "const X: u8 = 0;\n".repeat(FILE_LINES);
        let text = format!("{code}#[cfg(test)]\nmod tests {{\n{code}}}\n");
        assert_eq!(check(&source("a/src/x.rs", text)), Vec::<String>::new());
    }

    #[test]
    fn functions_are_measured_from_fn_to_brace() {
        let text = "impl X {\n    pub(crate) async fn one(\n        x: u8,\n    ) -> u8 {\n        x\n    }\n\n    fn two() {}\n}\n\ntrait Y {\n    fn three(&self);\n}\n\nfn four() {\n    if x {\n    }\n}\n";
        assert_eq!(functions(text), [(2, 5), (8, 1), (12, 1), (15, 4)]);
    }

    #[test]
    fn long_function_is_found_with_its_line() {
        let text = format!("//! Doc.\n\nfn long() {{\n{}}}\n", "    x();\n".repeat(FUNCTION_LINES));
        assert_eq!(
            check(&source("a/src/x.rs", text)),
            ["a/src/x.rs:3: a function of 82 lines, at most 80"]
        );
    }

    #[test]
    fn lib_opens_with_its_documentation_and_stays_short() {
        assert_eq!(
            check(&source("a/src/lib.rs", "//! What it is.\n".into())),
            Vec::<String>::new()
        );
        assert_eq!(check(&source("a/src/lib.rs", "mod x;\n".into())).len(), 1);
        let long = format!("//! What it is.\n{}", "mod x;\n".repeat(LIB_LINES));
        assert_eq!(check(&source("a/src/lib.rs", long)).len(), 1);
    }
}
