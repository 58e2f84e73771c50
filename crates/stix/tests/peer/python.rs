//! The other implementations, run in a Python of their own.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

/// Everything that the scripts under `benches/peers` need, each with its version.
const PACKAGES: [&str; 12] = [
    "antlr4-python3-runtime==4.13.2",
    "certifi==2026.10.18",
    "charset-normalizer==3.5.2",
    "idna==3.20",
    "pytz==2026.6",
    "requests==2.34.2",
    "rfc8785==0.1.4",
    "simplejson==4.3.0",
    "six==1.17.0",
    "stix2==3.0.2",
    "stix2-patterns==2.1.2",
    "urllib3==2.8.0",
];

/// A number that whoever runs the tests may choose.
#[expect(clippy::disallowed_methods, reason = "whoever runs the tests may choose what they try")]
pub fn chosen(name: &str, usual: u64) -> u64 {
    std::env::var(name).map_or(usual, |text| text.parse().expect("the variable is a number"))
}

/// What the script answers to each line, as JSON.
pub fn ask(python: &Path, script: &str, lines: &[String]) -> Vec<Value> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../benches/peers").join(script);
    let mut child = Command::new(python)
        .args(["-I", "-X", "utf8"])
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut input, output) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
    let answers: Vec<Value> = std::thread::scope(|scope| {
        // Both ends of the pipes move at once, or both would wait.
        scope.spawn(move || lines.iter().for_each(|line| writeln!(input, "{line}").unwrap()));
        output.lines().map(|line| serde_json::from_str(&line.unwrap()).unwrap()).collect()
    });
    assert!(child.wait().unwrap().success());
    assert_eq!(answers.len(), lines.len());
    answers
}

/// A Python with the packages, in a folder of its own under the build folder; none, with one line on standard error,
/// when this machine cannot have it. In CI it must be there.
pub fn python() -> Option<PathBuf> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let lock = File::create(target.join("python-peers.lock")).unwrap();
    lock.lock().unwrap();
    match prepared(&target.join("python-peers")) {
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
    let works =
        || run(Command::new(&python).args(["-I", "-c", "import stix2, stix2patterns.validator, rfc8785"]));
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
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"];
    if !run(Command::new(&python).args(pip).args(["--only-binary", ":all:"]).args(PACKAGES)) || !works() {
        return Err(
            "missing: stix2, stix2-patterns, rfc8785 and their packages (pip cannot get them)".to_owned()
        );
    }
    std::fs::write(listed, packages).unwrap();
    Ok(python)
}

fn run(command: &mut Command) -> bool {
    command.stdout(Stdio::null()).status().is_ok_and(|status| status.success())
}
