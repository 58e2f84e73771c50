//! Where the tests of this crate find the public corpora, and how they read them.

use std::io::Read as _;
use std::path::{Path, PathBuf};

/// The folder of the corpora, or a folder in it. Without it a test fails under CI and is left out elsewhere.
#[expect(clippy::disallowed_methods, reason = "a test finds its data through the environment")]
pub fn folder(within: &str) -> Option<PathBuf> {
    let found = std::env::var_os("COMITY_SHARED").and_then(|folder| {
        let path = PathBuf::from(folder);
        let path = if path.is_relative() { Path::new(env!("CARGO_MANIFEST_DIR")).join(path) } else { path };
        // The folder of the corpora itself will do, too.
        let places = [path.join("data/stix"), path.join("stix"), path];
        let corpora = places.into_iter().find(|place| place.join("objects-valid.jsonl.gz").is_file())?;
        Some(corpora.join(within)).filter(|folder| folder.is_dir())
    });
    if found.is_none() {
        assert!(std::env::var("CI").is_err(), "COMITY_SHARED names no folder with data/stix");
        eprintln!("left out: COMITY_SHARED names no folder with data/stix");
    }
    found
}

/// The content of a file, decompressed.
pub fn unpacked(path: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    flate2::read::MultiGzDecoder::new(std::fs::File::open(path).unwrap()).read_to_end(&mut bytes).unwrap();
    bytes
}
