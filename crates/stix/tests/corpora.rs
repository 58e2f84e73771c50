//! The open corpora: public test suites and public bundles, each row with its expected verdict.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "what reads the corpora for the tests fails loudly"
)]

use std::io::Read as _;
use std::path::{Path, PathBuf};

use comity_stix::{
    Finding, Form, Level, Limits, Object, Registry, Value, canonical, is_valid, json, parse, read, validate,
};

/// The folder of the corpora. Without it the test fails under CI and is left out elsewhere.
#[expect(clippy::disallowed_methods, reason = "a test finds its data through the environment")]
fn shared() -> Option<PathBuf> {
    let folder = std::env::var("COMITY_SHARED").ok().map(|folder| {
        let path = PathBuf::from(folder);
        let path = if path.is_relative() { Path::new(env!("CARGO_MANIFEST_DIR")).join(path) } else { path };
        path.join("data/stix")
    });
    let found = folder.filter(|folder| folder.is_dir());
    if found.is_none() {
        assert!(std::env::var("CI").is_err(), "COMITY_SHARED names no folder with data/stix");
        eprintln!("left out: COMITY_SHARED names no folder with data/stix");
    }
    found
}

fn unpacked(path: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(std::fs::File::open(path).unwrap()).read_to_end(&mut bytes).unwrap();
    bytes
}

struct Row {
    id: String,
    text: String,
    reason: String,
}

fn rows(path: &Path) -> Vec<Row> {
    let bytes = unpacked(path);
    let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let row = |line: &[u8]| {
        let row: serde_json::Value = serde_json::from_slice(line).unwrap();
        let text = match row.get("json") {
            Some(json) => json.to_string(),
            None => row["text"].as_str().unwrap().to_owned(),
        };
        Row { id: row["id"].as_str().unwrap().to_owned(), text, reason: row["reason"].to_string() }
    };
    lines.map(row).collect()
}

/// What stands against a document: the first reason that it or an object of it cannot be read, or the errors.
fn verdict(text: &str) -> Result<(), String> {
    let limits = Limits::default();
    let registry = Registry::standard();
    let document = read(text.as_bytes(), &limits).map_err(|error| error.to_string())?;
    let judge = |object: &Object<'_>| {
        let findings = validate(object, &registry);
        let errors: Vec<&Finding> = findings.iter().filter(|finding| finding.level == Level::Error).collect();
        if is_valid(&findings) { Ok(()) } else { Err(format!("{errors:?}")) }
    };
    if document.form == Form::Bundle {
        judge(&Object::parse(text.as_bytes(), &limits).map_err(|error| error.to_string())?)?;
    }
    if document.form == Form::Envelope {
        return Err("neither an object nor a bundle".to_owned());
    }
    document.items.iter().try_for_each(|item| match &item.object {
        Ok(object) => judge(object),
        Err(error) => Err(error.to_string()),
    })
}

#[test]
fn every_valid_document_is_accepted() {
    let Some(folder) = shared() else { return };
    let rows = rows(&folder.join("objects-valid.jsonl.gz"));
    let refused: Vec<_> = rows
        .iter()
        .filter_map(|row| verdict(&row.text).err().map(|why| format!("{}: {why}", row.id)))
        .collect();
    assert_eq!((rows.len(), refused.len()), (722, 0), "{}", refused.join("\n"));
}

#[test]
fn invalid_documents_are_refused() {
    let Some(folder) = shared() else { return };
    let rows = rows(&folder.join("objects-invalid.jsonl.gz"));
    let accepted: Vec<_> = rows.iter().filter(|row| verdict(&row.text).is_ok()).collect();
    let shown: Vec<_> =
        accepted.iter().map(|row| format!("{}: {}\n    {}", row.id, row.reason, row.text)).collect();
    let refused = rows.len() - accepted.len();
    // What is left needs the grammar of patterns.
    assert!(refused >= 195, "{refused} of {} refused\n{}", rows.len(), shown.join("\n"));
}

#[test]
fn every_object_of_every_bundle_is_read_with_its_exact_bytes_and_has_a_canonical_form() {
    let Some(folder) = shared() else { return };
    let limits = Limits::default();
    let (mut files, mut objects) = (0, 0);
    let mut paths: Vec<_> =
        std::fs::read_dir(folder.join("bundles")).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        let bytes = unpacked(&path);
        let document = read(&bytes, &limits).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let whole = json::parse(&bytes, &Limits { object_bytes: usize::MAX, ..Limits::default() }).unwrap();
        let listed = whole.as_object().unwrap().get("objects").and_then(Value::as_array);
        assert_eq!(document.items.len(), listed.map_or(1, <[_]>::len), "{}", path.display());
        for item in &document.items {
            let object = item.object.as_ref().unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            assert_eq!(object.bytes(), item.bytes);
            let start = item.bytes.as_ptr() as usize - bytes.as_ptr() as usize;
            assert_eq!(&bytes[start..start + item.bytes.len()], item.bytes);
            let value = Value::Object(object.value().clone());
            assert_eq!(listed.map_or(&whole, |list| &list[item.index]), &value);
            let canon = canonical(&value).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            assert_eq!(parse(&canon, &limits).unwrap(), value, "{}", path.display());
        }
        files += 1;
        objects += document.items.len();
    }
    assert_eq!(files, 295);
    assert!(objects >= 54_000, "{objects} objects");
}
