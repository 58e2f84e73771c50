//! The other libraries: fetched on demand, each run in a process of its own that times itself.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Objects given to the validator, which would take minutes for all. Every other peer is given all of them.
const JUDGED: usize = 150;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    PythonParse,
    PythonValidate,
    RustStix2,
    RustStixRust,
}

impl Peer {
    pub const ALL: [Self; 4] = [Self::PythonParse, Self::PythonValidate, Self::RustStix2, Self::RustStixRust];

    pub fn name(self) -> &'static str {
        match self {
            Self::PythonParse => "stix2 3.0.2 (Python): parse, allow_custom",
            Self::PythonValidate => "stix2-validator 3.2.0 (Python): validate",
            Self::RustStix2 => "stix2 0.1.1 (Rust): parse",
            Self::RustStixRust => "stix-rust 0.2.0 (Rust): parse",
        }
    }
}

/// The peers, ready or with the reason why not, and the bundles that they are given.
pub struct Peers {
    folder: PathBuf,
    python: Result<PathBuf, String>,
    rust: Result<PathBuf, String>,
    samples: [Vec<u8>; 3],
}

impl Peers {
    pub fn prepare(bytes: &[u8]) -> Self {
        let folder = target().join("peers");
        std::fs::create_dir_all(&folder).unwrap();
        let samples = [bytes.to_vec(), super::sample(bytes, JUDGED), bytes.to_vec()];
        for (number, sample) in samples.iter().enumerate() {
            std::fs::write(folder.join(format!("sample-{number}.json")), sample).unwrap();
        }
        Self { python: python(&folder), rust: rust(&folder), folder, samples }
    }

    /// What a peer is given.
    pub fn sample(&self, peer: Peer) -> &[u8] {
        &self.samples[Self::number(peer)]
    }

    fn number(peer: Peer) -> usize {
        match peer {
            Peer::PythonParse => 0,
            Peer::PythonValidate => 1,
            Peer::RustStix2 | Peer::RustStixRust => 2,
        }
    }

    /// How many objects a peer took, of how many, and its seconds.
    pub fn run(&self, peer: Peer) -> Result<(usize, usize, f64), String> {
        let mut command = match peer {
            Peer::PythonParse | Peer::PythonValidate => {
                let script = if peer == Peer::PythonParse { "parse.py" } else { "validator.py" };
                let mut command = Command::new(self.python.as_ref()?);
                command.arg(sources().join(script));
                command
            }
            Peer::RustStix2 | Peer::RustStixRust => {
                let mut command = Command::new(self.rust.as_ref()?);
                command.arg(if peer == Peer::RustStix2 { "stix2" } else { "stix-rust" });
                command
            }
        };
        let said = done(command.arg(self.folder.join(format!("sample-{}.json", Self::number(peer)))))?;
        let words: Vec<&str> = said.split_whitespace().collect();
        let [read, objects, seconds] = words[..] else { return Err(format!("it said {said:?}")) };
        Ok((read.parse().unwrap(), objects.parse().unwrap(), seconds.parse().unwrap()))
    }
}

/// The scripts and the sources of the peers.
fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../benches/peers")
}

/// The folder that cargo builds into: the one that holds `release/deps` with this program.
fn target() -> PathBuf {
    std::env::current_exe().unwrap().ancestors().nth(3).unwrap().to_owned()
}

/// What a command printed, or the last line of its complaint.
fn done(command: &mut Command) -> Result<String, String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|error| format!("{program}: {error}"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("{program}: {}", said.trim().lines().last().unwrap_or("failed")))
}

/// A Python with the libraries in their versions, made when it is not there.
fn python(folder: &Path) -> Result<PathBuf, String> {
    let home = folder.join("py");
    let python = home.join("bin/python");
    let versions = "from importlib.metadata import version as v; \
        assert (v('stix2'), v('stix2-validator')) == ('3.0.2', '3.2.0')";
    if done(Command::new(&python).args(["-c", versions])).is_err() {
        println!("fetching the Python libraries into {}", home.display());
        done(Command::new("python3").args(["-m", "venv"]).arg(&home))?;
        let wanted = ["stix2==3.0.2", "stix2-validator==3.2.0"];
        done(Command::new(&python).args(["-m", "pip", "install", "--quiet"]).args(wanted))?;
        done(Command::new(&python).args(["-c", versions]))?;
    }
    Ok(python)
}

/// The program that runs the Rust crates, built when it is not up to date.
fn rust(folder: &Path) -> Result<PathBuf, String> {
    let built = folder.join("rust");
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--release", "--locked", "--quiet", "--manifest-path"]);
    cargo.arg(sources().join("rust/Cargo.toml")).arg("--target-dir").arg(&built);
    done(&mut cargo)?;
    Ok(built.join("release/stix-peers"))
}
