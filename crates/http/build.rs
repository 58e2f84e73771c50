//! Puts the built screens into the binary: a list of the files of `web/dist` with their bytes, empty when they were not
//! built. It runs no program and asks no network.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

#[expect(clippy::disallowed_methods, reason = "cargo names the folder for what is made by this variable")]
fn main() -> io::Result<()> {
    let web = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web");
    let dist = web.join("dist");
    // A path that is not there would be changed at every build; `web/build.mjs` touches the other one.
    let watched = if dist.exists() { dist.clone() } else { web.join("package.json") };
    println!("cargo::rerun-if-changed={}", watched.display());
    let mut list = String::from("pub(crate) const FILES: &[(&str, &[u8])] = &[\n");
    for (name, path) in screens(&dist)? {
        list.push_str(&format!("    ({name:?}, include_bytes!({path:?})),\n"));
    }
    list.push_str("];\n");
    let out =
        env::var_os("OUT_DIR").map(PathBuf::from).ok_or_else(|| io::Error::other("cargo gave no OUT_DIR"))?;
    fs::write(out.join("screens.rs"), list)
}

/// The page and its files by the names that they are asked for, in order.
fn screens(dist: &Path) -> io::Result<Vec<(String, PathBuf)>> {
    let page = dist.join("index.html");
    if !page.is_file() {
        return Ok(Vec::new());
    }
    let mut found = vec![(String::new(), page.canonicalize()?)];
    for entry in fs::read_dir(dist.join("assets"))? {
        let path = entry?.path().canonicalize()?;
        if let Some(name) = path.file_name().and_then(|name| name.to_str()) {
            found.push((name.to_owned(), path.clone()));
        }
    }
    found.sort();
    Ok(found)
}
