//! Programs that are no good solver. None of them may be believed, and none may hold up the run for long.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use comity_policy::STANDARD_LOCAL;
use comity_prover::{Invariants, Limits, ProveError, Report, Rules, Solver, Unanswered, Verdict, prove};
use tempfile::TempDir;

/// A program that says it is cvc5, answers what is known as cvc5 does, and then does as `then` says.
const POLITE: &str = r#"#!/bin/sh
[ "$1" = --version ] && { echo 'This is cvc5 version 0.0.0'; exit; }
asked=0
while read -r line; do
    [ "$line" = '(check-sat)' ] || continue
    asked=$((asked + 1))
    case $asked in
        1) echo unsat ;;
        2) echo sat ;;
        *) THEN ;;
    esac
done
"#;

struct Stranger {
    folder: TempDir,
}

impl Stranger {
    fn new(script: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cvc5");
        std::fs::write(&path, script).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        Self { folder }
    }

    fn that(then: &str) -> Self {
        Self::new(&POLITE.replace("THEN", then))
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("cvc5")
    }

    fn find(&self) -> Result<Solver, ProveError> {
        Solver::find(Some(&self.path()), Limits { question: Duration::from_millis(200), ..Limits::default() })
    }

    fn report(&self) -> Report {
        let only = Invariants::shipped().unwrap().only(|id| id == "red-named");
        prove(&Rules::new(STANDARD_LOCAL).unwrap(), &only, &self.find().unwrap()).unwrap()
    }

    /// The answers about the claim, which all block.
    fn answers(&self) -> Vec<Unanswered> {
        let report = self.report();
        assert!(report.blocks());
        let answers = report.about("red-named").map(|outcome| {
            assert!(outcome.blocks());
            match &outcome.verdict {
                Verdict::Unanswered(why) => why.clone(),
                other => panic!("a stranger was believed: {other:?}"),
            }
        });
        answers.collect()
    }
}

fn is_failed(why: &Unanswered) -> bool {
    matches!(why, Unanswered::Failed(_) | Unanswered::NotAsked(_))
}

#[test]
fn a_solver_that_does_not_know_blocks() {
    assert!(Stranger::that("echo unknown").answers().iter().all(|why| *why == Unanswered::Unknown));
}

#[test]
fn a_solver_that_hangs_is_ended_with_what_it_started_and_blocks() {
    let stranger = Stranger::that("wait");
    // A number of seconds by which the child of the solver can be told from any other process.
    let mark = format!("600.{:09}", std::process::id());
    let script = std::fs::read_to_string(stranger.path()).unwrap();
    let with_child = script.replace("asked=0", &format!("asked=0\nsleep {mark} &"));
    std::fs::write(stranger.path(), with_child).unwrap();
    let began = Instant::now();
    let answers = stranger.answers();
    assert!(answers.contains(&Unanswered::TimedOut), "{answers:?}");
    assert!(answers.iter().all(|why| is_failed(why) || *why == Unanswered::TimedOut));
    assert!(began.elapsed() < Duration::from_secs(100), "{:?}", began.elapsed());
    assert!(!command_lines().iter().any(|line| line.contains(&mark)));
}

fn command_lines() -> Vec<String> {
    let processes = std::fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    processes.filter_map(|entry| std::fs::read_to_string(entry.path().join("cmdline")).ok()).collect()
}

#[cfg(target_os = "linux")]
#[test]
fn a_solver_can_write_no_file_and_open_nothing_once_it_is_asked() {
    let mark = tempfile::tempdir().unwrap();
    let path = mark.path().join("written");
    let then = format!("echo text >{}; cat /etc/hostname >/dev/null || echo unknown", path.display());
    assert!(Stranger::that(&then).answers().iter().all(|why| *why == Unanswered::Unknown));
    assert!(!path.exists());
}

#[test]
fn a_solver_that_dies_blocks() {
    assert!(Stranger::that("exit 1").answers().iter().all(is_failed));
    assert!(Stranger::that("kill -9 $$").answers().iter().all(is_failed));
}

#[test]
fn a_solver_that_prints_something_else_blocks() {
    for garbage in
        ["echo UNSAT", "echo 'unsat '", "echo ' unsat'", "echo 'unsat sat'", "echo", "printf '\\377\\n'"]
    {
        assert!(Stranger::that(garbage).answers().iter().all(is_failed), "{garbage}");
    }
}

#[test]
fn a_solver_whose_answer_does_not_end_blocks() {
    let endless = "while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done | tr -d '\\n'";
    let answers = Stranger::that(endless).answers();
    assert!(answers.iter().all(|why| is_failed(why) || *why == Unanswered::TimedOut));
}

#[test]
fn a_counterexample_that_cannot_be_read_blocks() {
    assert!(
        Stranger::that("echo sat; read -r line; echo '('; echo nonsense; echo ')'")
            .answers()
            .iter()
            .all(is_failed)
    );
}

#[test]
fn a_solver_that_calls_everything_proved_is_not_believed() {
    let agreeable = POLITE.replace("2) echo sat", "2) echo unsat").replace("THEN", "echo unsat");
    assert!(Stranger::new(&agreeable).answers().iter().all(is_failed));
}

#[test]
fn a_solver_gets_nothing_of_our_environment() {
    let mark = tempfile::tempdir().unwrap();
    let path = mark.path().join("environment");
    let script = format!("#!/bin/sh\nenv >{}\necho 'This is cvc5 version 0.0.0'\n", path.display());
    Stranger::new(&script).find().unwrap();
    let said = std::fs::read_to_string(path).unwrap();
    assert!(!said.contains("CARGO") && !said.contains("HOME"), "{said}");
}

#[test]
fn without_a_solver_the_message_says_what_is_inherited() {
    let missing = Solver::find(Some(Path::new("/nowhere/cvc5")), Limits::default()).unwrap_err();
    let text = missing.to_string();
    assert!(matches!(missing, ProveError::NoSolver { .. }));
    assert!(text.contains("inherited by their hash") && text.contains("apt-get install cvc5"), "{text}");
    assert!(text.contains(&comity_policy::PolicySet::guards_hash().to_string()));
}

#[test]
fn a_program_that_does_not_call_itself_cvc5_is_not_started() {
    for script in ["#!/bin/sh\necho 'Z3 version 4.8.12'\n", "#!/bin/sh\nexit 0\n", "no program at all"] {
        let refused = Stranger::new(script).find();
        assert!(matches!(refused, Err(ProveError::NotASolver { .. })), "{script}: {refused:?}");
    }
}
