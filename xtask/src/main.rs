//! What the house needs beside its crates: checks of the rules that no compiler knows, and generated files.
//! Development only; the product never uses it.

mod check;
mod requirements;

use anyhow::Context;
use std::path::Path;
use std::process::ExitCode;

const HELP: &str = "\
cargo xtask check         checks the rules of the house (xtask/edges.toml); exit 1 when one is broken
cargo xtask requirements  makes docs/conformance/requirements.md of the rows and the tests named after them";

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
