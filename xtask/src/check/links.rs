//! Documents lead somewhere: relative links, and names of files and tests in backticks, exist; every page of the guide
//! stands in its summary. Links to other hosts are not followed.

use super::Fault;
use super::house::{File, House};

const GUIDE: &str = "docs/src/";
const SUMMARY: &str = "docs/src/SUMMARY.md";
/// Where a text in backticks is a file of ours.
const FOLDERS: [&str; 9] =
    ["crates/", "xtask/", "docs/", "demo/", "policies/", "schema/", ".ci/", ".config/", ".cargo/"];

/// Checks every Markdown document.
pub fn check(house: &House) -> Vec<Fault> {
    let mut faults = Vec::new();
    let documents = house.files().iter().filter(|file| file.path.ends_with(".md"));
    for file in documents {
        let mut fenced = false;
        for (number, line) in file.text.lines().enumerate() {
            fenced ^= line.trim_start().starts_with("```");
            if fenced {
                continue;
            }
            let targets =
                links(line).into_iter().filter_map(|target| missing_link(house, &file.path, target));
            for what in targets.chain(quoted(line).filter_map(|text| missing_name(house, text))) {
                faults.push(Fault { check: "links", path: file.path.clone(), line: number + 1, what });
            }
        }
        faults.extend(unlisted(house, file));
    }
    faults
}

/// The targets of `[text](target)`.
fn links(line: &str) -> Vec<&str> {
    let parts = line.split("](").skip(1);
    parts.filter_map(|part| part.split_once(')')).map(|(target, _)| target).collect()
}

/// What stands between backticks.
fn quoted(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

fn missing_link(house: &House, from: &str, target: &str) -> Option<String> {
    let path = target.split('#').next().unwrap_or_default();
    if path.is_empty() || path.contains("://") || path.starts_with("mailto:") {
        return None;
    }
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            "." => {}
            ".." => _ = parts.pop(),
            part => parts.push(part),
        }
    }
    (!house.has(&parts.join("/"))).then(|| format!("the link to {target} leads nowhere"))
}

/// `crates/a/src/b.rs` must exist; `crates/a/src/b.rs::name` must hold a function of that name.
fn missing_name(house: &House, text: &str) -> Option<String> {
    if !FOLDERS.iter().any(|folder| text.starts_with(folder)) || text.contains(['*', '<', ' ', '{', 'N']) {
        return None;
    }
    let (path, function) = text.split_once("::").map_or((text, None), |(path, name)| (path, Some(name)));
    if !house.has(path) {
        return Some(format!("there is no {path}"));
    }
    let function = function?;
    let name = format!("fn {function}(");
    let found = house.file(path).is_some_and(|file| file.text.contains(&name));
    (!found).then(|| format!("{path} has no function {function}"))
}

fn unlisted(house: &House, file: &File) -> Option<Fault> {
    let page = file.path.strip_prefix(GUIDE).filter(|page| *page != "SUMMARY.md")?;
    let listed = house.file(SUMMARY).is_some_and(|summary| summary.text.contains(&format!("({page})")));
    let what = || format!("the page does not stand in {SUMMARY}");
    (!listed).then(|| Fault { check: "links", path: file.path.clone(), line: 0, what: what() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(text: &str) -> Vec<Fault> {
        let others =
            [("crates/a/src/b.rs", "fn kept() {}"), (SUMMARY, "[s](start.md)"), ("docs/src/start.md", "")];
        check(&House::of("", &[&[("docs/index.md", text)], others.as_slice()].concat()))
    }

    #[test]
    fn a_link_to_nothing_is_a_fault() {
        assert!(
            faults("[a](src/start.md#x) [b](https://example.org/y) [c](../crates/a/src/b.rs) [d](#here)")
                .is_empty()
        );
        assert_eq!(faults("[a](none.md) and [b](../none.md)").len(), 2);
    }

    #[test]
    fn a_named_file_or_test_that_is_missing_is_a_fault() {
        assert!(faults("`crates/a/src/b.rs` and `crates/a/src/b.rs::kept` and `a/none.rs`").is_empty());
        assert_eq!(faults("`crates/a/src/none.rs`").len(), 1);
        assert_eq!(faults("`crates/a/src/b.rs::broken`").len(), 1);
    }

    #[test]
    fn what_is_fenced_is_free() {
        assert!(faults("```\n[a](none.md)\n```").is_empty());
    }

    #[test]
    fn a_page_outside_the_summary_is_a_fault() {
        let house =
            House::of("", &[(SUMMARY, "[s](start.md)"), ("docs/src/start.md", ""), ("docs/src/lost.md", "")]);
        let faults = check(&house);
        assert_eq!(faults.iter().map(|fault| fault.path.as_str()).collect::<Vec<_>>(), ["docs/src/lost.md"]);
    }
}
