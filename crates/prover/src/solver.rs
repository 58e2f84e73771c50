//! The solver: another program, found, named by its version, and run as a child process on a short leash.
//!
//! It gets no environment, no file and no shell; what it may use of time and memory is bounded; and before it is
//! believed it has to answer two questions whose answers are known. It is read as a stranger is: only the exact
//! words of an answer count, and an answer has a largest size.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use cedar_policy_symcc::SmtLibScript as _;
use cedar_policy_symcc::solver::{Decision, DecisionWithModel, Solver as Engine, SolverError};
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{
    AsyncBufReadExt as _, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader, BufWriter,
};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use crate::ProveError;
use crate::asking::reason;

/// Name under which the solver is looked for on the search path.
const PROGRAM: &str = "cvc5";
/// What is asked of `--version`, in bytes.
const VERSION_BYTES_MAX: u64 = 4 * 1024;
/// Largest answer that is read, in bytes: a counterexample of our rules has a few thousand.
const ANSWER_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// How long a solver may take to say its version, or to answer what is known.
const START_SECONDS_MAX: u64 = 20;
/// What one solver process may use in processor time, in seconds, before the system ends it.
#[cfg(target_os = "linux")]
const CPU_SECONDS_MAX: u64 = 1_800;

/// How far the solver may go.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Longest time for one question.
    pub question: Duration,
    /// Longest time for a whole run; what was not asked by then blocks.
    pub run: Duration,
    /// Memory of one solver process, in bytes.
    pub memory_bytes: u64,
    /// Solver processes at the same time.
    pub processes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            question: Duration::from_secs(10),
            run: Duration::from_secs(600),
            memory_bytes: 2 << 30,
            processes: 2,
        }
    }
}

/// A solver that was found and has said its version.
#[derive(Clone, Debug)]
pub struct Solver {
    path: PathBuf,
    version: String,
    limits: Limits,
}

impl Solver {
    /// Finds the solver: the program at `path`, or else `cvc5` on the search path.
    ///
    /// # Errors
    /// [`ProveError::NoSolver`] when there is none, [`ProveError::NotASolver`] when the program does not say that it
    /// is cvc5 and which version.
    pub fn find(path: Option<&Path>, limits: Limits) -> Result<Self, ProveError> {
        let path = match path {
            Some(path) => absolute(path).ok_or_else(|| ProveError::no_solver(&path.display().to_string()))?,
            None => on_search_path().ok_or_else(|| ProveError::no_solver(PROGRAM))?,
        };
        let version = runtime()?.block_on(ask_version(&path))?;
        Ok(Self { path, version, limits })
    }

    /// What the program calls itself: `cvc5 version 1.0.3`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Where the program is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How far it may go.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Starts a process of it and asks what is known.
    pub(crate) async fn start(&self) -> Result<Session, SolverError> {
        let mut command = bare(&self.path);
        // The program's own limit ends one question and leaves the process; ours, a little later, ends the process.
        let question_ms = self.limits.question.as_millis();
        command.args(["--lang", "smt", &format!("--tlimit-per={question_ms}")]);
        let mut session = Session::of(&mut command)?;
        session.bound(self.limits.memory_bytes);
        let known =
            tokio::time::timeout(Duration::from_secs(START_SECONDS_MAX), session.answers_what_is_known());
        match known.await {
            Ok(Ok(())) => {
                session.close_in();
                Ok(session)
            }
            Ok(Err(error)) => {
                session.end().await;
                Err(error)
            }
            Err(_) => {
                session.end().await;
                Err(SolverError::Solver("it did not answer what is known in time".into()))
            }
        }
    }
}

/// A runtime for one thread.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime, ProveError> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| ProveError::System(error.to_string()))
}

fn absolute(path: &Path) -> Option<PathBuf> {
    // A bare name is looked for on the search path, as a shell does.
    if path.components().count() == 1 && !path.exists() {
        return search(path);
    }
    std::fs::canonicalize(path).ok().filter(|path| path.is_file())
}

fn on_search_path() -> Option<PathBuf> {
    search(Path::new(PROGRAM))
}

#[expect(
    clippy::disallowed_methods,
    reason = "the search path belongs to the system, it is no setting of ours"
)]
fn search(name: &Path) -> Option<PathBuf> {
    let folders = std::env::var_os("PATH")?;
    std::env::split_paths(&folders).map(|folder| folder.join(name)).find(|path| path.is_file())
}

/// A command without environment, in a process group of its own, in the root folder.
fn bare(path: &Path) -> Command {
    let mut command = Command::new(path);
    command
        .env_clear()
        .current_dir("/")
        .process_group(0)
        .kill_on_drop(true)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    command
}

async fn ask_version(path: &Path) -> Result<String, ProveError> {
    let place = path.display().to_string();
    let cannot = |what: &str| ProveError::NotASolver { path: place.clone(), what: what.to_owned() };
    let mut session =
        Session::of(bare(path).arg("--version")).map_err(|error| cannot(&reason(&error.into())))?;
    let mut said = String::new();
    let mut output = (&mut session.stdout).take(VERSION_BYTES_MAX);
    let read =
        tokio::time::timeout(Duration::from_secs(START_SECONDS_MAX), output.read_to_string(&mut said)).await;
    session.end().await;
    match read {
        Err(_) => Err(cannot("it did not say its version in time")),
        Ok(Err(_)) => Err(cannot("its version is no text")),
        Ok(Ok(_)) => version_in(&said).ok_or_else(|| cannot("it does not say that it is cvc5")),
    }
}

/// The name and number in what `--version` printed.
fn version_in(said: &str) -> Option<String> {
    let line = said.lines().next()?;
    let (_, number) = line.split_once("cvc5 version ")?;
    let number = number.split_whitespace().next()?.trim_end_matches([',', ';']);
    let is_plain = |character: char| character.is_ascii_alphanumeric() || ".-+_".contains(character);
    (number.len() <= 40 && number.chars().all(is_plain)).then(|| format!("cvc5 {number}"))
}

/// A running solver process.
pub(crate) struct Session {
    child: Child,
    stdin: BufWriter<ChildStdin>,
    stdout: BufReader<ChildStdout>,
    group: Option<Pid>,
}

impl Session {
    fn of(command: &mut Command) -> Result<Self, SolverError> {
        let mut child = command.spawn()?;
        let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(SolverError::Solver("it has no input or output".into()));
        };
        let group = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        Ok(Self { child, stdin: BufWriter::new(stdin), stdout: BufReader::new(stdout), group })
    }

    /// Bounds what the process may use. Where the system has no such limits the time limits remain.
    fn bound(&self, memory_bytes: u64) {
        self.limit_resources(memory_bytes);
    }

    #[cfg(target_os = "linux")]
    fn limit_resources(&self, memory_bytes: u64) {
        use rustix::process::Resource;
        self.limit(Resource::As, memory_bytes);
        self.limit(Resource::Cpu, CPU_SECONDS_MAX);
        self.limit(Resource::Core, 0);
        self.limit(Resource::Fsize, 0);
    }

    #[cfg(not(target_os = "linux"))]
    fn limit_resources(&self, _memory_bytes: u64) {}

    /// From here on the process opens nothing more: no file, and no connection.
    #[cfg(target_os = "linux")]
    fn close_in(&self) {
        self.limit(rustix::process::Resource::Nofile, 0);
    }

    #[cfg(not(target_os = "linux"))]
    fn close_in(&self) {}

    #[cfg(target_os = "linux")]
    fn limit(&self, resource: rustix::process::Resource, at_most: u64) {
        let limit = rustix::process::Rlimit { current: Some(at_most), maximum: Some(at_most) };
        // It fails for a process that is gone already, and then there is nothing to limit.
        let _ = rustix::process::prlimit(self.group, resource, limit);
    }

    /// Asks one question that has an example and one that has none.
    async fn answers_what_is_known(&mut self) -> Result<(), SolverError> {
        for (question, answer) in [("false", Decision::Unsat), ("true", Decision::Sat)] {
            self.stdin.reset().await?;
            self.stdin.set_logic("ALL").await?;
            self.stdin.assert(question).await?;
            if self.check_sat().await? != answer {
                return Err(SolverError::Solver(format!(
                    "it answers wrongly what is known about `{question}`"
                )));
            }
        }
        Ok(())
    }

    /// Ends the process and all that it started.
    pub(crate) async fn end(&mut self) {
        self.kill();
        // A process that was killed is gone at once; what this waits for is its entry in the system's table.
        let _ = tokio::time::timeout(Duration::from_secs(5), self.child.wait()).await;
    }

    fn kill(&mut self) {
        // Without an id the process was collected, and its number may be somebody else's.
        if let (Some(_), Some(group)) = (self.child.id(), self.group) {
            let _ = kill_process_group(group, Signal::KILL);
        }
    }

    /// Reads one line; the end of the output is the death of the process.
    async fn line(&mut self, answer: &mut String, left_bytes: &mut u64) -> Result<usize, SolverError> {
        let read = (&mut self.stdout).take(*left_bytes).read_line(answer).await?;
        *left_bytes = left_bytes.saturating_sub(u64::try_from(read).unwrap_or(u64::MAX));
        if read == 0 && *left_bytes > 0 {
            return Err(SolverError::Solver("it ended without an answer".into()));
        }
        if *left_bytes == 0 {
            return Err(SolverError::Solver(format!("its answer has more than {ANSWER_BYTES_MAX} bytes")));
        }
        Ok(read)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Engine for Session {
    fn smtlib_input(&mut self) -> &mut (dyn AsyncWrite + Unpin + Send) {
        &mut self.stdin
    }

    async fn enable_models(&mut self) -> Result<(), SolverError> {
        Ok(self.stdin.set_option("produce-models", "true").await?)
    }

    async fn check_sat(&mut self) -> Result<Decision, SolverError> {
        self.stdin.check_sat().await?;
        self.stdin.flush().await?;
        let (mut answer, mut left_bytes) = (String::new(), ANSWER_BYTES_MAX);
        self.line(&mut answer, &mut left_bytes).await?;
        match answer.as_str() {
            "unsat\n" => Ok(Decision::Unsat),
            "sat\n" => Ok(Decision::Sat),
            "unknown\n" => Ok(Decision::Unknown),
            other => Err(SolverError::UnrecognizedSolverOutput(other.trim().chars().take(200).collect())),
        }
    }

    async fn check_sat_with_model(&mut self) -> Result<DecisionWithModel, SolverError> {
        match self.check_sat().await? {
            Decision::Unsat => return Ok(DecisionWithModel::Unsat),
            Decision::Unknown => return Ok(DecisionWithModel::Unknown),
            Decision::Sat => {}
        }
        self.stdin.get_model().await?;
        self.stdin.flush().await?;
        let (mut model, mut left_bytes) = (String::new(), ANSWER_BYTES_MAX);
        self.line(&mut model, &mut left_bytes).await?;
        if model != "(\n" {
            return Err(SolverError::UnrecognizedSolverOutput(model.trim().chars().take(200).collect()));
        }
        loop {
            let mut line = String::new();
            self.line(&mut line, &mut left_bytes).await?;
            model.push_str(&line);
            if line == ")\n" {
                return Ok(DecisionWithModel::Sat { model });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_read_from_the_words_of_the_program_and_nothing_else_is_one() {
        assert_eq!(version_in("This is cvc5 version 1.0.3\ncompiled with").unwrap(), "cvc5 1.0.3");
        assert_eq!(version_in("This is cvc5 version 1.3.1 [git tag]\n").unwrap(), "cvc5 1.3.1");
        for said in ["", "Z3 version 4.8.12", "cvc5 version ", "cvc5 version \u{1b}[2J"] {
            assert_eq!(version_in(said), None, "{said}");
        }
    }
}
