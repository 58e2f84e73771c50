//! What the journeys share: folders, runs of the binary, a serving node, and a plain HTTP client.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// Another member, who has no node in most journeys.
pub const SOUTH: &str = "EXERCISE South desk";
/// Its id.
pub const SOUTH_ID: &str = "identity--2b8c7a54-5d0e-4a0e-8f5e-0c8f3c1d9b22";
/// A third member, an observer.
pub const WEST: &str = "EXERCISE West desk";
/// Its id.
pub const WEST_ID: &str = "identity--7f0a1b5e-3c56-4f1d-9b1c-5d3f0d2b7a33";

/// How a run of the binary ended.
#[derive(Debug)]
pub struct Run {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().expect("the process ended by itself"),
            out: String::from_utf8(output.stdout).expect("UTF-8"),
            err: String::from_utf8(output.stderr).expect("UTF-8"),
        }
    }
}

impl Run {
    /// The JSON that was printed.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// The binary with these arguments, without a home from the environment.
pub fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_comity"));
    command.args(arguments).env_remove("COMITY_HOME");
    command
}

/// Runs the binary to its end.
pub fn run(arguments: &[&str]) -> Run {
    command(arguments).stdin(Stdio::null()).output().expect("the binary runs").into()
}

/// Runs the binary with this standard input.
pub fn run_with(arguments: &[&str], input: &[u8]) -> Run {
    let mut child = command(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    child.stdin.take().expect("piped").write_all(input).expect("the binary reads its input");
    child.wait_with_output().expect("the binary ends").into()
}

/// A node of one test's own.
pub struct Node {
    folder: TempDir,
    home: PathBuf,
}

impl Node {
    /// A folder for a node that is made otherwise.
    pub fn unmade() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        Self { home: folder.path().join("home"), folder }
    }

    /// Makes a node for a member, in a file or in the given database.
    pub fn make(member: &str, store: Option<&str>) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let node = Self { home: folder.path().join("home"), folder };
        let mut arguments = vec!["init", node.home_text(), "--member", member];
        arguments.extend(store.iter().flat_map(|url| ["--store", url]));
        let made = run(&arguments);
        assert_eq!(made.code, 0, "{made:?}");
        node
    }

    /// A node of the member `EXERCISE North desk` with the members South and West in its agreement, the group
    /// `council` (North and South), and the collection `reports`.
    pub fn north(store: Option<&str>) -> Self {
        let node = Self::make("EXERCISE North desk", store);
        node.agree(|_| {});
        node.ok(&["collection", "add", "Reports"]);
        node
    }

    /// Applies an agreement of three members; `change` may edit it as a TOML table first.
    pub fn agree(&self, change: impl FnOnce(&mut toml::Table)) {
        let current = self.json(&["agreement", "show"]);
        let mut table: toml::Table = current["toml"].as_str().unwrap().parse().unwrap();
        let version = table["version"].as_integer().unwrap() + 1;
        table.insert("version".to_owned(), version.into());
        let council: toml::Table = "council = 'All full members'".parse().unwrap();
        table.insert("groups".to_owned(), council.into());
        let purposes: toml::Table = "border-security = 'Security of borders'".parse().unwrap();
        table.insert("purposes".to_owned(), purposes.into());
        let members = table["member"].as_array_mut().unwrap();
        members.truncate(1);
        members[0].as_table_mut().unwrap().insert("groups".to_owned(), vec!["council"].into());
        for (name, id, standing, groups) in
            [(SOUTH, SOUTH_ID, "member", vec!["council"]), (WEST, WEST_ID, "observer", vec![])]
        {
            let mut member = toml::Table::new();
            member.insert("id".to_owned(), id.into());
            member.insert("name".to_owned(), name.into());
            member.insert("standing".to_owned(), standing.into());
            member.insert("groups".to_owned(), groups.into());
            members.push(member.into());
        }
        change(&mut table);
        let file = self.file("agreement.toml", toml::to_string(&table).unwrap().as_bytes());
        self.ok(&["agreement", "import", &file]);
    }

    /// The home as text.
    pub fn home_text(&self) -> &str {
        self.home.to_str().unwrap()
    }

    /// A path in this test's folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A file in this test's folder; gives its path.
    pub fn file(&self, name: &str, bytes: &[u8]) -> String {
        let path = self.path(name);
        std::fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// Runs a command on this home.
    pub fn run(&self, arguments: &[&str]) -> Run {
        run(&self.with_home(arguments))
    }

    /// Runs a command on this home with this standard input.
    pub fn run_with(&self, arguments: &[&str], input: &[u8]) -> Run {
        run_with(&self.with_home(arguments), input)
    }

    /// Runs a command that must succeed; gives its output.
    pub fn ok(&self, arguments: &[&str]) -> String {
        let run = self.run(arguments);
        assert_eq!(run.code, 0, "{arguments:?}: {run:?}");
        run.out
    }

    /// Runs a command that must succeed with `--json`; gives its answer.
    pub fn json(&self, arguments: &[&str]) -> Value {
        let mut arguments = arguments.to_vec();
        arguments.push("--json");
        let run = self.run(&arguments);
        assert_eq!(run.code, 0, "{arguments:?}: {run:?}");
        run.json()
    }

    /// Issues a key to a member; gives its id and secret.
    pub fn key(&self, member: &str, collection: &str) -> (String, String) {
        let key = self.json(&["key", "add", "--member", member, "--collection", collection]);
        (key["id"].as_str().unwrap().to_owned(), key["secret"].as_str().unwrap().to_owned())
    }

    /// Imports one object with options; it must be accepted.
    pub fn import(&self, object: &str, options: &[&str]) -> Value {
        let file = self.file("object.json", object.as_bytes());
        let mut arguments = vec!["import", &file, "--collection", "reports"];
        arguments.extend(options);
        self.json(&arguments)
    }

    /// Serves this home in a process of its own.
    pub fn serve(&self) -> Server {
        Server::start(self.home_text(), &["--listen", "127.0.0.1:0"])
    }

    /// Serves this home on an address with the node's own certificate.
    pub fn serve_tls(&self, address: &str) -> Server {
        self.serve_with(&["--listen", address, "--tls-own", "--exchange-seconds", "0"])
    }

    /// Serves this home with these options.
    pub fn serve_with(&self, options: &[&str]) -> Server {
        Server::start(self.home_text(), options)
    }

    fn with_home<'a>(&'a self, arguments: &[&'a str]) -> Vec<&'a str> {
        let mut all = arguments.to_vec();
        all.extend(["--home", self.home_text()]);
        all
    }
}

/// A serving node; it ends when this is dropped, because its standard input closes.
pub struct Server {
    child: Child,
    pub address: String,
}

impl Server {
    fn start(home: &str, options: &[&str]) -> Self {
        let mut child = command(&["serve", "--exit-with-stdin", "--home", home])
            .args(options)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the binary runs");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("a first line");
        let address = line
            .trim_end()
            .strip_prefix("listening on ")
            .and_then(|address| address.strip_prefix("http://").or(address.strip_prefix("https://")))
            .unwrap_or_else(|| panic!("the first line is `{line}`"))
            .to_owned();
        Self { child, address }
    }

    /// Closes the server's standard input and gives its exit code.
    pub fn stop(mut self) -> i32 {
        drop(self.child.stdin.take());
        self.child.wait().expect("the server ends").code().expect("by itself")
    }

    /// Sends SIGTERM and gives the exit code.
    pub fn terminate(mut self) -> i32 {
        let sent = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        assert!(sent.expect("kill runs").success());
        self.child.wait().expect("the server ends").code().expect("by itself")
    }

    /// One GET with a key.
    pub fn get(&self, path: &str, secret: &str) -> Response {
        self.send("GET", path, secret, "application/json", "")
    }

    /// One request with a key and a body of a media type.
    pub fn send(&self, method: &str, path: &str, secret: &str, media: &str, body: &str) -> Response {
        let mut stream = TcpStream::connect(&self.address).expect("the server listens");
        let about = match body {
            "" if method == "GET" => String::new(),
            _ => format!("Content-Type: {media}\r\nContent-Length: {}\r\n", body.len()),
        };
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nAccept: application/taxii+json;version=2.1\r\n\
             Authorization: Bearer {secret}\r\n{about}Connection: close\r\n\r\n{body}",
            self.address
        )
        .expect("the server reads");
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).expect("the server answers");
        Response::parse(&bytes)
    }

    /// The ids of the objects that a key sees in the collection `reports`.
    pub fn ids(&self, secret: &str) -> Vec<String> {
        let page = self.get("/taxii2/api/collections/reports/objects/", secret);
        assert_eq!(page.status, 200, "{page:?}");
        let page: Value = serde_json::from_str(&page.body).unwrap();
        let objects = page.get("objects").and_then(Value::as_array).cloned().unwrap_or_default();
        objects.iter().map(|object| object["id"].as_str().unwrap().to_owned()).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

/// An HTTP response, whole.
#[derive(Debug)]
pub struct Response {
    pub status: u16,
    pub body: String,
}

impl Response {
    fn parse(bytes: &[u8]) -> Self {
        let text = String::from_utf8(bytes.to_vec()).expect("UTF-8");
        let (head, body) = text.split_once("\r\n\r\n").expect("a head");
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let chunked = head.to_ascii_lowercase().contains("transfer-encoding: chunked");
        Self { status, body: if chunked { unchunk(body) } else { body.to_owned() } }
    }
}

fn unchunk(mut rest: &str) -> String {
    let mut body = String::new();
    while let Some((size, after)) = rest.split_once("\r\n") {
        let size = usize::from_str_radix(size, 16).expect("a chunk size");
        if size == 0 {
            break;
        }
        body.push_str(&after[..size]);
        rest = after[size..].trim_start_matches("\r\n");
    }
    body
}

/// An EXERCISE note with this number, marked with a level of TLP 2.0 when one is given.
pub fn note(number: u8, tlp: Option<&str>) -> String {
    let marking = match tlp {
        None => String::new(),
        Some("green") => marked("bab4a63c-aed9-4cf5-a766-dfca5abac2bb"),
        Some("amber") => marked("55d920b0-5e8b-4f79-9ee9-91f868d9b421"),
        Some("red") => marked("e828b379-4e03-4974-9ac4-e53a884c97c1"),
        Some(other) => panic!("no marking for {other}"),
    };
    format!(
        r#"{{"type":"note","spec_version":"2.1","id":"{}","created":"2026-01-01T00:00:00.000Z","modified":"2026-01-01T00:00:00.000Z","abstract":"EXERCISE note {number}","content":"EXERCISE content","object_refs":["{}"]{marking}}}"#,
        note_id(number),
        note_id(0)
    )
}

fn marked(uuid: &str) -> String {
    format!(r#","object_marking_refs":["marking-definition--{uuid}"]"#)
}

/// The id of [`note`].
pub fn note_id(number: u8) -> String {
    format!("note--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a{number:02}")
}

/// Copies a folder with everything in it.
pub fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
