//! The foreign client, run in a Python of its own.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::stage::Server;

/// A Python with the client; none, with one line on standard error, when this machine cannot have it. In CI it must be
/// there.
pub fn python() -> Option<PathBuf> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let lock = File::create(target.join("python.lock")).unwrap();
    lock.lock().unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python.sh");
    let run = Command::new("sh").arg(script).arg(target.join("python")).output().unwrap();
    if run.status.success() {
        return Some(PathBuf::from(String::from_utf8(run.stdout).unwrap().trim_end()));
    }
    let told = String::from_utf8_lossy(&run.stderr).into_owned();
    #[expect(
        clippy::disallowed_methods,
        reason = "a test asks whether it runs where nothing may be left out"
    )]
    let in_ci = std::env::var_os("CI").is_some();
    assert!(!in_ci && run.status.code() == Some(3), "{told}");
    eprintln!("left out: {}", told.lines().last().unwrap_or_default());
    None
}

/// The client with one key.
pub struct Client<'a> {
    pub python: &'a Path,
    pub server: &'a Server,
    pub user: &'a str,
    pub secret: &'a str,
}

/// What the client answered to one step.
#[derive(Debug)]
pub struct Answer(Value);

impl Client<'_> {
    /// Lets the client do these steps, one after the other, and gives its answer to each.
    pub fn run(&self, steps: &[Value]) -> Vec<Answer> {
        let url = format!("http://{}/taxii2/", self.server.address);
        let asked = json!({"url": url, "user": self.user, "secret": self.secret, "steps": steps});
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/taxii_client/client.py");
        let mut child = Command::new(self.python)
            .arg("-I")
            .arg(script)
            .env("NO_PROXY", "*")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(asked.to_string().as_bytes()).unwrap();
        let run = child.wait_with_output().unwrap();
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
        let answers: Vec<Value> = serde_json::from_slice(&run.stdout).unwrap();
        assert_eq!(answers.len(), steps.len());
        answers.into_iter().map(Answer).collect()
    }

    /// Lets the client do one step.
    pub fn step(&self, step: Value) -> Answer {
        self.run(&[step]).remove(0)
    }
}

impl Answer {
    /// What the client returned.
    pub fn ok(&self) -> &Value {
        self.0.get("ok").unwrap_or_else(|| panic!("the client failed: {}", self.0))
    }

    /// The status with which the server refused.
    pub fn status(&self) -> u64 {
        self.0["error"]["status"].as_u64().unwrap_or_else(|| panic!("no refusal by the server: {}", self.0))
    }

    /// The name of the exception that the client raised.
    pub fn error(&self) -> &str {
        self.0["error"]["kind"].as_str().unwrap_or_else(|| panic!("no error: {}", self.0))
    }

    /// The objects of all pages, or of the one answer, in order.
    pub fn objects(&self) -> Vec<Value> {
        let pages = match self.ok() {
            Value::Array(pages) => pages.as_slice(),
            one => std::slice::from_ref(one),
        };
        let lists = pages.iter().filter_map(|page| page.get("objects")?.as_array());
        lists.flatten().cloned().collect()
    }
}
