//! The way in with a browser, from the command line to the first answer.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Stdio};

use serde_json::{Value, json};

use crate::stage::{Node, command};

/// A serving node and what it says on standard output, line by line.
struct Speaking {
    child: Child,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
}

impl Speaking {
    fn start(node: &Node, options: &[&str]) -> Self {
        let mut child = command(&["serve", "--exit-with-stdin", "--home", node.home_text()])
            .args(["--listen", "127.0.0.1:0", "--log-level", "trace"])
            .args(options)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    fn line(&mut self) -> String {
        self.lines.next().unwrap().unwrap()
    }

    /// Ends the node; gives what it said further, and its log.
    fn end(mut self) -> (Vec<String>, String) {
        drop(self.child.stdin.take());
        let rest = self.lines.map(Result::unwrap).collect();
        let mut log = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
        assert!(self.child.wait().unwrap().success());
        (rest, log)
    }
}

/// POST of JSON as a page of the node sends it: the status and the body.
fn post(address: &str, path: &str, body: &Value) -> (u16, Value) {
    let body = body.to_string();
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nOrigin: http://{address}\r\nSec-Fetch-Site: same-origin\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, serde_json::from_str(body).unwrap())
}

#[test]
fn a_first_start_prints_a_link_that_works_once() {
    let vault = Node::north(None);
    let mut node = Speaking::start(&vault, &[]);
    let url = node.line().strip_prefix("listening on ").unwrap().to_owned();
    let address = url.strip_prefix("http://").unwrap().to_owned();
    let line = match comity_http::has_screens() {
        true => node.line(),
        // A build without screens prints no link that would open nothing.
        false => vault.ok(&["user", "link", "operator", "--url", &url, "--json"]),
    };
    let (before, rest) = line.split_once(&format!("{url}/#/first/")).unwrap();
    assert!(!comity_http::has_screens() || before.starts_with("first sign-in, once, until "), "{line}");
    let token = rest.split('"').next().unwrap();
    let take = json!({"token": token, "password": "seven kites over the hill"});
    let (status, standing) = post(&address, "/api/v1/visit/link", &take);
    assert_eq!((status, standing["me"]["name"].as_str()), (200, Some("operator")));
    assert_eq!(post(&address, "/api/v1/visit/link", &take).0, 404);
    let visits = vault.json(&["user", "visits"]);
    assert_eq!(visits.as_array().unwrap().len(), 1, "{visits}");
    let (rest, log) = node.end();
    assert!(rest.is_empty(), "{rest:?}");
    for secret in [token, "seven kites", standing["token"].as_str().unwrap()] {
        assert!(!log.contains(secret), "{secret} is in the log");
    }

    // Somebody has a password now: no link is printed any more.
    let mut node = Speaking::start(&vault, &["--url", "https://node.example"]);
    node.line();
    assert_eq!(node.end().0, Vec::<String>::new());
}

#[test]
fn a_link_for_a_user_names_the_address_that_people_use() {
    let vault = Node::north(None);
    vault.ok(&["user", "add", "lena", "--role", "analyst"]);
    let made = vault.json(&["user", "link", "lena", "--url", "https://node.example/"]);
    let link = made["link"].as_str().unwrap();
    let token = link.strip_prefix("https://node.example/#/first/").unwrap();
    assert_eq!((made["user"].as_str(), token.len()), (Some("lena"), 43));
    for (name, code) in [("nobody", 1), ("lena", 0)] {
        assert_eq!(vault.run(&["user", "link", name]).code, code, "{name}");
    }
    for url in ["node.example", "https://", "https://node.example/path", "javascript:alert(1)"] {
        assert_eq!(vault.run(&["user", "link", "lena", "--url", url]).code, 2, "{url}");
    }
    assert_eq!(vault.run(&["user", "end", "operator"]).code, 1, "the last administrator stays");
    vault.ok(&["user", "end", "lena"]);
    assert_eq!(vault.run(&["list", "--as", "lena"]).code, 1);
    assert_eq!(vault.run(&["user", "add", "lena", "--role", "analyst"]).code, 1);
}
