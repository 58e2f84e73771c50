//! The files of the workspace as the checks see them. It follows no link and looks into no built or fetched folder.

use super::Fault;
use super::rules::{self, Rules};
use super::source::{self, Source};
use anyhow::Context;
use std::collections::BTreeSet;
use std::path::Path;

/// Folders that are built or fetched.
const SKIPPED: [&str; 5] = ["target", ".git", "node_modules", "dist", "home"];
/// What is read as text.
const ENDINGS: [&str; 17] = [
    "rs",
    "toml",
    "md",
    "sql",
    "cedar",
    "cedarschema",
    "sh",
    "json",
    "yml",
    "yaml",
    "ts",
    "svelte",
    "css",
    "html",
    "py",
    "trycmd",
    "run",
];
const NAMES: [&str; 2] = ["Makefile", "run"];

/// A text file.
#[derive(Debug)]
pub struct File {
    /// From the root of the workspace, with `/`.
    pub path: String,
    pub text: String,
}

/// The part of a source file that goes into the product: without comments and without tests.
#[derive(Debug)]
pub struct Product {
    /// Folder name of the crate.
    pub room: String,
    pub path: String,
    pub source: Source,
}

/// The workspace.
#[derive(Debug)]
pub struct House {
    rules: Rules,
    files: Vec<File>,
    products: Vec<Product>,
    unreadable: Vec<Fault>,
    /// Every path there is, folders and files that are no text included.
    paths: BTreeSet<String>,
}

impl House {
    /// Reads the workspace at `root`.
    ///
    /// # Errors
    /// When a file cannot be read, or the rules are not in their form.
    pub fn at(root: &Path) -> anyhow::Result<Self> {
        let (mut files, mut paths) = (Vec::new(), BTreeSet::new());
        walk(root, "", &mut files, &mut paths)?;
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let text = files.iter().find(|file| file.path == rules::PATH).map(|file| file.text.as_str());
        let rules = Rules::read(text.with_context(|| format!("{} is missing", rules::PATH))?)
            .with_context(|| format!("{} is not in its form", rules::PATH))?;
        Ok(Self::new(rules, files, paths))
    }

    /// A house of these rules and files, for tests.
    #[cfg(test)]
    pub fn of(rules: &str, files: &[(&str, &str)]) -> Self {
        let files: Vec<File> = files
            .iter()
            .map(|(path, text)| File { path: (*path).to_owned(), text: (*text).to_owned() })
            .collect();
        let paths = files.iter().map(|file| file.path.clone()).collect();
        Self::new(Rules::read(rules).unwrap(), files, paths)
    }

    fn new(rules: Rules, files: Vec<File>, paths: BTreeSet<String>) -> Self {
        let (mut products, mut unreadable, mut tests) = (Vec::new(), Vec::new(), BTreeSet::new());
        for file in &files {
            let Some(room) = room_of_source(&file.path) else { continue };
            match source::read(&file.text) {
                Ok(source) => {
                    tests.extend(source.test_modules.iter().map(|name| module(&file.path, name)));
                    products.push(Product { room: room.to_owned(), path: file.path.clone(), source });
                }
                Err((line, what)) => {
                    unreadable.push(Fault { check: "source", path: file.path.clone(), line, what });
                }
            }
        }
        products.retain(|product| {
            let module = product.path.trim_end_matches(".rs").trim_end_matches("/mod");
            !tests.iter().any(|test| {
                module
                    .strip_prefix(test.as_str())
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            })
        });
        Self { rules, files, products, unreadable, paths }
    }

    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// All text files, by path.
    pub fn files(&self) -> &[File] {
        &self.files
    }

    /// The product's sources: `src` of every crate, without its tests.
    pub fn products(&self) -> &[Product] {
        &self.products
    }

    /// Sources that are no Rust.
    pub fn unreadable(&self) -> &[Fault] {
        &self.unreadable
    }

    /// The file at `path`.
    pub fn file(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }

    /// Whether a file or folder stands at `path`.
    pub fn has(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        path.is_empty() || self.paths.contains(path)
    }
}

/// `crates/stix/src/a/b.rs` is a source of `stix`.
fn room_of_source(path: &str) -> Option<&str> {
    let (room, rest) = path.strip_prefix("crates/")?.split_once('/')?;
    (rest.starts_with("src/") && rest.ends_with(".rs")).then_some(room)
}

/// Where the module `name` of the file `path` stands, without ending.
fn module(path: &str, name: &str) -> String {
    let stem = path.trim_end_matches(".rs");
    let folder = match stem.rsplit_once('/') {
        Some((folder, "lib" | "main" | "mod")) => folder,
        _ => stem,
    };
    format!("{folder}/{name}")
}

fn walk(root: &Path, under: &str, files: &mut Vec<File>, paths: &mut BTreeSet<String>) -> anyhow::Result<()> {
    let folder = root.join(under);
    let entries = std::fs::read_dir(&folder).with_context(|| format!("cannot list {}", folder.display()))?;
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if under.is_empty() { name.clone() } else { format!("{under}/{name}") };
        let kind = entry.file_type()?;
        if kind.is_dir() && !SKIPPED.contains(&name.as_str()) {
            walk(root, &path, files, paths)?;
        } else if kind.is_file() && is_text(&name) {
            let text =
                std::fs::read_to_string(entry.path()).with_context(|| format!("cannot read {path}"))?;
            files.push(File { path: path.clone(), text });
        }
        paths.insert(path);
    }
    Ok(())
}

fn is_text(name: &str) -> bool {
    NAMES.contains(&name) || name.rsplit_once('.').is_some_and(|(_, ending)| ENDINGS.contains(&ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_are_no_part_of_the_product() {
        let house = House::of(
            "",
            &[
                ("crates/stix/src/lib.rs", "#[cfg(test)]\nmod sample;\nmod json;"),
                ("crates/stix/src/sample.rs", "fn a() {}"),
                ("crates/stix/src/sample/deep.rs", "fn a() {}"),
                ("crates/stix/src/samples.rs", "fn a() {}"),
                ("crates/stix/src/json.rs", "#[cfg(test)]\nmod tests;"),
                ("crates/stix/src/json/tests.rs", "fn a() {}"),
                ("crates/stix/tests/corpora.rs", "fn a() {}"),
            ],
        );
        let paths: Vec<_> = house.products().iter().map(|product| product.path.as_str()).collect();
        assert_eq!(
            paths,
            ["crates/stix/src/lib.rs", "crates/stix/src/samples.rs", "crates/stix/src/json.rs"]
        );
    }
}
