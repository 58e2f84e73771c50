//! The reference, run in a Python of its own.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

const PACKAGES: [&str; 2] = ["stix2-patterns==2.1.2", "antlr4-python3-runtime==4.13.2"];

/// What the reference says of each pattern.
pub fn ask(python: &Path, texts: &[String]) -> Vec<Value> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../benches/peers/patterns.py");
    let mut child = Command::new(python)
        .arg("-I")
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut input, output) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
    let answers: Vec<Value> = std::thread::scope(|scope| {
        // Both ends of the pipes move at once, or both would wait.
        scope.spawn(move || {
            texts.iter().for_each(|text| writeln!(input, "{}", json!({ "pattern": text })).unwrap());
        });
        output.lines().map(|line| serde_json::from_str(&line.unwrap()).unwrap()).collect()
    });
    assert!(child.wait().unwrap().success());
    assert_eq!(answers.len(), texts.len());
    answers
}

/// A Python with the reference, in a folder of its own under the build folder; none, with one line on standard error,
/// when this machine cannot have it. In CI it must be there.
pub fn python() -> Option<PathBuf> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let lock = File::create(target.join("python-patterns.lock")).unwrap();
    lock.lock().unwrap();
    match prepared(&target.join("python-patterns")) {
        Ok(python) => Some(python),
        Err(why) => {
            #[expect(
                clippy::disallowed_methods,
                reason = "a test asks whether it runs where nothing may be left out"
            )]
            let in_ci = std::env::var_os("CI").is_some();
            assert!(!in_ci, "{why}");
            eprintln!("left out: {why}");
            None
        }
    }
}

fn prepared(folder: &Path) -> Result<PathBuf, String> {
    let (python, listed) = (folder.join("bin/python"), folder.join("packages.txt"));
    let packages = PACKAGES.join("\n");
    let works = || run(Command::new(&python).args(["-I", "-c", "import stix2patterns.validator"]));
    if std::fs::read_to_string(&listed).is_ok_and(|text| text == packages) && works() {
        return Ok(python);
    }
    let need = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.ci/need");
    // Installs what it may; without Python the next line tells.
    run(Command::new(need).arg("python"));
    if !run(Command::new("python3").args(["-c", "import venv, ensurepip"])) {
        return Err("missing: Python 3 with venv (on Debian: apt-get install python3-venv)".to_owned());
    }
    let _ = std::fs::remove_dir_all(folder);
    if !run(Command::new("python3").args(["-m", "venv"]).arg(folder)) {
        return Err("missing: python3 -m venv does not work here".to_owned());
    }
    let pip = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps",
        "--only-binary",
        ":all:",
    ];
    if !run(Command::new(&python).args(pip).args(PACKAGES)) || !works() {
        return Err("missing: stix2-patterns and its packages (pip cannot get them)".to_owned());
    }
    std::fs::write(listed, packages).unwrap();
    Ok(python)
}

fn run(command: &mut Command) -> bool {
    command.stdout(Stdio::null()).status().is_ok_and(|status| status.success())
}
