//! What the house needs beside its crates: checks of the rules that no compiler knows, and generated files.
//! Development only; the product never uses it.

mod check;
mod press;
mod requirements;

use anyhow::{Context, bail};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const HELP: &str = "\
cargo xtask check                   checks the rules of the house (xtask/edges.toml); exit 1 when one is broken
cargo xtask press [SESSIONS] [OUT]  makes the demo's press reading out of the council reading; SESSIONS is
                                    $COMITY_SHARED/data/council/sessions.json, OUT is demo/press.json when not given
cargo xtask requirements            makes docs/conformance/requirements.md of the rows and the tests named after them";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match run(&words) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(3)
        }
    }
}

fn run(words: &[&str]) -> anyhow::Result<ExitCode> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("xtask stands in no workspace")?;
    match words {
        ["check"] => check::run(root),
        ["press", rest @ ..] if rest.len() <= 2 => {
            let sessions = rest.first().map_or_else(|| sessions(root), |path| Ok(PathBuf::from(path)))?;
            let out = rest.get(1).map_or_else(|| root.join("demo/press.json"), PathBuf::from);
            press::run(&sessions, &out)?;
            Ok(ExitCode::SUCCESS)
        }
        ["requirements"] => {
            check::requirements(root)?;
            Ok(ExitCode::SUCCESS)
        }
        [] | ["help" | "--help" | "-h"] => {
            println!("{HELP}");
            Ok(ExitCode::SUCCESS)
        }
        _ => {
            eprintln!("{HELP}");
            Ok(ExitCode::from(2))
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the shared data is found by this variable")]
fn sessions(root: &Path) -> anyhow::Result<PathBuf> {
    let Some(shared) = std::env::var_os("COMITY_SHARED") else {
        bail!("COMITY_SHARED is not set: name the council reading as the first argument");
    };
    Ok(root.join(shared).join("data/council/sessions.json"))
}
