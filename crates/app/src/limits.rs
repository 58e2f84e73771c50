//! Every limit on what comes from outside, in one struct (invariant 6).

use std::time::Duration;

/// The limits of a node.
#[derive(Clone, Debug)]
pub struct Limits {
    /// On what clients send and ask.
    pub network: NetworkLimits,
    /// On what peers send.
    pub peer: PeerLimits,
    /// On what nodes say to each other besides records.
    pub messages: MessageLimits,
    /// On how people sign in.
    pub visit: VisitLimits,
    /// Most objects in one post.
    pub post_objects: usize,
    /// Most bytes of objects on one page; a single larger object still goes alone.
    pub page_bytes: u64,
    /// Objects on a page when the client names no number.
    pub page_default: usize,
    /// Most lines of a list for people.
    pub listed: usize,
    /// Most records that one record is compared with.
    pub compared: usize,
    /// Most records of one kind and of one other member of which the views of a council are made.
    pub council_records: usize,
    /// Most records that the question of one figure may find.
    pub figure_records: usize,
    /// Most claims on one question that are compared with each other.
    pub council_compared: usize,
    /// Largest file that is imported, in bytes, after decompression.
    pub file_bytes: usize,
    /// Records written in one transaction.
    pub batch_records: usize,
    /// On a STIX document.
    pub stix: comity_stix::Limits,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            network: NetworkLimits::default(),
            peer: PeerLimits::default(),
            messages: MessageLimits::default(),
            visit: VisitLimits::default(),
            post_objects: 10_000,
            page_bytes: 16 << 20,
            page_default: 100,
            listed: 10_000,
            compared: 20_000,
            council_records: 20_000,
            figure_records: 200_000,
            council_compared: 2_000,
            file_bytes: 1 << 30,
            batch_records: 2_000,
            stix: comity_stix::Limits {
                bytes: 1 << 30,
                objects: 2_000_000,
                // A file of 8 MiB that is attached to a record, in Base64.
                object_bytes: 12 << 20,
                ..comity_stix::Limits::default()
            },
        }
    }
}

/// The limits on what clients send and ask.
#[derive(Clone, Debug)]
pub struct NetworkLimits {
    /// Largest request body on the wire, in bytes.
    pub body_bytes: usize,
    /// Largest request body after decompression, in bytes.
    pub inflated_bytes: usize,
    /// Most that a body may grow when it is decompressed, as a factor.
    pub gzip_ratio: usize,
    /// Longest address of a request, in bytes.
    pub address_bytes: usize,
    /// Most bytes of headers.
    pub header_bytes: usize,
    /// Most headers.
    pub headers: usize,
    /// Most objects on one page.
    pub page_objects: usize,
    /// Most values in one `match[…]` parameter.
    pub matches: usize,
    /// Requests a second that one key may make on average.
    pub requests_per_second: u32,
    /// Requests that one key may make at once.
    pub burst: u32,
    /// Failed logins that one address may make at once.
    pub failed_logins: u32,
    /// How long until one failed login is forgotten.
    pub login_recovery: Duration,
    /// Requests served at the same time.
    pub concurrent_requests: usize,
    /// Use cases that run at the same time.
    pub workers: usize,
    /// Connections open at the same time.
    pub connections: usize,
    /// How long one request may take, in seconds.
    pub request_seconds: u64,
    /// How long a client may take to send its headers, in seconds.
    pub header_seconds: u64,
    /// How long a TLS handshake may take, in seconds.
    pub handshake_seconds: u64,
    /// How long a connection may stand still while an answer is being sent, in seconds.
    pub stall_seconds: u64,
    /// How long the sending of one answer may take, in seconds.
    pub send_seconds: u64,
    /// How long running requests may go on when the node stops, in seconds.
    pub drain_seconds: u64,
}

impl Default for NetworkLimits {
    fn default() -> Self {
        Self {
            body_bytes: 16 << 20,
            inflated_bytes: 16 << 20,
            gzip_ratio: 100,
            address_bytes: 16 << 10,
            header_bytes: 64 << 10,
            headers: 100,
            page_objects: 1_000,
            matches: 100,
            requests_per_second: 100,
            burst: 500,
            failed_logins: 60,
            login_recovery: Duration::from_secs(1),
            concurrent_requests: 256,
            workers: 32,
            connections: 1_024,
            request_seconds: 30,
            header_seconds: 10,
            handshake_seconds: 10,
            stall_seconds: 30,
            send_seconds: 120,
            drain_seconds: 10,
        }
    }
}

/// The limits on what peers send.
#[derive(Clone, Debug)]
pub struct PeerLimits {
    /// Largest page, in bytes, after decompression.
    pub page_bytes: usize,
    /// Most pages of one collection in one pull.
    pub pages: usize,
    /// Most pages in a row that are empty and say that more follows.
    pub empty_pages: usize,
    /// Objects asked for on one page.
    pub page_objects: usize,
    /// Refusals that are kept of one peer; the oldest make room.
    pub refusals: i64,
    /// How long a peer may take to answer, in seconds.
    pub seconds: u64,
    /// How often a page is asked for when a peer is busy or cut off.
    pub tries: u32,
    /// How long one pull of one collection may take, in seconds.
    pub pull_seconds: i64,
    /// Most bytes that one pull of one collection may bring, as they come over the wire.
    pub pull_bytes: usize,
}

impl PeerLimits {
    /// Most objects on a page of a server that does not heed the number asked for: ten times that number.
    pub const PAGE_OBJECTS_MAX: usize = 10_000;
    /// Most collections, and most API roots, that a peer may list.
    pub const LISTED_MAX: usize = 1_000;
    /// Longest identifier of a collection of a peer, in bytes.
    pub const ID_BYTES_MAX: usize = 200;
    /// Longest path or mark of a next page that a peer may give, in bytes.
    pub const PATH_BYTES_MAX: usize = 8 << 10;
    /// Longest text of a peer that is kept or shown, in bytes.
    pub const TEXT_BYTES_MAX: usize = 500;
}

impl Default for PeerLimits {
    fn default() -> Self {
        Self {
            page_bytes: 128 << 20,
            pages: 1_000_000,
            empty_pages: 100,
            page_objects: 1_000,
            refusals: 10_000,
            seconds: 60,
            tries: 4,
            pull_seconds: 6 * 3_600,
            pull_bytes: 64 << 30,
        }
    }
}

/// The limits on what nodes say to each other besides records.
#[derive(Clone, Debug)]
pub struct MessageLimits {
    /// Largest body of one exchange, in bytes.
    pub exchange_bytes: usize,
    /// Most requests of one exchange.
    pub rounds: usize,
    /// Most recalls of one member that are taken in 24 hours; the others wait.
    pub recalls: i64,
    /// Most messages of one member that are kept and were refused; the oldest go.
    pub refused: i64,
}

impl MessageLimits {
    /// Most messages in one body.
    pub const COUNT_MAX: usize = 500;
    /// Most messages of one member that wait; the oldest go.
    pub const WAITING_MAX: i64 = 1_000;
    /// Most recalls of one member that wait for a record that is not here; others are refused.
    pub const UNHELD_MAX: i64 = 50;
    /// Most disputes of one member that are taken in 24 hours.
    pub const DISPUTES_MAX: i64 = 200;
    /// Most records of which one member says in 24 hours that it passed them on for a danger to life.
    pub const WARNINGS_MAX: i64 = 200;
    /// How far from now a warning of a danger to life may be dated to be asked for again when it cannot be judged yet, in
    /// seconds; another one waits as any message does, and its record is lost.
    pub const WARNING_SECONDS_MAX: i64 = 7 * 86_400;
    /// Highest number of a message: what a JSON number holds exactly.
    pub const NUMBER_MAX: u64 = 1 << 53;
    /// How far beyond what this node knows a member may say to have had from it.
    pub const BEHIND_MAX: i64 = 1_000_000;
    /// How far ahead of this clock a message may be dated, in seconds.
    pub const AHEAD_SECONDS_MAX: i64 = 600;
}

impl Default for MessageLimits {
    fn default() -> Self {
        Self { exchange_bytes: 1 << 20, rounds: 200, recalls: 2_000, refused: 1_000 }
    }
}

/// The limits on how people sign in.
#[derive(Clone, Debug)]
pub struct VisitLimits {
    /// Memory that one hash of a password takes, in KiB.
    pub memory_kib: u32,
    /// Passes over that memory.
    pub passes: u32,
    /// Most names whose failed attempts are remembered.
    pub attempts: i64,
}

impl VisitLimits {
    /// Shortest password, in characters.
    pub const PASSWORD_CHARS_MIN: usize = 12;
    /// Longest password, in bytes.
    pub const PASSWORD_BYTES_MAX: usize = 1_024;
    /// Most people whose passwords wait to be hashed; one is hashed at a time.
    pub const HASHING_MAX: usize = 8;
    /// Most browsers in which one person is signed in; the one that was used longest ago makes room.
    pub const VISITS_MAX: usize = 10;
    /// How long a visit may rest, in seconds.
    pub const IDLE_SECONDS: i64 = 30 * 60;
    /// How long a visit may last, in seconds.
    pub const WHOLE_SECONDS: i64 = 12 * 3_600;
    /// How long a visit may wait for the second factor, in seconds.
    pub const HALF_SECONDS: i64 = 10 * 60;
    /// Wrong codes that end such a visit.
    pub const CODES_MAX: i64 = 5;
    /// How long a proof of who it is counts as fresh, in seconds.
    pub const STEPPED_SECONDS: i64 = 5 * 60;
    /// How long a one-time link is good, in seconds.
    pub const LINK_SECONDS: i64 = 24 * 3_600;
    /// Most links of one person that can be used; the oldest makes room.
    pub const LINKS_MAX: usize = 3;
    /// Longest wait after failures, in seconds: longer, and a stranger could lock people out.
    pub const WAIT_SECONDS_MAX: i64 = 60;
    /// How long failures are remembered, in seconds.
    pub const FAILURES_SECONDS: i64 = 3_600;
}

impl Default for VisitLimits {
    fn default() -> Self {
        Self { memory_kib: 19_456, passes: 2, attempts: 10_000 }
    }
}
