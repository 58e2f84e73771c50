//! A node as a child process: it ends when its standard input closes, so it never outlives the demonstration.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

use crate::failure::Failure;

/// A serving node.
pub struct Serving {
    child: Child,
    input: Option<ChildStdin>,
    /// Where it listens, `http://ADDR`.
    pub url: String,
}

impl Serving {
    /// Starts `comity serve` on a home and waits until it says where it listens.
    pub fn start(home: &Path, port: u16) -> Result<Self, Failure> {
        let failed = |reason: String| {
            Failure::environment(format!("a node does not start; {}; {reason}", home.display()))
        };
        let log_path = home.join("serve.log");
        let log = File::create(&log_path)
            .map_err(|error| Failure::file("the log cannot be made", &log_path, &error))?;
        let program = std::env::current_exe().map_err(|error| failed(error.to_string()))?;
        let mut child = Command::new(program)
            .arg("--home")
            .arg(home)
            .args(["serve", "--exit-with-stdin", "--listen", &format!("127.0.0.1:{port}")])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .map_err(|error| failed(error.to_string()))?;
        let input = child.stdin.take();
        let mut line = String::new();
        if let Some(output) = child.stdout.take() {
            BufReader::new(output).read_line(&mut line).map_err(|error| failed(error.to_string()))?;
        }
        match line.trim().strip_prefix("listening on ") {
            Some(url) => Ok(Self { child, input, url: url.to_owned() }),
            None => {
                let _ = child.wait();
                let said = std::fs::read_to_string(&log_path).unwrap_or_default();
                Err(failed(said.lines().last().unwrap_or("it said nothing").to_owned()))
            }
        }
    }

    /// Lets the node end.
    pub fn stop(&mut self) {
        self.input = None;
        let _ = self.child.wait();
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.stop();
    }
}
