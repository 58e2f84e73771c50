//! A peer that says what a test wants: a small HTTP server on loopback, one request a connection. It has
//! records and no messages, as a plain TAXII server.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use comity_app::model::{Envelope, Handling, MemberId, MemberKey, SignedEnvelope};
use comity_app::stix::{Limits, Object, Tlp, canon};

/// One answer, with status 200 if it is not absent.
#[derive(Clone, Default)]
pub struct Answer {
    pub is_absent: bool,
    pub body: Vec<u8>,
    pub last_added: Option<String>,
    pub is_gzip: bool,
}

impl Answer {
    /// A body alone.
    pub fn of(body: impl Into<String>) -> Self {
        Self { body: body.into().into_bytes(), ..Self::default() }
    }

    /// With the added-time of the last object.
    pub fn last(mut self, second: u32) -> Self {
        self.last_added = Some(added(second));
        self
    }
}

/// An added-time.
pub fn added(second: u32) -> String {
    format!("2026-01-01T00:{:02}:{:02}.000000Z", second / 60, second % 60)
}

type Asked = Arc<Mutex<Vec<String>>>;

/// The server; it ends with this value.
pub struct Fake {
    address: SocketAddr,
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
    asked: Asked,
}

impl Fake {
    /// Serves the given list of collections, and their pages by what `page` answers to path and query.
    pub fn serve(collections: &str, page: impl Fn(&str) -> Answer + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (ended, asked) = (Arc::new(AtomicBool::new(false)), Asked::default());
        let (stop, seen) = (Arc::clone(&ended), Arc::clone(&asked));
        let listed = format!(r#"{{"collections":[{collections}]}}"#);
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stop.load(Ordering::SeqCst) {
                    return;
                }
                let answer = |path: &str| match path {
                    "/taxii2/" => Answer::of(r#"{"api_roots":["/taxii2/api/"]}"#),
                    "/taxii2/api/collections/" => Answer::of(listed.clone()),
                    "/api/v1/exchange" => Answer { is_absent: true, ..Answer::default() },
                    path => {
                        seen.lock().unwrap().push(path.to_owned());
                        page(path)
                    }
                };
                // A client that hangs up in the middle of an answer has read enough.
                let _ = reply(&stream.unwrap(), &answer);
            }
        });
        Self { address, ended, thread: Some(thread), asked }
    }

    /// Serves one collection named `c`.
    pub fn pages(page: impl Fn(&str) -> Answer + Send + 'static) -> Self {
        Self::serve(&collection("c", "Exercise"), page)
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The paths and queries of the pages asked for since the last time.
    pub fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn reply(stream: &TcpStream, answer: &dyn Fn(&str) -> Answer) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    reader.read_line(&mut first)?;
    let mut line = String::new();
    let mut length = 0;
    while reader.read_line(&mut line)? > 2 {
        if let Some((_, value)) =
            line.split_once(": ").filter(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        {
            length = value.trim().parse().unwrap();
        }
        line.clear();
    }
    reader.read_exact(&mut vec![0; length])?;
    let answer = answer(first.split(' ').nth(1).unwrap_or_default());
    let mut head = format!(
        "HTTP/1.1 {}\r\nContent-Type: application/taxii+json;version=2.1\r\nConnection: close\r\nContent-Length: {}\r\n",
        if answer.is_absent { "404 Not Found" } else { "200 OK" },
        answer.body.len()
    );
    if let Some(last) = &answer.last_added {
        write!(head, "X-TAXII-Date-Added-Last: {last}\r\n").unwrap();
    }
    if answer.is_gzip {
        head.push_str("Content-Encoding: gzip\r\n");
    }
    let mut stream = stream;
    stream.write_all(head.as_bytes())?;
    stream.write_all(b"\r\n")?;
    stream.write_all(&answer.body)
}

/// An entry in a list of collections.
pub fn collection(id: &str, title: &str) -> String {
    serde_json::json!({"id": id, "title": title, "can_read": true, "can_write": false}).to_string()
}

/// A page of objects as any server sends it.
pub fn plain(objects: &[String], rest: &str) -> Answer {
    Answer::of(format!(r#"{{"objects":[{}]{rest}}}"#, objects.join(",")))
}

/// A page of objects with their envelopes.
pub fn comity(objects: &[(String, SignedEnvelope)], rest: &str) -> Answer {
    let entries: Vec<String> = objects
        .iter()
        .map(|(text, signed)| {
            let served = serde_json::to_string(&digest(text)).unwrap();
            format!(r#"{{"served":{served},"signed":{}}}"#, serde_json::to_string(signed).unwrap())
        })
        .collect();
    let texts: Vec<String> = objects.iter().map(|(text, _)| text.clone()).collect();
    plain(&texts, &format!(r#","x_comity_envelopes":[{}]{rest}"#, entries.join(",")))
}

/// An object with an envelope at TLP:GREEN.
pub fn signed(
    text: &str,
    revision: u32,
    origin: &MemberId,
    signer: &MemberId,
    key: &MemberKey,
) -> (String, SignedEnvelope) {
    let parsed: serde_json::Value = serde_json::from_str(text).unwrap();
    named(text, parsed["id"].as_str().unwrap(), revision, origin, signer, key)
}

/// As [`signed`], with an id in the envelope that need not be the object's.
pub fn named(
    text: &str,
    id: &str,
    revision: u32,
    origin: &MemberId,
    signer: &MemberId,
    key: &MemberKey,
) -> (String, SignedEnvelope) {
    let mut handling = Handling::unmarked(origin.clone());
    handling.tlp = Some(Tlp::Green);
    let envelope = Envelope {
        v: 1,
        object: digest(text),
        id: id.to_owned(),
        origin: origin.clone(),
        seq: u64::from(revision),
        revision,
        handling,
        grading: None,
        purpose: None,
        legal_basis: None,
        review_at: None,
        labels: Default::default(),
    };
    (text.to_owned(), envelope.sign(signer.clone(), key).unwrap())
}

fn digest(text: &str) -> comity_app::stix::Digest {
    let object = Object::parse(text.as_bytes(), &Limits::default()).unwrap();
    canon::digest_of(object.value()).unwrap()
}
