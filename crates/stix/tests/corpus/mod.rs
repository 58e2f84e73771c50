//! Where the tests of this crate find the public corpora, and how they read them.

use std::io::Read as _;
use std::path::{Path, PathBuf};

/// The folder of the corpora, or a folder in it. Without it a test fails under CI and is left out elsewhere.
#[expect(clippy::disallowed_methods, reason = "a test finds its data through the environment")]
pub fn folder(within: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("COMITY_SHARED").map(|folder| {
        let path = PathBuf::from(folder);
        let path = if path.is_relative() { Path::new(env!("CARGO_MANIFEST_DIR")).join(path) } else { path };
        path.join("data/stix").join(within)
    });
    let found = folder.filter(|folder| folder.is_dir());
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
